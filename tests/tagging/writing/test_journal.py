"""The journal: on disk before the file is touched, and a full disk told as one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from unisono.errors import DiskFull, UserError
from unisono.tagging.writing import journal as module
from unisono.tagging.writing import new_journal
from unisono.tagging.writing.journal import UNDONE, WRITTEN, Entry, Journal, journals_folder

ENTRY = Entry(
    b"caf\xe9 \xff.mp3", "a" * 64, "b" * 64, 10, 123_456_789_012_345_678, b"recipe", {"genre": [[], ["House"]]}
)


@pytest.fixture
def journals_home(journals: Path) -> Path:
    journals.mkdir()
    return journals


def test_an_entry_comes_back_as_it_was(tmp_path: Path) -> None:
    with Journal(tmp_path / "j.sqlite") as journal:
        number = journal.intend(ENTRY)
        journal.note(number, WRITTEN)
    with Journal(tmp_path / "j.sqlite") as again:
        (entry,) = again.entries()
    assert (entry.path, entry.mtime, entry.recipe, entry.changes, entry.state) == (
        ENTRY.path, ENTRY.mtime, ENTRY.recipe, ENTRY.changes, WRITTEN,
    )  # fmt: skip


def test_the_last_write_comes_first_and_undone_ones_not_at_all(tmp_path: Path) -> None:
    with Journal(tmp_path / "j.sqlite") as journal:
        numbers = [journal.intend(ENTRY) for _ in range(3)]
        journal.note(numbers[1], UNDONE)
        assert [entry.id for entry in journal.entries()] == [numbers[2], numbers[0]]
        assert journal.count() == 2


def test_intents_wait_for_the_disk(tmp_path: Path) -> None:
    with Journal(tmp_path / "j.sqlite") as journal:
        journal.see(b"a", (1, 2, 3), "written")
        assert journal._base.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_file_is_seen_until_its_stamp_changes(tmp_path: Path) -> None:
    with Journal(tmp_path / "j.sqlite") as journal:
        journal.see(b"a", (1, 2, 3), "unchanged")
        assert journal.seen(b"a", (1, 2, 3)) and not journal.seen(b"a", (1, 2, 4)) and not journal.seen(b"b", (1, 2, 3))


def test_a_full_disk_is_told_as_one(tmp_path: Path) -> None:
    with Journal(tmp_path / "j.sqlite") as journal:
        pages = journal._base.execute("PRAGMA page_count").fetchone()[0]
        journal._base.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(DiskFull, match="the disk is full, the journal cannot be written"):
            for _ in range(200):
                journal.intend(ENTRY)


def test_other_trouble_with_the_journal_stops_the_run(tmp_path: Path) -> None:
    with Journal(tmp_path / "j.sqlite") as journal:
        journal._base.execute("DROP TABLE written")
        with pytest.raises(UserError, match=r"the journal cannot be used .* Nothing is written without it"):
            journal.intend(ENTRY)


def test_journals_are_listed_the_newest_first(journals_home: Path) -> None:
    for name in ("2026-01", "2026-03", "2026-02"):
        sqlite3.connect(journals_home / f"{name}.sqlite").close()
    assert [path.stem for path in module.journals()] == ["2026-03", "2026-02", "2026-01"]


def test_a_run_has_a_journal_of_its_own(journals_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = new_journal({"model": "m"}), new_journal({"model": "m"})
    assert first.path != second.path and first.path.parent == journals_home
    assert first.facts["model"] == "m" and "began" in first.facts
    first.close()
    second.close()
    monkeypatch.delenv("UNISONO_JOURNALS")
    monkeypatch.setenv("XDG_STATE_HOME", "states")
    assert journals_folder() == Path("states/unisono/journals")


def test_a_journal_that_was_torn_when_it_began_is_used(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    with closing(sqlite3.connect(path)) as base:
        base.execute("CREATE TABLE run (key TEXT PRIMARY KEY, value TEXT)")
        base.commit()
    with Journal(path, {"model": "m"}) as journal:
        assert (journal.facts, journal.count(), journal.left()) == ({"model": "m"}, 0, 0)

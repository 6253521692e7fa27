"""Undoing: exact bytes and times, in order, and never over an edit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from faultbench.kills import hundreds
from faultbench.subject import sha, tags_for, writer
from mutagen import id3

from unisono.errors import UserError
from unisono.tagging.writing import Journal, journal_named, listed, new_journal, undo
from unisono.tagging.writing.journal import INTENDED

Make = Callable[..., Path]


def test_many_songs_have_equal_hashes_and_times_again(tmp_path: Path) -> None:
    result = hundreds(tmp_path, 40)
    assert result["ours"] == {"songs": 40, "changed": 40, "equal after undo": 40}
    assert result["naive"]["equal after undo"] < 40


def test_a_song_edited_since_is_refused_and_stays(make: Make, tmp_path: Path) -> None:
    path, other = make("mp3-2.4"), make("flac", "other")
    before = sha(other)
    with Journal(tmp_path / "j.sqlite") as journal:
        for song in (path, other):
            writer(journal, [path.parent]).write(str(song), tags_for(str(song)))
        tags = id3.ID3(path)
        tags.add(id3.TPE4(3, ["later"]))
        tags.save(path)
        edited = sha(path)
        found = {outcome.path: (outcome.state, outcome.reason) for outcome in undo(journal)}
        assert found == {str(path): ("skipped", "was edited since"), str(other): ("written", "")}
        assert (sha(path), sha(other)) == (edited, before)
        assert journal.count() == 1


def test_a_song_that_is_gone_is_said(make: Make, tmp_path: Path) -> None:
    path = make("mp3-2.4")
    with Journal(tmp_path / "j.sqlite") as journal:
        writer(journal, [path.parent]).write(str(path), tags_for(str(path)))
        path.unlink()
        assert [(o.state, o.reason) for o in undo(journal)] == [("skipped", "no such file or directory")]


def test_a_write_that_was_intended_and_not_done_needs_no_undo(make: Make, tmp_path: Path) -> None:
    path = make("mp3-2.4")
    original = path.read_bytes()
    with Journal(tmp_path / "j.sqlite") as journal:
        writer(journal, [path.parent]).write(str(path), tags_for(str(path)))
        journal.note(1, INTENDED)
        path.write_bytes(original)  # as if the run had been killed before the rename
        assert [o.state for o in undo(journal)] == ["unchanged"]


def test_a_damaged_journal_gives_back_nothing_wrong(make: Make, tmp_path: Path) -> None:
    path = make("mp3-2.4")
    with Journal(tmp_path / "j.sqlite") as journal:
        writer(journal, [path.parent]).write(str(path), tags_for(str(path)))
        written = sha(path)
        journal._base.execute("UPDATE written SET old = 'f00'")
        assert [o.reason for o in undo(journal)] == ["the journal does not give back the old bytes"]
        assert sha(path) == written


def test_the_last_run_is_undone_first(make: Make, journals: Path) -> None:
    path = make("mp3-2.4")
    before = sha(path)
    for genre in ("House", "Rock"):
        journal = Journal(journals / f"2026-{genre}.sqlite", {"began": genre})
        writer(journal, [path.parent]).write(str(path), tags_for(str(path), genre))
        journal.close()
    assert [name for name, _, _ in listed()] == ["2026-Rock", "2026-House"]
    for _ in range(2):
        with journal_named() as journal:
            assert [o.state for o in undo(journal)] == ["written"]
    assert sha(path) == before
    with pytest.raises(UserError, match="there is no run to undo"):
        journal_named()


def test_a_journal_is_found_by_name_or_file(journals: Path) -> None:
    made = new_journal({"model": "m"})
    made.close()
    for name in (made.path.stem, str(made.path)):
        with journal_named(name) as journal:
            assert journal.facts["model"] == "m"
    with pytest.raises(UserError, match="there is no such journal"):
        journal_named("other")


def test_what_is_no_journal_is_told(tmp_path: Path) -> None:
    path = tmp_path / "songs.csv"
    path.write_text("id,path\n" * 1000)
    with pytest.raises(UserError, match="is no journal of unisono"):
        journal_named(str(path))

"""Undoing: exact bytes and times, in order, and never over an edit."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from faultbench.kills import hundreds
from faultbench.subject import sha, tags_for, writer
from mutagen import id3
from mutagen.flac import FLAC

from unisono.errors import UserError
from unisono.tagging.writing import Journal, journal_named, listed, new_journal, undo
from unisono.tagging.writing.journal import INTENDED

Make = Callable[..., Path]
AWAY = "is not there any more: moved or deleted since"


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
        assert [(o.state, o.reason) for o in undo(journal)] == [
            ("skipped", "is not there any more: moved or deleted since")
        ]


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
    assert [run.name for run in listed()] == ["2026-Rock", "2026-House"]
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


def run_of(journals: Path, name: str, songs: list[Path], genre: str, energy: float = 300.0) -> None:
    with Journal(journals / f"{name}.sqlite", {"began": name}) as journal:
        for song in songs:
            assert (
                writer(journal, [song.parent]).write(str(song), tags_for(str(song), genre, energy)).state == "written"
            )


def undone() -> tuple[str, dict[str, tuple[str, str]]]:
    with journal_named() as journal:
        return journal.path.stem, {Path(o.path).stem: (o.state, o.reason) for o in undo(journal)}


def test_a_last_run_that_cannot_be_undone_does_not_stand_in_the_way(make: Make, journals: Path) -> None:
    """Its files were edited, moved and deleted; undo without a name goes on to the runs before, and loses nothing."""
    edited, moved, gone, other = (make("flac", name) for name in ("edited", "moved", "gone", "other"))
    before = sha(other)
    run_of(journals, "2026-1", [other], "House")
    run_of(journals, "2026-2", [edited, moved, gone], "Rock")
    tags = FLAC(edited)
    tags["TITLE"] = "mine"
    tags.save()
    elsewhere = moved.rename(moved.with_name("elsewhere.flac"))
    gone.unlink()
    kept = sha(edited), sha(elsewhere)
    assert undone() == (
        "2026-2",
        {"edited": ("skipped", "was edited since"), "moved": ("skipped", AWAY), "gone": ("skipped", AWAY)},
    )
    assert undone() == ("2026-1", {"other": ("written", "")})
    assert (sha(other), sha(edited), sha(elsewhere)) == (before, *kept)
    with pytest.raises(UserError, match=r"some of whose files stayed as they are.* `unisono undo 2026-2` tries them"):
        journal_named()
    assert [(run.name, run.writes, run.left) for run in listed()] == [("2026-2", 3, 3)], "nothing is left of the other"
    elsewhere.rename(moved)
    with journal_named("2026-2") as journal:
        assert {Path(o.path).stem: o.state for o in undo(journal)}["moved"] == "written", "by name it is tried again"


def test_a_later_run_on_top_is_named(make: Make, journals: Path) -> None:
    path, edited = make("mp3-2.4"), make("mp3-2.3", "edited")
    before = sha(path)
    for name, genre, energy in (("2026-1", "House", 300.0), ("2026-2", "Rock", 300.0), ("2026-3", "House", 100.0)):
        run_of(journals, name, [path, edited], genre, energy)
    id3.ID3(edited).save(edited, padding=lambda info: 500)
    kept = sha(path), sha(edited)
    with journal_named("2026-1") as journal:
        told = {o.path: o.reason for o in undo(journal)}
    assert told[str(path)] == "the run 2026-3 wrote it since; undo that first: `unisono undo 2026-3`"
    assert told[str(edited)] == "was edited since"
    assert (sha(path), sha(edited)) == kept
    for name in ("2026-3", "2026-2", "2026-1"):
        with journal_named(name) as journal:
            list(undo(journal))
    assert (sha(path), sha(edited)) == (before, kept[1])


def test_a_journal_that_cannot_be_read_hides_no_run(make: Make, journals: Path) -> None:
    path = make("flac")
    run_of(journals, "2026-2", [path], "House")
    path.write_bytes(path.read_bytes() + b"x")
    (journals / "2026-1.sqlite").write_text("no journal " * 500)
    assert undone() == ("2026-2", {"song": ("skipped", "was edited since")})
    (journals / "2026-1.sqlite").rename(journals / "2026-3.sqlite")
    with pytest.raises(UserError, match=r"2026-3.sqlite: is no journal of unisono. Move it away to go on without"):
        journal_named()


def test_runs_of_one_second_stay_in_order(journals: Path) -> None:
    names = []
    for _ in range(5):
        journal = new_journal({})
        names.append(journal.path.stem)
        journal.close()
    assert names == sorted(names) and len(set(names)) == 5


def test_another_programs_database_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    with closing(sqlite3.connect(path)) as base:
        base.execute("CREATE TABLE items (id INTEGER)")
        base.commit()
    before = sha(path)
    with pytest.raises(UserError, match="is no journal of unisono"):
        journal_named(str(path))
    assert sha(path) == before and [p.name for p in tmp_path.iterdir()] == ["library.db"]

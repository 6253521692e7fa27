"""The writer: files are written, left, or skipped with the reason; and what is changed meanwhile is not lost."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from faultbench.songs import KINDS
from faultbench.subject import TASKS, sha, tags_for, writer
from mutagen import File, id3

from unisono.errors import DiskFull
from unisono.tagging.writing import Journal, Outcome, Signed, Writer, committing, profile_of, undo
from unisono.tagging.writing.containers import flac, mp3

Make = Callable[..., Path]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.sqlite")


def write(path: Path, journal: Journal | None, genre: str = "House", profile: str = "plain") -> Outcome:
    return writer(journal, [path.parent], profile).write(str(path), tags_for(str(path), genre))


def test_without_a_journal_nothing_is_written(make: Make) -> None:
    path = make("mp3-2.4")
    before = (sha(path), path.stat().st_mtime_ns)
    outcome = write(path, None)
    assert outcome.state == "planned"
    assert {c.field: c.new for c in outcome.changes}["genre"] == ("House",)
    assert (sha(path), path.stat().st_mtime_ns) == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("profile", ["plain", "rekordbox"])
def test_written_once_unchanged_after_that_and_undone(make: Make, journal: Journal, kind: str, profile: str) -> None:
    path = make(kind)
    before = (sha(path), path.stat().st_mtime_ns, path.stat().st_mode)
    assert write(path, journal, profile=profile).state == "written"
    written = sha(path)
    assert write(path, journal, profile=profile).state == "unchanged"
    assert sha(path) == written
    assert write(path, journal, "Rock", profile).state == "written"
    assert [o.state for o in undo(journal)] == ["written", "written"]
    assert (sha(path), path.stat().st_mtime_ns, path.stat().st_mode) == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_the_tag_says_what_is_ours(make: Make, journal: Journal) -> None:
    path = make("flac")
    write(path, journal)
    tags = File(path).tags
    assert tags["UNISONO_MODEL"] == ["0123456789ab"] and tags["UNISONO_DATE"] == ["2026-01-01"]
    assert '"genre":["House"]' in tags["UNISONO_FIELDS"][0]


def test_a_later_answer_replaces_ours_and_keeps_the_users(make: Make, journal: Journal) -> None:
    path = make("mp3-2.4")
    id3.ID3(path).save(path)
    write(path, journal)
    tags = id3.ID3(path)
    tags["TMOO"].text = ["the user's own"]
    tags.save(path)
    outcome = write(path, journal, "Rock")
    assert {c.field: (c.old, c.new) for c in outcome.changes} == {"genre": (("House",), ("Rock",))}
    assert id3.ID3(path)["TMOO"].text == ["the user's own"]


def test_a_damaged_tag_is_skipped_and_stays(make: Make, journal: Journal) -> None:
    path = make("mp3-2.3")
    data = bytearray(path.read_bytes())
    data[14] ^= 0x40  # the size of the first frame
    path.write_bytes(data)
    outcome = write(path, journal)
    assert outcome.state == "skipped" and outcome.reason.startswith("damaged tag: ")
    assert path.read_bytes() == bytes(data)


def test_a_copy_that_lost_a_frame_does_not_replace_the_song(
    make: Make, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, real = make("mp3-2.4"), mp3.edit

    def lossy(source, target, fields, style):  # type: ignore[no-untyped-def]
        real(source, target, fields, style)
        target.seek(0)
        data = target.read().replace(b"TKEY", b"TKEX")
        target.seek(0)
        target.write(data)

    monkeypatch.setattr(mp3, "edit", lossy)
    before = sha(path)
    outcome = write(path, journal)
    assert outcome.reason == "cannot be written without harm: TKEY would change, which is not ours"
    assert sha(path) == before and journal.count() == 0


def test_a_copy_with_other_sound_does_not_replace_the_song(
    make: Make, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, real = make("flac"), flac.edit

    def noisy(source, target, fields, style):  # type: ignore[no-untyped-def]
        real(source, target, fields, style)
        target.seek(-4, 2)
        target.write(b"\0\1\2\3")

    monkeypatch.setattr(flac, "edit", noisy)
    assert write(path, journal).reason == "cannot be written without harm: the sound would change"


def test_a_song_that_is_saved_meanwhile_is_looked_at_again(
    make: Make, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, real = make("mp3-2.4"), committing.replace
    done = []

    def slow(source, copy, intend, mtime=None):  # type: ignore[no-untyped-def]
        if not done:
            done.append(1)
            tags = id3.ID3(path)
            tags.add(id3.TPE4(3, ["remixed meanwhile"]))
            tags.save(path)
        real(source, copy, intend, mtime)

    monkeypatch.setattr(committing, "replace", slow)
    assert write(path, journal).state == "written"
    assert id3.ID3(path)["TPE4"].text == ["remixed meanwhile"] and id3.ID3(path)["TCON"].text == ["House"]


def test_a_full_disk_stops_the_run_and_leaves_the_song(
    make: Make, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make("mp3-2.4")
    before = sha(path)

    def full(*given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(mp3, "edit", full)
    with pytest.raises(DiskFull, match="the disk is full"):
        write(path, journal)
    assert sha(path) == before and [p.name for p in path.parent.iterdir()] == [path.name]


def test_whatever_a_library_raises_is_that_files(make: Make, journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: object) -> None:
        raise RuntimeError("no idea")

    monkeypatch.setattr(mp3, "edit", broken)
    assert write(make("mp3-2.4"), journal).reason == "cannot be written (RuntimeError: no idea)"


def test_copies_of_killed_runs_are_swept_and_those_in_use_are_not(make: Make, journal: Journal) -> None:
    path = make("mp3-2.4")
    dead = path.parent / f"{committing.PREFIX}0011{committing.SUFFIX}"
    dead.write_bytes(b"x")
    with committing.opened(str(path)) as source, committing.copy_beside(source) as alive:
        assert committing.sweep(str(path.parent)) == 1
        assert not dead.exists() and Path(alive.path).exists()


def test_what_is_done_is_known_until_it_changes(make: Make, journal: Journal) -> None:
    path = make("mp3-2.4")
    ours = Writer(TASKS, profile_of(), Signed("m", "2026-01-01"), (), journal)
    assert not ours.done(str(path))
    ours.write(str(path), tags_for(str(path)))
    assert ours.done(str(path))
    os.utime(path, ns=(0, 0))
    assert not ours.done(str(path))


def test_extended_attributes_stay(make: Make, journal: Journal) -> None:
    path = make("mp3-2.4")
    try:
        os.setxattr(path, "user.note", b"mine")
    except OSError:
        pytest.skip("this file system has no extended attributes")
    write(path, journal)
    assert os.getxattr(path, "user.note") == b"mine"


def test_a_drive_without_locks_is_written_all_the_same(
    make: Make, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(*given: object) -> None:
        raise OSError(9, "Bad file descriptor")

    monkeypatch.setattr(committing.fcntl, "flock", no_locks)
    assert write(make("mp3-2.4"), journal).state == "written"


def test_a_song_that_another_program_holds_is_skipped(
    make: Make, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make("mp3-2.4")
    monkeypatch.setattr(committing, "_PATIENCE", 0.05)
    with path.open("rb") as held:
        committing.fcntl.flock(held.fileno(), committing.fcntl.LOCK_EX)
        assert write(path, journal).reason == "another program is writing it"


def test_a_folder_that_cannot_be_synced_is_said_of_a_song_that_is_written(
    make: Make, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(folder: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(committing, "sync_folder", broken)
    outcome = write(make("mp3-2.4"), journal)
    assert (outcome.state, outcome.reason) == ("written", "its folder may not be on disk yet (input/output error)")

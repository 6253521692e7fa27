"""Files written by `beet unisono -w`: safely, to be undone, and with the library in step; beets itself runs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from faultbench.songs import COVER, SERATO, make_song, suffix
from faultbench.subject import sha
from mediafile import MediaFile

from unisono.cli._app import run as unisono

pytest.importorskip("beets")
Beet = Callable[..., str]
KINDS = ("mp3-2.3", "mp3-2.4", "flac", "m4a", "wma")
WORDS = "guitar night happy loud"


@pytest.fixture
def library(tmp_path: Path, beet_in: Callable[[Path], Beet], monkeypatch: pytest.MonkeyPatch) -> Beet:
    """A library of a song of every kind, with lyrics that the model reads."""
    monkeypatch.setenv("UNISONO_JOURNALS", str(tmp_path / "journals"))
    (tmp_path / "new").mkdir()
    for kind in KINDS:
        path = make_song(tmp_path / "new" / f"{kind}{suffix(kind)}", kind, 0.2)
        file = MediaFile(path, id3v23=kind.endswith("2.3"))
        file.title, file.lyrics = kind, WORDS
        file.save()
    beet = beet_in(tmp_path)
    beet("import", "-s", "-A", "-q", str(tmp_path / "new"))
    return beet


def songs(folder: Path) -> dict[Path, str]:
    return {path: sha(path) for path in sorted((folder / "music").rglob("*.*")) if path.is_file()}


def test_files_are_written_safely_and_undone(library: Beet, tmp_path: Path) -> None:
    before = songs(tmp_path)
    assert len(before) == len(KINDS)
    told = library("unisono", "-w")
    assert "5 files written; `unisono undo " in told
    for path in before:
        file, data = MediaFile(path), path.read_bytes()
        assert (file.genres, file.mgfile.tags is not None) == (["rock"], True), path
        assert path.suffix != ".mp3" or (SERATO in data and COVER in data and b"TRAKTOR4" in data)
        assert path.suffix != ".mp3" or data[3] == (3 if "2.3" in path.name else 4), "the version of the tag stays"
        assert b"UNISONO_FIELDS" in data or "UNISONO_FIELDS".encode("utf-16-le") in data
    for path in before:
        os.utime(path)  # as if they were edited now: beets reads them again
    assert library("update", "-p") == "", "library and files hold the same"
    assert len(library("ls", "mood:night", "energy:250", "genres:=rock").splitlines()) == 5
    assert unisono(["undo", "-q"]) == 0
    assert songs(tmp_path) == before


def test_what_a_file_keeps_comes_into_the_library(library: Beet, tmp_path: Path) -> None:
    """A value of the user's own that beets did not know; a hard link, which is not written; the rest, forced."""
    own, linked = (next((tmp_path / "music").rglob(f"*{kind}*")) for kind in ("flac", "2.4"))
    file = MediaFile(own)
    file.mgfile["MOOD"] = ["mine"]
    file.save()
    os.link(linked, tmp_path / "link.mp3")
    kept = sha(linked)
    told = library("unisono", "-w")
    assert "2 hard links; writing would part them" in told and "4 files written" in told
    assert sha(linked) == kept
    assert library("ls", "-f", "$mood", "title:flac").strip() == "mine"
    assert MediaFile(own).mgfile["MOOD"] == ["mine"] and MediaFile(own).genres == ["rock"]
    (tmp_path / "link.mp3").unlink()
    assert "2 files written" in library("unisono", "-w", "-f"), "what the library held already, too"
    assert MediaFile(linked).genres == ["rock"] and MediaFile(own).mgfile["MOOD"] == ["night; happy"]


def test_an_import_leaves_the_files_it_copies_alone(tmp_path: Path, beet_in: Callable[[Path], Beet]) -> None:
    (tmp_path / "new").mkdir()
    path = make_song(tmp_path / "new" / "song.flac", "flac", 0.2)
    file = MediaFile(path)
    file.lyrics = WORDS
    file.save()
    before = sha(path)
    told = beet_in(tmp_path)("import", "-s", "-A", "-q", str(tmp_path / "new"), more="auto: yes")
    assert sha(path) == before
    assert "1 file written" in told
    copy = next(p for p in songs(tmp_path))
    assert MediaFile(copy).genres == ["rock"] and sha(copy) != before

"""What becomes a track, what is skipped and what is passed over."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from unisono.errors import TableError
from unisono.tagging.gathering import Columns, Gathered, gather

Tone = Callable[..., Path]
USUAL = Columns()


def ids(found: Gathered) -> list[str]:
    return [track.id for track in found.tracks]


def test_folders_are_searched_through_in_order(tmp_path: Path, tone: Tone) -> None:
    sounds = [tone(tmp_path / name) for name in ("b.wav", "a.flac", "deep/er/c.WAV")]
    for name in ("cover.jpg", "notes.txt", ".hidden.wav", "._a.wav"):
        (tmp_path / name).write_bytes(b"nothing to hear")
    found = gather([tmp_path], USUAL)
    assert ids(found) == [str(sounds[1]), str(sounds[0]), str(sounds[2])]
    assert [Path(p).name for p in found.passed_over] == ["._a.wav", ".hidden.wav", "cover.jpg", "notes.txt"]
    assert found.skipped == []


def test_a_path_counts_once(tmp_path: Path, tone: Tone, monkeypatch: pytest.MonkeyPatch) -> None:
    tone(tmp_path / "a.wav")
    monkeypatch.chdir(tmp_path)
    assert ids(gather(["a.wav", "./a.wav", tmp_path / "a.wav", tmp_path], USUAL)) == ["a.wav"]


def test_sound_under_another_suffix_is_found(tmp_path: Path, tone: Tone) -> None:
    tone(tmp_path / "a.wav").rename(tmp_path / "a.x")
    tone(tmp_path / "b.flac").rename(tmp_path / "b")
    (tmp_path / "photo.x").write_bytes(b"\0\0\0\x18ftypheic" + bytes(20))
    (tmp_path / "film.x").write_bytes(b"\0\0\0\x18ftypmp42" + bytes(20))
    found = gather([tmp_path], USUAL)
    assert [Path(i).name for i in ids(found)] == ["a.x", "b", "film.x"]
    assert [Path(p).name for p in found.passed_over] == ["photo.x"]


def test_links_are_followed_but_never_in_a_circle(tmp_path: Path, tone: Tone) -> None:
    tone(tmp_path / "music" / "a.wav")
    tone(tmp_path / "far" / "b.wav")
    (tmp_path / "music" / "again").symlink_to(tmp_path / "music")
    (tmp_path / "music" / "far").symlink_to(tmp_path / "far")
    (tmp_path / "music" / "lost.mp3").symlink_to(tmp_path / "nowhere")
    found = gather([tmp_path / "music"], USUAL)
    assert [Path(i).name for i in ids(found)] == ["a.wav", "b.wav"]
    assert [(Path(s.id).name, s.reason) for s in found.skipped] == [("lost.mp3", "there is no such file")]


def test_what_is_no_file_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp3")
    assert gather([tmp_path / "pipe.mp3"], USUAL).skipped[0].reason == "is no regular file"
    assert gather([tmp_path], USUAL).passed_over == [str(tmp_path / "pipe.mp3")]


def test_missing_paths_are_named_and_the_rest_goes_on(tmp_path: Path, tone: Tone) -> None:
    sound = tone(tmp_path / "a.wav")
    found = gather([tmp_path / "gone.mp3", sound, "zero\0byte"], USUAL)
    assert ids(found) == [str(sound)]
    assert [s.reason for s in found.skipped] == ["there is no such file", "embedded null byte"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open every folder")
def test_a_shut_folder_is_one_skip(tmp_path: Path, tone: Tone) -> None:
    tone(tmp_path / "a.wav")
    (tmp_path / "shut").mkdir(mode=0)
    found = gather([tmp_path], USUAL)
    assert len(found.tracks) == 1
    assert [s.reason for s in found.skipped] == ["the folder cannot be opened: permission denied"]


def test_a_folder_that_cannot_be_listed_is_one_skip(
    tmp_path: Path, tone: Tone, monkeypatch: pytest.MonkeyPatch
) -> None:
    tone(tmp_path / "a.wav")
    (tmp_path / "shut").mkdir()
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("shut"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = gather([tmp_path], USUAL)
    assert len(found.tracks) == 1
    assert [(Path(s.id).name, s.reason) for s in found.skipped] == [
        ("shut", "the folder cannot be opened: permission denied")
    ]


def test_hostile_names_are_paths_like_others(tmp_path: Path, tone: Tone, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [b"-rf.wav", b"two\nlines.wav", b"caf\xe9.wav", "e\u0301.wav".encode(), b"\xf0\x9f\x8e\xb5.wav"]
    model = tone(tmp_path / "model.wav").read_bytes()
    folder = tmp_path / "music"
    folder.mkdir()
    for name in names:
        (folder / os.fsdecode(name)).write_bytes(model)
    found = gather([folder], USUAL)
    assert sorted(os.fsencode(Path(i).name) for i in ids(found)) == sorted(names)


def test_rows_of_a_table_are_tracks(tmp_path: Path, tone: Tone) -> None:
    tone(tmp_path / "a.wav")
    table = tmp_path / "songs.csv"
    table.write_text("path,lyrics,tempo\na.wav,la la,120\ngone.wav,na na,90\n,oh,80\n")
    found = gather([table], USUAL)
    first, second = found.tracks
    assert (first.id, first.audio, first.lyrics) == ("a.wav", tmp_path / "a.wav", "la la")
    assert first.values["tempo"] == "120"
    assert (second.id, second.audio, second.lyrics) == ("songs.csv:4", None, "oh")
    assert [(s.id, s.reason) for s in found.skipped] == [("gone.wav", 'there is no file "gone.wav" (songs.csv:3)')]


def test_columns_can_be_named(tmp_path: Path) -> None:
    table = tmp_path / "songs.csv"
    table.write_text("nr,text,lyrics\n7,guitar,wrong\n")
    (track,) = gather([table], Columns(id="nr", lyrics="text")).tracks
    assert (track.id, track.lyrics) == ("7", "guitar")
    with pytest.raises(TableError, match=r'no column "txt", needed as the column of lyrics. Did you mean "text"'):
        gather([table], Columns(lyrics="txt"))


def test_sound_of_a_table_without_lyrics_keeps_its_own(tmp_path: Path, tone: Tone) -> None:
    tone(tmp_path / "a.wav")
    (tmp_path / "a.txt").write_text("sung words")
    (tmp_path / "songs.csv").write_text("path\na.wav\n")
    (track,) = gather([tmp_path / "songs.csv"], USUAL).tracks
    assert track.lyrics == "sung words"


def test_columns_that_the_model_was_taught_with_go_before_the_usual_names(tmp_path: Path) -> None:
    table = tmp_path / "songs.csv"
    table.write_text("id,code,lyrics,words\n1,x,usual,taught\n")
    known = {"id": "code", "lyrics": "words", "audio": "not there"}
    (track,) = gather([table], Columns(known=known)).tracks
    assert (track.id, track.lyrics, track.audio) == ("x", "taught", None)
    (named,) = gather([table], Columns(lyrics="lyrics", known=known)).tracks
    assert named.lyrics == "usual"

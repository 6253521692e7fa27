"""A folder of audio becomes a table of the files' own tags."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from unisono.collection import CollectionSettings, load
from unisono.collection.own_tags import own_tags
from unisono.errors import AudioError, TableError

TAGS = {
    "a.mp3": {"genre": ["House", "Techno"], "artist": ["X"], "title": ["One"]},
    "b.flac": {"mood": ["dark"], "artist": ["x "], "title": ["one!"], "path": ["nonsense"]},
}


def fake_tags(path: Path) -> dict[str, list[str]]:
    if path.name not in TAGS:
        raise AudioError(path.name, "is damaged")
    return TAGS[path.name]


@pytest.fixture
def music(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("unisono.collection.folder.file_tags", fake_tags)
    folder = tmp_path / "music"
    (folder / "deep" / "er").mkdir(parents=True)
    names = ["a.mp3", "deep/er/b.flac", "notes.txt", "._a.mp3", "cover.jpg"]
    for name in names:
        (folder / name).write_bytes(b"x")
    return folder


def test_rows_are_files_and_columns_their_tags(music: Path) -> None:
    songs = load(CollectionSettings(folder="music"), music.parent)
    assert songs.frame.to_dict(as_series=False) == {
        "path": ["a.mp3", "deep/er/b.flac"],
        "folder": ["music", "er"],
        "artist": ["X", "x "],
        "genre": ["House;Techno", None],
        "mood": [None, "dark"],
        "title": ["One", "one!"],
    }
    assert [t.audio for t in songs.tracks] == [music / "a.mp3", music / "deep/er/b.flac"]
    assert songs.groups().tolist() == [0, 0] and songs.songs().tolist() == [0, 0]


def test_pipes_and_links_to_nothing_are_left_out_and_said(music: Path) -> None:
    os.mkfifo(music / "pipe")
    (music / "c.mp3").symlink_to("pipe")
    (music / "d.mp3").symlink_to("nowhere")
    songs = load(CollectionSettings(folder="music"), music.parent)
    assert [t.id for t in songs.tracks] == ["a.mp3", "deep/er/b.flac"]
    for name in ("c", "d"):
        assert any(f"{name}.mp3: is no regular file, or a link to nothing" in note for note in songs.notes)


def test_unreadable_and_strange_files_are_rows_too(music: Path) -> None:
    odd = os.fsdecode(b"caf\xe9.mp3")
    (music / odd).write_bytes(b"x")
    songs = load(CollectionSettings(folder="music"), music.parent)
    assert [t.id for t in songs.tracks] == ["a.mp3", r"caf\xe9.mp3", "deep/er/b.flac"]
    assert songs.tracks[1].audio == music / odd
    others = "2 files whose names do not say sound: .jpg 1, .txt 1; left out."
    assert songs.notes == (others, r"Tags of 1 file could not be read: caf\xe9.mp3: is damaged.")


def test_folders_without_sound(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="holds no sound file"):
        load(CollectionSettings(folder="."), tmp_path)
    with pytest.raises(TableError, match="there is no such folder"):
        load(CollectionSettings(folder="nowhere"), tmp_path)


def test_what_we_wrote_is_no_label_and_what_was_corrected_is(music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = '{"genre":["House"],"energy":["300"],"comment":["Peak","[MOOD: dark]"],"grouping":["Peak"]}'
    ours = {"unisono_fields": [written], "unisono_model": ["m"], "unisono_artist": ["X"]}
    block = "bring it back /* Mine / Peak */ [MOOD: dark]"
    tags = {
        "a.mp3": {"genre": ["House"], "energy": ["300"], "comment": [block], "grouping": ["Mine / Peak"], **ours},
        "b.flac": {"genre": ["Techno"], "energy": ["400"], "comment": ["/* Late */"], **ours},
    }
    monkeypatch.setattr("unisono.collection.folder.file_tags", lambda path: tags[path.name])
    songs = load(CollectionSettings(folder="music"), music.parent)
    assert songs.frame.drop("path", "folder").to_dict(as_series=False) == {
        "comment": ["bring it back", None],
        "energy": [None, "400"],
        "genre": [None, "Techno"],
        "grouping": ["Mine", None],
        "tags": ["Mine", "Late"],
    }
    assert songs.notes[1:] == ("5 values that `unisono tag --write` wrote and nobody changed since: no labels.",)


def test_unreadable_notes_of_ours_take_nothing_away() -> None:
    for told in ("{", "[1]", '{"genre": "House"}'):
        assert own_tags({"genre": ["House"], "unisono_fields": [told]}) == ({"genre": ["House"]}, 0)


def test_a_comment_that_stands_twice_is_read_once() -> None:
    tags = {"comment": ["mine", "mine /* Peak */"], "unisono_fields": ['{"comment":["Peak"]}']}
    assert own_tags(tags) == ({"comment": ["mine"]}, 1)

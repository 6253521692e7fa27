"""emoMusic: two tables joined by id, the MediaEval split, clips by number."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from unisono.collection import Collection, CollectionSettings, SplitSettings, load, make_split
from unisono.errors import TableError

Layout = Callable[[str], Path]


def opened(root: Path) -> Collection:
    return load(CollectionSettings(dataset="emomusic", root=str(root)), Path())


def test_labels_split_and_clips(layout: Layout) -> None:
    root = layout("emomusic")
    songs = opened(root)
    third = {t.id: t for t in songs.tracks}["4"]
    assert (third.values["arousal"], third.values["valence"]) == ("3.0", "5.4")
    assert (third.values["artist"], third.values["title"]) == ("artist 2", "title 4")  # without the tabs around them
    assert songs.tracks[0].id == "2" and songs.tracks[0].audio == root / "clips_45seconds/2.mp3"
    parts = make_split(songs, {}, SplitSettings(column="part"), seed=0).folds[0].part.tolist()
    assert parts[:6] == ["train", "train", "test", "test", "test", "train"]


def test_a_song_without_information(layout: Layout) -> None:
    root = layout("emomusic")
    with (root / "annotations/static_annotations.csv").open("a") as file:
        file.write("999,5.0,1.0,5.0,1.0\n")
    with pytest.raises(TableError, match=r'static_annotations.csv:26:song_id: "999" is not in songs_info.csv'):
        opened(root)


def test_information_is_needed(layout: Layout) -> None:
    root = layout("emomusic")
    (root / "annotations/songs_info.csv").unlink()
    with pytest.raises(TableError, match=r"holds no songs_info.csv. Ask for annotations.tgz and the clips at https"):
        opened(root)

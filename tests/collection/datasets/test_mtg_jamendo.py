"""MTG-Jamendo: a cell for each tag, three tasks of one table, five splits, sounds in two qualities."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from unisono.collection import Collection, CollectionSettings, SplitSettings, load, make_split
from unisono.errors import TableError

Layout = Callable[[str], Path]


def opened(root: Path) -> Collection:
    return load(CollectionSettings(dataset="mtg_jamendo", root=str(root)), Path())


def test_tags_splits_and_sounds(layout: Layout) -> None:
    root = layout("mtg_jamendo")
    tracks = opened(root)
    first, second = tracks.tracks[0].values, tracks.tracks[1].values
    assert tracks.tracks[0].id == "track_0000948" and first["genre"] == "rock;pop" and first["instrument"] is None
    assert first["moodtheme"] == "happy" and second["instrument"] == "piano"
    assert tracks.tracks[0].audio == root / "audio/48/948.mp3"
    assert tracks.tracks[1].audio == root / "audio-low/49/949.low.mp3"
    groups = tracks.groups()
    assert groups is not None and groups.tolist()[:4] == [0, 0, 1, 1]
    parts = make_split(tracks, {}, SplitSettings(column="split_0"), seed=0).folds[0].part.tolist()
    assert parts[:6] == ["train", "train", "validation", "validation", "test", "test"]
    assert set(tracks.cells(["split_1"])) == {None}  # this split is not there


@pytest.mark.parametrize("line", ["track_1\tartist_1\talbum_1\t1/1.mp3\t20.0", "track_1\ta\tb\tc\t2\tstyle---rock"])
def test_a_row_without_tags(layout: Layout, line: str) -> None:
    root = layout("mtg_jamendo")
    with (root / "data/autotagging.tsv").open("a") as file:
        file.write(line + "\n")
    with pytest.raises(TableError, match=r'autotagging.tsv:14: "track_1.* is no row of five cells and of tags'):
        opened(root)


def test_another_table(layout: Layout) -> None:
    root = layout("mtg_jamendo")
    (root / "data/autotagging.tsv").write_text("id\ttags\n1\trock\n")
    with pytest.raises(TableError, match=r"autotagging.tsv:1: begins with .* but must with TRACK_ID ARTIST_ID"):
        opened(root)


def test_a_split_of_two_files(layout: Layout) -> None:
    root = layout("mtg_jamendo")
    (root / "data/splits/split-0/autotagging-test.tsv").unlink()
    with pytest.raises(TableError, match=r"holds no splits/split-0/autotagging-test.tsv. Get the whole repository"):
        opened(root)


def test_a_track_in_two_parts(layout: Layout) -> None:
    root = layout("mtg_jamendo")
    with (root / "data/splits/split-0/autotagging-test.tsv").open("a") as file:
        file.write("track_0000948\tartist_0\n")
    with pytest.raises(TableError, match=r'split-0: "track_0000948" is in train and in test'):
        opened(root)

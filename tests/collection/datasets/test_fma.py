"""FMA: names in several lines, genres by their titles, sounds by number, and features."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from unisono.collection import Collection, CollectionSettings, SplitSettings, load, make_split
from unisono.collection.datasets._fma_tables import genre_titles
from unisono.errors import TableError

Layout = Callable[[str], Path]


def opened(root: Path, name: str = "fma") -> Collection:
    return load(CollectionSettings(dataset=name, root=str(root)), Path())


def test_columns_genres_and_sounds(layout: Layout) -> None:
    root = layout("fma")
    tracks = opened(root)
    second = tracks.tracks[1].values
    assert tracks.tracks[1].id == "3" and second["title"] == "Food, and more" and second["genre"] == "Hip-Hop"
    assert second["genres_all"] == "Hip-Hop;Rap" and second["genres"] == "Rap"
    assert tracks.cells(["genres"])[2] is None and tracks.cells(["genre"])[2] is None
    assert tracks.tracks[0].audio == root / "fma_small/000/000002.mp3" and tracks.tracks[1].audio is None
    assert tracks.notes == (f"17 of 18 sounds are not below {root}: these tracks are silent.",)
    assert tracks.place(0) == "tracks.csv:4"  # below three lines of head
    groups = tracks.groups()
    assert groups is not None and groups.tolist()[:6] == [0, 0, 1, 1, 2, 2]
    parts = make_split(tracks, {}, SplitSettings(column="split"), seed=0).folds[0].part.tolist()
    assert parts[:6] == ["train", "train", "validation", "validation", "test", "test"]


def test_features_by_id(layout: Layout) -> None:
    tracks = opened(layout("fma_features"), "fma_features")
    assert tracks.frame["mfcc.mean.02"].to_list()[:6] == [2.5, 3.5, 5.0, 10.5, 20.5, None]
    assert tracks.notes[-1] == "13 tracks are not in features.csv: they have no features."


def test_an_unknown_genre_and_a_cut_row(layout: Layout) -> None:
    root = layout("fma")
    tracks = root / "fma_metadata/tracks.csv"
    text = tracks.read_text("utf-8")
    tracks.write_text(text.replace("[7]", "[99]"), "utf-8")
    with pytest.raises(TableError, match=r'tracks.csv:5:track.genres: genre "99" is not in genres.csv'):
        opened(root)
    tracks.write_text(text.rsplit(",", 2)[0] + "\n", "utf-8")
    with pytest.raises(TableError, match=r"tracks.csv:21: has \d+ cells but the header has"):
        opened(root)


def test_a_table_with_one_line_of_names(layout: Layout) -> None:
    root = layout("fma")
    (root / "fma_metadata/tracks.csv").write_text("track_id,title\n2,Food\n3,Drink\n4,More\n")
    with pytest.raises(TableError, match=r"tracks.csv:1: does not begin with 2 lines of column names and a line that"):
        opened(root)


def test_genres_are_needed(layout: Layout) -> None:
    root = layout("fma")
    (root / "fma_metadata/genres.csv").unlink()
    with pytest.raises(TableError, match=r"holds no genres.csv. Get fma_metadata.zip by https://github.com/mdeff/fma"):
        opened(root)


def test_features_that_are_no_numbers(layout: Layout) -> None:
    root = layout("fma_features")
    path = root / "fma_metadata/features.csv"
    path.write_text(path.read_text().replace("10.5", "loud"))
    with pytest.raises(TableError, match=r"features.csv: is damaged, or not all numbers"):
        opened(root, "fma_features")
    path.unlink()
    with pytest.raises(TableError, match=r"holds no fma_metadata/features.csv. Get fma_metadata.zip"):
        opened(root, "fma_features")


def test_the_real_genres(real_data: Path) -> None:
    titles = genre_titles(real_data / "fma-clips/genres.csv")
    assert len(titles) == 163 and titles["21"] == "Hip-Hop"

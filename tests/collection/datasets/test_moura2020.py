"""Lyrics from 1950 to 2019: roles, a run from text, and the real table where it is."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from unisono.collection import CollectionSettings, load
from unisono.errors import TableError
from unisono.experiment import Experiment
from unisono.training.run import train


def test_roles(layout: Callable[[str], Path]) -> None:
    root = layout("moura2020")
    songs = load(CollectionSettings(dataset="moura2020", root=str(root)), Path())
    assert [t.id for t in songs.tracks[:3]] == ["0", "3", "6"]
    assert songs.tracks[1].lyrics == "rain home sad word1" and songs.tracks[1].audio is None
    groups, titles = songs.groups(), songs.songs()
    assert groups is not None and groups.tolist()[:4] == [0, 0, 1, 1]
    assert titles is not None and len(set(titles.tolist())) == 40
    assert songs.place(2, "genre") == "tcc_ceds_music.csv:4:genre"


def test_it_trains(layout: Callable[[str], Path], tmp_path: Path) -> None:
    settings = {
        "base": str(layout("moura2020").parent),
        "collection": {"dataset": "moura2020", "root": "moura2020"},
        "inputs": {"lyrics": {"kind": "bag_of_words"}},
        "tasks": {"genre": {"kind": "multiclass"}, "energy": {"kind": "regression", "range": [0, 1]}},
        "network": {"encoder": "embedding_bag"},
        "training": {"epochs": 1},
    }
    train(Experiment.of(settings), tmp_path / "run")
    assert (tmp_path / "run/model/model.onnx").is_file()


def test_a_table_of_other_columns(tmp_path: Path) -> None:
    (tmp_path / "tcc_ceds_music.csv").write_text("a,genre\n1,pop\n")
    with pytest.raises(TableError, match=r'there is no column "artist_name", needed as part of the published layout'):
        load(CollectionSettings(dataset="moura2020", root=str(tmp_path)), Path())


def test_the_real_songs(real_data: Path, tmp_path: Path) -> None:
    """The table without most of its columns, under the name and with the unnamed column of the published one."""
    with (
        (real_data / "lyrics-1950-2019/songs.csv").open(encoding="utf-8", newline="") as source,
        (tmp_path / "tcc_ceds_music.csv").open("w", encoding="utf-8", newline="") as copy,
    ):
        rows = csv.reader(source)
        csv.writer(copy).writerows([["", *next(rows)[1:]], *rows])
    songs = load(CollectionSettings(dataset="moura2020", root=str(tmp_path)), Path())
    told = Counter(songs.cells(["genre"]))
    assert len(songs) == 28_372 and told["pop"] == 7_042 and told["hip hop"] == 904 and len(told) == 7
    groups = songs.groups()
    assert groups is not None and len(set(groups.tolist())) == 5_426  # of 5,427 spellings

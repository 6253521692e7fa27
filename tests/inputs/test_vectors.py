"""Vectors: rows of features found by track id, never by position."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from unisono.errors import TableError
from unisono.inputs.vectors import Vectors

ROWS = np.random.default_rng(0).normal(3, 2, (6, 4)).astype(np.float32)
IDS = [f"t{i}" for i in range(6)]


@dataclass(frozen=True)
class Track:
    id: str
    values: dict[str, Any] = field(default_factory=dict)
    audio: Path | None = None
    lyrics: str | None = None


TRACKS = [Track(name) for name in IDS]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for layer in range(2):
        np.save(tmp_path / f"set_layer_{layer}.npy", ROWS[:, 2 * layer : 2 * layer + 2])
    (tmp_path / "labels.csv").write_text(",path,label\n" + "".join(f"{i},{name},0\n" for i, name in enumerate(IDS)))
    return tmp_path


def layers(folder: Path, **settings: Any) -> Vectors:
    ids = {"table": "labels.csv", "column": "path"}
    return Vectors(tables=["set_layer_{0..1}.npy"], ids=ids, **settings).at(folder)


def test_layers_are_joined_end_to_end(folder: Path) -> None:
    fitted = layers(folder, scaling="none").fit(TRACKS)
    assert fitted.shapes == {"values": (4,)}
    for track, row in zip(TRACKS, ROWS, strict=True):
        np.testing.assert_array_equal(fitted.read(track)[0]["values"], row)


def test_the_order_of_tracks_and_of_the_file_does_not_matter(folder: Path) -> None:
    fitted = layers(folder, scaling="none").fit(TRACKS[::-1])
    shuffled = [3, 0, 5, 1, 4, 2]
    pl.DataFrame({"id": np.array(IDS)[shuffled], "v": ROWS[shuffled].tolist()}).write_parquet(folder / "v.parquet")
    other = Vectors(tables=["v.parquet"], scaling="none").at(folder).fit(TRACKS)
    for track in TRACKS:
        np.testing.assert_array_equal(fitted.read(track)[0]["values"], other.read(track)[0]["values"])


def test_scaled_by_the_training_tracks_alone(folder: Path) -> None:
    fitted = layers(folder).fit(TRACKS[:4])
    expected = (ROWS - ROWS[:4].mean(axis=0)) / ROWS[:4].std(axis=0)
    for track, row in zip(TRACKS, expected, strict=True):
        np.testing.assert_allclose(fitted.read(track)[0]["values"], row, rtol=1e-4, atol=1e-5)


def test_another_column_of_the_collection_may_be_the_key(folder: Path) -> None:
    fitted = layers(folder, key_column="file", scaling="none").fit([Track("x", {"file": "t3"})])
    np.testing.assert_array_equal(fitted.read(Track("y", {"file": "t5"}))[0]["values"], ROWS[5])


def test_a_track_without_a_row_is_an_error_that_shows_both_keys(folder: Path) -> None:
    with pytest.raises(
        TableError, match=r'layer_0.npy: has no row for 1 of 2 tracks, such as "z"; its ids are such as "t0"'
    ):
        layers(folder).fit([TRACKS[0], Track("z")])
    with pytest.raises(TableError, match=r'such as "z".*Is another column the key\?'):
        layers(folder).fit(TRACKS).read(Track("z"))


def test_a_track_without_a_row_may_lack_the_input(folder: Path) -> None:
    fitted = layers(folder, missing="lack").fit([*TRACKS, Track("z")])
    assert fitted == layers(folder, missing="lack").fit(TRACKS)
    assert fitted.read(Track("z")) == []
    assert fitted.why_missing(Track("z")) == f'{folder / "set_layer_0.npy"} has no row for the id "z"'
    assert fitted.why_missing(TRACKS[0]) is None


def test_when_no_track_has_a_row_the_key_is_wrong(folder: Path) -> None:
    with pytest.raises(TableError, match=r'has no row for 2 of 2 tracks, such as "0"'):
        layers(folder, missing="lack").fit([Track("0"), Track("1")])
    with pytest.raises(TableError, match="there are no training tracks"):
        layers(folder).fit([])


def test_new_tracks_come_with_a_table_of_their_own(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    fitted = layers(folder).fit(TRACKS)
    elsewhere = tmp_path_factory.mktemp("new")
    pl.DataFrame({"id": ["n"], "v": [ROWS[2].tolist()]}).write_parquet(elsewhere / "new.parquet")
    moved = Vectors(**json.loads(fitted.model_dump_json())).with_tables(["new.parquet"], base=elsewhere)
    with pytest.raises(TableError, match=r"new.parquet: rows have 4 numbers but 2 \+ 2 were learned from"):
        moved.read(Track("n"))
    for layer in range(2):
        np.save(elsewhere / f"layer_{layer}.npy", ROWS[[2], 2 * layer : 2 * layer + 2])
    (elsewhere / "ids.txt").write_text("n")
    moved = fitted.with_tables(["layer_0.npy", "layer_1.npy"], ids="ids.txt", base=elsewhere)
    np.testing.assert_array_equal(moved.read(Track("n"))[0]["values"], fitted.read(TRACKS[2])[0]["values"])


def test_the_dump_holds_no_folder(folder: Path) -> None:
    assert str(folder) not in layers(folder).fit(TRACKS).model_dump_json()


def test_wrong_lengths_and_twice_the_same_id_are_errors(folder: Path) -> None:
    np.save(folder / "set_layer_1.npy", ROWS[:5, 2:])
    with pytest.raises(TableError, match=r"set_layer_1.npy: has 5 rows but .*labels.csv has 6 ids"):
        layers(folder).fit(TRACKS)
    (folder / "labels.csv").write_text("path\n" + "same\n" * 6)
    with pytest.raises(TableError, match=r'labels.csv, row 2: the id "same" stands in row 1 as well'):
        layers(folder).fit(TRACKS)


def test_before_fit_only_the_axes_are_known(folder: Path) -> None:
    assert layers(folder).shapes == {"values": (None,)}
    with pytest.raises(ValueError, match="call fit first"):
        layers(folder).read(TRACKS[0])


@pytest.mark.parametrize("wrong", [{"tables": []}, {"tables": ["a.npy"], "ids": {"table": "x"}}, {}])
def test_impossible_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Vectors(**wrong)


@pytest.mark.parametrize(("name", "key", "rows"), [("gtzan_genre", "filepath", 1000), ("emoMusic", "id", 744)])
def test_choi_features(real_data: Path, name: str, key: str, rows: int) -> None:
    base = real_data / "choi2017"
    with (base / "labels" / f"{name}.csv").open() as stream:
        tracks = [Track(row[key]) for row in csv.DictReader(stream)]
    ids = {"table": f"labels/{name}.csv", "column": key}
    vectors = Vectors(tables=[f"features/{name}_layer_{{0..4}}.npy"], ids=ids, scaling="none").at(base)
    fitted = vectors.fit(tracks)
    assert fitted.shapes == {"values": (160,)}
    expected = np.concatenate([np.load(base / "features" / f"{name}_layer_{i}.npy") for i in range(5)], axis=1)
    made = np.stack([fitted.read(t)[0]["values"] for t in tracks])
    assert made.shape == (rows, 160)
    np.testing.assert_array_equal(made, expected.astype(np.float32))


def test_the_genre_column_of_gtzan_is_no_key(real_data: Path) -> None:
    ids = {"table": "labels/gtzan_genre.csv", "column": "id"}
    vectors = Vectors(tables=["features/gtzan_genre_layer_0.npy"], ids=ids).at(real_data / "choi2017")
    with pytest.raises(TableError, match=r'the id "blues" stands in row 1 as well.*Is another column the key'):
        vectors.fit([Track("blues")])

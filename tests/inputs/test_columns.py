"""Columns: numbers of the table's rows, scaled by the training tracks."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from unisono.errors import ExperimentError, TableError
from unisono.inputs.columns import Columns


@dataclass(frozen=True)
class Row:
    id: str
    values: dict[str, Any] = field(default_factory=dict)
    audio: Path | None = None
    lyrics: str | None = None


TRAIN = [
    Row("a", {"genre": "rock", "bpm": "100", "1-m": 1, "2-m": 5.0, "flag": True}),
    Row("b", {"genre": "jazz", "bpm": "140", "1-m": 3, "2-m": None, "flag": False}),
    Row("c", {"genre": "jazz", "bpm": "", "1-m": 2, "2-m": 7.0, "flag": True}),
]


def values(columns: Columns, row: Row) -> list[float]:
    return [float(v) for v in columns.read(row)[0]["values"]]


def test_patterns_find_columns_in_the_tables_order_each_once() -> None:
    fitted = Columns(columns=["bpm", "*m", "?-m"]).fit(TRAIN)
    assert fitted.names == ("bpm", "1-m", "2-m")
    assert Columns(columns=["*"], exclude=["genre", "?-*"]).fit(TRAIN).names == ("bpm", "flag")


def test_a_name_with_brackets_is_a_name_before_it_is_a_pattern() -> None:
    assert Columns(columns=["x[1]"]).fit([Row("a", {"x1": 1, "x[1]": 2})]).names == ("x[1]",)


def test_scaled_by_the_training_tracks_alone() -> None:
    fitted = Columns(columns=["1-m"]).fit(TRAIN)
    deviation = np.std([1, 3, 2])
    assert values(fitted, Row("new", {"1-m": 10})) == pytest.approx([(10 - 2) / deviation])
    assert values(Columns(columns=["1-m"], scaling="minmax").fit(TRAIN), Row("new", {"1-m": 4})) == [1.5]
    assert values(Columns(columns=["1-m"], scaling="none").fit(TRAIN), Row("new", {"1-m": "4"})) == [4]


def test_an_empty_cell_becomes_the_training_mean() -> None:
    assert values(Columns(columns=["bpm", "flag"]).fit(TRAIN), TRAIN[2])[0] == 0
    unscaled = Columns(columns=["bpm", "flag"], scaling="none").fit(TRAIN)
    assert values(unscaled, TRAIN[2]) == [120, 1]


def test_indicators_mark_what_was_empty_in_columns_that_are_empty_in_training() -> None:
    fitted = Columns(columns=["bpm", "1-m", "2-m"], indicator=True, scaling="none").fit(TRAIN)
    assert fitted.flagged == ("bpm", "2-m")
    assert fitted.shapes == {"values": (5,)}
    assert values(fitted, TRAIN[0]) == [100, 1, 5, 0, 0]
    assert values(fitted, TRAIN[1]) == [140, 3, 6, 0, 1]
    assert values(fitted, TRAIN[2]) == [120, 2, 7, 1, 0]


def test_a_track_may_lack_the_input_instead() -> None:
    fitted = Columns(columns=["bpm", "1-m"], missing="lack").fit(TRAIN)
    assert fitted.read(TRAIN[2]) == []
    assert fitted.why_missing(TRAIN[2]) == 'its cell of column "bpm" is empty'
    assert fitted.why_missing(TRAIN[0]) is None


def test_nothing_known_is_lacking_whatever_the_policy() -> None:
    fitted = Columns(columns=["bpm", "1-m"]).fit(TRAIN)
    assert fitted.why_missing(Row("file.mp3")) == "its row has none of the columns"
    assert fitted.why_missing(Row("new", {"bpm": "", "1-m": None})) == "all its cells are empty"
    assert fitted.read(Row("file.mp3")) == fitted.read(Row("new", {"bpm": "", "1-m": None})) == []


def test_a_text_is_an_error_with_column_and_track() -> None:
    with pytest.raises(TableError, match=r'track "x", column "bpm": "120,5" is no number. Write a decimal point'):
        Columns(columns=["bpm"]).fit([*TRAIN, Row("x", {"bpm": "120,5"})])
    with pytest.raises(TableError, match=r'track "new", column "bpm": "fast" is no number'):
        Columns(columns=["bpm"]).fit(TRAIN).read(Row("new", {"bpm": "fast"}))


def test_all_wrong_cells_are_told_at_once() -> None:
    wrong = [Row(f"w{i}", {"bpm": "fast"}) for i in range(25)]
    with pytest.raises(TableError, match=r"(?s)25 problems, the first 20 of them:.*w0.*w19") as caught:
        Columns(columns=["bpm"]).fit([*TRAIN, *wrong])
    assert "w20" not in str(caught.value)
    assert len(caught.value.lines()) == 22


def test_a_pattern_that_matches_nothing_is_an_error() -> None:
    with pytest.raises(ExperimentError, match=r'"bmp" matches none of the 5 columns. Did you mean "bpm"'):
        Columns(columns=["bmp"]).fit(TRAIN)
    with pytest.raises(ExperimentError, match=r'columns: "zz" matches none .*\. The columns are "genre", "bpm", '):
        Columns(columns=["bpm", "zz"]).fit(TRAIN)
    with pytest.raises(ExperimentError, match=r'exclude: "zz" matches none'):
        Columns(columns=["bpm"], exclude=["zz"]).fit(TRAIN)
    with pytest.raises(ExperimentError, match="exclude leaves no column"):
        Columns(columns=["bpm"], exclude=["b*"]).fit(TRAIN)


def test_a_column_without_a_number_is_an_error() -> None:
    with pytest.raises(TableError, match=r'column "key": has no number in the training tracks. Leave it out'):
        Columns(columns=["key", "bpm"]).fit([Row("a", {"key": "", "bpm": 1})])


def test_a_column_that_a_new_table_lacks_is_an_error() -> None:
    with pytest.raises(TableError, match=r'track "new": has no column "bpm" but the input reads it'):
        Columns(columns=["bpm", "1-m"]).fit(TRAIN).read(Row("new", {"1-m": 1}))
    with pytest.raises(TableError, match=r'has no columns "bpm", "1-m" but the input reads them'):
        Columns(columns=["bpm", "1-m", "2-m"]).fit(TRAIN).read(Row("new", {"2-m": 1}))


def test_no_training_track_is_an_error() -> None:
    with pytest.raises(ExperimentError, match="matches none of the 0 columns"):
        Columns(columns=["bpm"]).fit([])


def test_no_columns_are_refused() -> None:
    with pytest.raises(ValidationError):
        Columns(columns=[])


def test_before_fit_only_the_axes_are_known() -> None:
    assert Columns(columns=["bpm"]).shapes == {"values": (None,)}
    with pytest.raises(ValueError, match="call fit first"):
        Columns(columns=["bpm"]).read(TRAIN[0])


def test_beatport_descriptors(real_data: Path) -> None:
    import polars as pl

    rows = pl.read_csv(real_data / "beatport-2021" / "tracks.csv", infer_schema_length=None).to_dicts()
    tracks = [Row(str(i), row) for i, row in enumerate(rows)]
    fitted = Columns(columns=["[0-9]*-*"]).fit(tracks)
    assert fitted.shapes == {"values": (92,)}
    made = np.stack([fitted.read(t)[0]["values"] for t in tracks])
    np.testing.assert_allclose(made.mean(axis=0), 0, atol=1e-4)

"""The predictions table: what is true and what a model said, one row a track, task and label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from unisono.errors import TableError
from unisono.files import commit_path
from unisono.tasks import Array

_SCHEMA = {
    "track": pl.String,
    "fold": pl.Int32,
    "split": pl.String,
    "task": pl.String,
    "label": pl.String,
    "reference": pl.Float32,
    "score": pl.Float32,
}


@dataclass(frozen=True)
class Judged:
    """What is true and what was said of the same tracks, in one task's answer space.

    Args:
        outputs: names of the columns of both arrays.
        reference: what is true, NaN where not labelled.
        scores: what the model said.
        tracks: the rows' track ids; only filled by `judged`.
        folds: the rows' folds; only filled by `judged`.
    Shape: reference and scores (tracks, outputs)
    """

    outputs: tuple[str, ...]
    reference: Array
    scores: Array
    tracks: tuple[str, ...] = ()
    folds: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))


def predictions(
    tracks: Sequence[str], tasks: Mapping[str, Judged], *, split: str = "test", fold: int = 0
) -> pl.DataFrame:
    """The table of one fold's predictions; tables of several folds can be stacked with `polars.concat`.

    Args:
        tracks: ids of the rows of every task's arrays.
        tasks: what is true and what was said, by task.
        split: the part of the collection that the tracks are.
        fold: number of the fold, 0 without cross-validation.
    Raises: ValueError when arrays and tracks do not fit.
    Example:
        >>> said = Judged(("",), np.array([[3.0]], np.float32), np.array([[2.5]], np.float32))
        >>> predictions(["a.mp3"], {"energy": said}).row(0)
        ('a.mp3', 0, 'test', 'energy', '', 3.0, 2.5)
    """
    ids = pl.Series("track", list(tracks), pl.String)
    parts = [_of_task(ids, name, one, (split, fold)) for name, one in tasks.items()]
    return pl.concat(parts) if parts else pl.DataFrame(schema=_SCHEMA)


def judged(frame: pl.DataFrame, task: str) -> Judged:
    """The arrays of one task, back from the table, rows in the table's order.

    Raises: TableError when the table holds no such task or not every label of every track, in one order.
    """
    part = frame.filter(pl.col("task") == task)
    outputs = part["label"].unique(maintain_order=True)
    width = len(outputs)
    rows = len(part) // width if width else 0
    regular = rows * width == len(part) and (part["label"] == _repeated(outputs, rows)).all()
    if not rows or not regular or not (part["track"] == part["track"].gather(_firsts(rows, width))).all():
        found = f'the rows of task "{task}" are not one block of all its labels a track'
        raise TableError("predictions", found, "Was the file edited? Make it again.")
    first = part.gather_every(width)
    values = part.select(pl.col("reference", "score").fill_null(float("nan"))).to_numpy().astype(np.float32)
    return Judged(
        tuple(outputs),
        np.ascontiguousarray(values[:, 0].reshape(rows, width)),
        np.ascontiguousarray(values[:, 1].reshape(rows, width)),
        tuple(first["track"]),
        first["fold"].to_numpy(),
    )


def write_predictions(frame: pl.DataFrame, path: Path) -> None:
    """Write the table as Parquet, whole or not at all."""
    with commit_path(path) as temporary:
        frame.select(*_SCHEMA).write_parquet(temporary)


def read_predictions(path: Path) -> pl.DataFrame:
    """Read the table back.

    Raises: TableError when the file is absent, damaged or another table.
    """
    try:
        frame = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise TableError(str(path), f"cannot be read as Parquet ({error})", "Train or evaluate again.") from error
    if dict(frame.schema) != _SCHEMA:
        raise TableError(
            str(path),
            f"has the columns {', '.join(frame.columns)} but predictions have {', '.join(_SCHEMA)}",
            "Is it a tags table?",
        )
    return frame


def _of_task(ids: pl.Series, name: str, one: Judged, stand: tuple[str, int]) -> pl.DataFrame:
    count, width = len(ids), len(one.outputs)
    if one.reference.shape != (count, width) or one.scores.shape != (count, width):
        raise ValueError(
            f"{name}: reference is {one.reference.shape} and scores are {one.scores.shape} "
            f"but {count} tracks and {width} outputs need {(count, width)}"
        )
    split, fold = stand
    columns = {
        "track": ids.gather(np.repeat(np.arange(count), width)),
        "fold": pl.repeat(fold, count * width, dtype=pl.Int32, eager=True),
        "split": pl.repeat(split, count * width, dtype=pl.String, eager=True),
        "task": pl.repeat(name, count * width, dtype=pl.String, eager=True),
        "label": _repeated(pl.Series(list(one.outputs), dtype=pl.String), count),
        "reference": pl.Series(one.reference.ravel().astype(np.float32)).fill_nan(None),
        "score": pl.Series(one.scores.ravel().astype(np.float32)).fill_nan(None),
    }
    return pl.DataFrame(columns, schema=_SCHEMA)


def _repeated(outputs: pl.Series, rows: int) -> pl.Series:
    return outputs.gather(np.tile(np.arange(len(outputs)), rows))


def _firsts(rows: int, width: int) -> NDArray[np.int64]:
    return np.repeat(np.arange(rows) * width, width)

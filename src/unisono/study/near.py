"""Which columns of a collection go with a task's labels: what could stand beside it, seen on training tracks only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from unisono.errors import ExperimentError, nearest
from unisono.experiment import Experiment
from unisono.study.label_relating import explained
from unisono.tasks import Cell, Task
from unisono.training.corpus import gather

_MOST = 50  # values of a column of text beyond which they are no labels
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Near:
    """How a column goes with a task.

    Args:
        column: its name.
        strength: from 0 to 1, see `label_relating.explained`; its square is the share of the column's variance that
            the task's labels explain.
        correlation: Pearson's, with its sign, where both are one number; that of two labels is the second one's.
        tracks: training tracks that have both.
    """

    column: str
    strength: float
    correlation: float | None
    tracks: int


def near_columns(experiment: Experiment, task: str, seed: int) -> list[Near]:
    """The columns of a task's collection, the strongest first; none of its own, of keys or of who belongs together.

    Args:
        seed: of the split: its test and validation tracks are not looked at.
    Raises: ExperimentError for a task that is none or is computed; TableError, LabelError.
    """
    if task not in experiment.tasks:
        where, known = f"{experiment.name}: --near", list(experiment.tasks)
        raise ExperimentError(where, f'"{task}" is no task of the experiment', nearest(task, known))
    asked = experiment.tasks[task]
    if not asked.columns:
        raise ExperimentError(f"{experiment.name}:tasks.{task}", "has no column of labels to compare others with")
    corpus = gather(experiment, seed)
    name = experiment.homes[task][0]
    here, collection = corpus.homes == list(corpus.collections).index(name), corpus.collections[name]
    train = (corpus.split.folds[0].part == "train")[here]
    cells = [cell for cell, inside in zip(corpus.cells[task], here.tolist(), strict=True) if inside]
    labels = _labels(asked.fit(cells, train), cells)
    settings, roles = experiment.collections[name], collection.roles
    kept = {*asked.columns, roles.id, *roles.groups, *roles.song, roles.duplicates, settings.audio, settings.lyrics}
    others = [column for column in collection.frame.columns if column not in kept]
    found = [_near(column, labels, _numbers(collection.frame[column]), train) for column in others]
    return sorted((one for one in found if one is not None), key=lambda one: -one.strength)


def _labels(task: Task, cells: Sequence[Cell]) -> Floats:
    """Numbers of each track; of two labels only the second's. Shape: (tracks, k)"""
    reference = np.asarray(task.reference(task.encode(cells)), np.float64)
    return reference[:, 1:] if task.kind == "multiclass" and reference.shape[1] == 2 else reference


def _numbers(column: pl.Series) -> Floats | None:
    """A column as numbers, one of text as a 0 or 1 for each of its values; None where these are no labels."""
    if column.dtype.is_numeric() or column.dtype == pl.Boolean:
        return column.cast(pl.Float64).to_numpy()[:, None]
    if column.dtype != pl.String:
        return None
    column = column.set(column.str.strip_chars() == "", None)
    numbers = column.cast(pl.Float64, strict=False)
    if numbers.null_count() == column.null_count():
        return numbers.to_numpy()[:, None]
    values = column.drop_nulls().unique().sort().to_list()
    if len(values) > _MOST:
        return None
    hot = np.stack([(column == value).cast(pl.Float64).to_numpy() for value in values], axis=1)
    return hot[:, 1:] if len(values) == 2 else hot


def _near(name: str, labels: Floats, numbers: Floats | None, train: NDArray[np.bool_]) -> Near | None:
    if numbers is None:
        return None
    both = train & ~(np.isnan(labels).any(axis=1) | np.isnan(numbers).any(axis=1))
    one, other = labels[both], numbers[both]
    strength = explained(one, other)
    if np.isnan(strength):
        return None
    alone = one.shape[1] == other.shape[1] == 1
    sign = float(np.corrcoef(one[:, 0], other[:, 0])[0, 1]) if alone else None
    return Near(name, strength, sign, int(both.sum()))

"""Predictions to scores: every task's metrics, what they are worth, and the signature they stand under."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any

import numpy as np
import polars as pl

from unisono.evaluation.calibration import calibration
from unisono.evaluation.intervals import intervals
from unisono.evaluation.predictions import Judged, judged
from unisono.metrics import OutOfFold, evaluate
from unisono.tasks import Array, Task


@dataclass(frozen=True)
class Learned:
    """What one fold's model was made from.

    Args:
        tasks: the fitted tasks.
        train: reference of the training tracks by task (`task.reference(targets)`), for the baselines.
        total_loss: the weighted test loss of the fold, where known.
    """

    tasks: Mapping[str, Task]
    train: Mapping[str, Array]
    total_loss: float | None = None


@dataclass(frozen=True)
class Stamp:
    """Where scores come from.

    Args:
        protocol: how the collection was split.
        leaks: why the scores flatter, a sentence each; empty for an honest protocol.
        data: hash of the collection.
        split: hash of the split file.
        seed: of the run.
    """

    protocol: str
    leaks: tuple[str, ...]
    data: str
    split: str
    seed: int


def score(
    table: pl.DataFrame, learned: Sequence[Learned], stamp: Stamp, groups: Mapping[str, int] | None = None
) -> dict[str, Any]:
    """All of `scores.json`.

    With several folds the values on top are those of the pooled predictions, and `folds` lists each fold's own.

    Args:
        table: predictions of one part of the collection, such as "test", of all folds.
        learned: what each fold's model was made from, in the order of the folds' numbers.
        stamp: where the scores come from.
        groups: number of the group (artist) by track id; intervals then resample groups instead of tracks.
    Raises: ValueError when the table holds several splits or other folds, or folds disagree about a task.
    """
    names = table["split"].unique().to_list()
    if len(names) > 1:
        raise ValueError(f"predictions of {', '.join(sorted(names))} in one table: filter it to one of them")
    if not set(table["fold"].unique()) <= set(range(len(learned))):
        raise ValueError(f"predictions of folds {sorted(table['fold'].unique())} but {len(learned)} were learned")
    _check_agreement(learned)
    known = {name: judged(table, name) for name in learned[0].tasks}
    tasks = {name: _task(one, learned, name) for name, one in known.items()}
    for name, one in known.items():
        tasks[name] |= _worth(one, tasks[name], stamp, groups)
    result: dict[str, Any] = {
        "signature": signature(stamp, len(learned), table["track"].n_unique()),
        "protocol": stamp.protocol,
        "leaks": list(stamp.leaks),
        "split": names[0] if names else "test",
        "tasks": tasks,
        "total_loss": _mean_loss(learned),
    }
    if len(learned) > 1:
        result["folds"] = [_fold(table, number, one) for number, one in enumerate(learned)]
    return result


def score_excerpts(table: pl.DataFrame, learned: Sequence[Learned]) -> dict[str, dict[str, Any]]:
    """Task -> metrics of single excerpts, each judged by its track's label; no intervals, for they are not independent.

    Args:
        table: predictions with a row for each excerpt, `track` being its track.
        learned: as for `score`.
    """
    _check_agreement(learned)
    there = set(table["task"].unique())
    found = {name: _task(judged(table, name), learned, name) for name in learned[0].tasks if name in there}
    return {name: {k: v for k, v in task.items() if k not in ("kind", "role")} for name, task in found.items()}


def signature(stamp: Stamp, folds: int, tracks: int) -> str:
    """One line that says what must be equal for two scores to be comparable.

    Args:
        stamp: where the scores come from.
        folds: number of folds, 1 without cross-validation.
        tracks: number of tracks that were scored.
    Example:
        >>> signature(Stamp("grouped", (), "0123456789abcdef", "fedcba9876543210", 1), 1, 90).rpartition("|")[0]
        'data:01234567|split:fedcba98|protocol:grouped|folds:1|seed:1|n:90|leaky:no'
    """
    parts = {
        "data": stamp.data[:8],
        "split": stamp.split[:8],
        "protocol": stamp.protocol,
        "folds": folds,
        "seed": stamp.seed,
        "n": tracks,
        "leaky": "yes" if stamp.leaks else "no",
        "unisono": metadata.version("unisono"),
    }
    return "|".join(f"{name}:{value}" for name, value in parts.items())


def _check_agreement(learned: Sequence[Learned]) -> None:
    first = learned[0]
    for name, task in first.tasks.items():
        if any((one.tasks[name].outputs, one.tasks[name].facts()) != (task.outputs, task.facts()) for one in learned):
            raise ValueError(f"{name}: folds differ in labels, levels or thresholds and cannot be pooled")


def _mean_loss(learned: Sequence[Learned]) -> float | None:
    losses = [one.total_loss for one in learned if one.total_loss is not None]
    return float(np.mean(losses)) if len(losses) == len(learned) else None


def _fold(table: pl.DataFrame, number: int, one: Learned) -> dict[str, Any]:
    part = table.filter(pl.col("fold") == number).with_columns(fold=pl.lit(0, pl.Int32))
    tasks = {name: _task(judged(part, name), [one], name) for name in one.tasks}
    return {"fold": number, "n": part["track"].n_unique(), "tasks": tasks, "total_loss": one.total_loss}


def _task(one: Judged, learned: Sequence[Learned], name: str) -> dict[str, Any]:
    """A task's metrics; the baselines of each track know the training labels of its own fold only."""
    task = learned[0].tasks[name]
    if one.outputs != task.outputs:
        raise ValueError(f"{name}: predictions of {one.outputs} but the task's outputs are {task.outputs}")
    train = OutOfFold([fold.train[name] for fold in learned], one.folds)
    found = evaluate(task.kind, one.reference, one.scores, one.outputs, train_reference=train, **task.facts())
    return {"kind": found.pop("kind"), "role": task.role, **found}


def _worth(one: Judged, found: dict[str, Any], stamp: Stamp, groups: Mapping[str, int] | None) -> dict[str, Any]:
    codes = None if groups is None else np.array([groups[track] for track in one.tracks], np.int64)
    worth: dict[str, Any] = {"interval": intervals(found["kind"], one.reference, one.scores, codes, stamp.seed)}
    curve = calibration(found["kind"], one.reference, one.scores)
    return worth if curve is None else {**worth, "calibration": curve}

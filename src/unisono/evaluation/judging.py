"""A finished model judged on labelled tracks, such as a table it has not seen."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np

from unisono.collection import Collection
from unisono.collection.faults import Fault, fail, quoted
from unisono.errors import LabelError, TableError
from unisono.evaluation.predictions import Judged, predictions
from unisono.evaluation.scoring import Learned, Stamp, score
from unisono.inputs import Progress
from unisono.inputs.batching import rows_of
from unisono.inputs.extraction import Extracted, Failure, extract
from unisono.model import Model
from unisono.tasks import Array, Task

_TOGETHER = 256  # tracks whose arrays are in memory at once


@dataclass(frozen=True)
class Judgement:
    """What a model is worth on a table.

    Args:
        scores: as in `scores.json`; baselines are those of this table's own labels.
        failures: tracks that could not be read.
        lacking: ids of tracks without anything that the model hears or reads.
        without: tasks of the model that the table has no labels for.
    """

    scores: dict[str, Any]
    failures: tuple[Failure, ...]
    lacking: tuple[str, ...]
    without: tuple[str, ...]


def judge(
    model: Model,
    collection: Collection,
    *,
    seen: Set[str] = frozenset(),
    workers: int | None = None,
    progress: Progress | None = None,
) -> Judgement:
    """Scores of a model on the labelled tracks of a collection.

    Args:
        seen: ids of tracks that the model has learned from: their share is told as a leak.
        workers: processes that read sound.
    Raises: TableError when no task of the model has a column, or columns that it reads are missing; LabelError for
        labels that the model does not know.
    """
    tasks = _asked(model, collection)
    model.check_columns(collection.frame.columns, collection.where)
    targets = {name: _targets(task, collection) for name, task in tasks.items()}
    heard = extract(model.inputs, collection.tracks, workers=workers, progress=progress)
    failed = {failure.index for failure in heard.failures}
    rows, said = _said(model, heard, [i for i in range(len(collection)) if i not in failed])
    if not rows:
        found = f"none of its {len(collection):,} tracks has what the model hears or reads"
        raise TableError(collection.where, found, "Name the columns of sound and lyrics.")
    true = {name: task.reference(targets[name]) for name, task in tasks.items()}
    judged = {name: Judged(task.outputs, true[name][rows], said[name]) for name, task in tasks.items()}
    ids = [collection.tracks[i].id for i in rows]
    scores = score(predictions(ids, judged), [Learned(tasks, true)], _stamp(collection, ids, seen), _groups(collection))
    lacking = sorted(set(range(len(collection))) - failed - set(rows))
    names = tuple(collection.tracks[i].id for i in lacking)
    return Judgement(scores, tuple(heard.failures), names, tuple(n for n in model.tasks if n not in tasks))


def _asked(model: Model, collection: Collection) -> dict[str, Task]:
    """The tasks that the table has labels for."""
    there = set(collection.frame.columns)
    asked = {name: task for name, task in model.tasks.items() if task.columns and set(task.columns) <= there}
    if not asked:
        columns = sorted({column for task in model.tasks.values() for column in task.columns})
        found = f"has no labels: the model was taught the columns {quoted(columns)}"
        raise TableError(collection.where, found, f"The table's are {quoted(collection.frame.columns)}.")
    return asked


def _targets(task: Task, collection: Collection) -> Array:
    cells = collection.cells(task.columns)
    column = task.columns[0] if len(task.columns) == 1 else task.name
    wrong = [Fault(collection.place(p.index, column), p.found, p.advice) for p in task.problems(cells)]
    fail(LabelError, collection.where, wrong)
    return task.encode(cells)


def _said(model: Model, heard: Extracted, usable: Sequence[int]) -> tuple[list[int], dict[str, Array]]:
    """Positions of the tracks that the model has an answer for, and its scores of them."""
    rows: list[int] = []
    parts: dict[str, list[Array]] = {
        name: [np.zeros((0, task.width), np.float32)] for name, task in model.tasks.items()
    }
    for start in range(0, len(usable), _TOGETHER):
        chunk = [(i, {n: heard.examples(n, i) for n in model.inputs}) for i in usable[start : start + _TOGETHER]]
        full = [(i, examples) for i, examples in chunk if rows_of(examples)]
        rows += [i for i, _ in full]
        for name, scores in model.predict([examples for _, examples in full]).items():
            parts[name].append(scores)
    return rows, {name: np.concatenate(scores) for name, scores in parts.items()}


def _stamp(collection: Collection, ids: Sequence[str], seen: Set[str]) -> Stamp:
    known = sum(name in seen for name in ids)
    leaks = (f"the model has learned from {known:,} of the {len(ids):,} tracks",) if known else ()
    return Stamp("table", leaks, collection.fingerprint(), "", 0)


def _groups(collection: Collection) -> dict[str, int] | None:
    groups = collection.groups()
    return None if groups is None else {t.id: int(g) for t, g in zip(collection.tracks, groups, strict=True)}

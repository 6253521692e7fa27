"""Labels counted: how many, how even, how good one is without learning anything."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from unisono.collection.findings import TaskFindings
from unisono.collection.labels import label_faults
from unisono.collection.profile import number
from unisono.collection.spelling import slips
from unisono.collection.table import text_of
from unisono.collection.tracks import Collection
from unisono.tasks import NO_LABEL, Cell, Task

_MOST_LEVELS = 12
_MOST_ODD = 10  # more numbers far away are no slips
_FEWEST = 3  # groups (or rows) that a label needs to be in train, validation and test


def count_labels(collection: Collection, task: Task) -> TaskFindings:
    """What stands in a task's columns."""
    cells = collection.cells(task.columns)
    owners = collection.groups()
    owners = np.arange(len(cells)) if owners is None else owners
    given = labels_of(collection, task)
    numbers = [n for labels in given for n in map(number, labels or ()) if n is not None]
    named = task.kind in ("multiclass", "multilabel")
    counts = Counter(label for labels in given for label in labels or ()) if named else Counter[str]()
    scale = task.kind == "regression" and bool(numbers)
    known = sum(labels is not None for labels in given)
    return TaskFindings(
        name=task.name,
        kind=task.kind,
        columns=tuple(task.columns),
        separator=_separator(task) if task.kind == "multilabel" else "",
        labelled=known,
        missing=len(cells) - known,
        counts=dict(counts.most_common()),
        range=(min(numbers), max(numbers)) if scale else None,
        levels=tuple(sorted(set(numbers))) if scale and len(set(numbers)) <= _MOST_LEVELS else (),
        chance=_chance(task.kind, counts, numbers, known),
        slips=tuple(slips(counts)),
        rare=_rare(given, owners, counts),
        problems=tuple(str(fault) for fault in label_faults(collection, task, cells)),
    )


def labels_of(collection: Collection, task: Task, asked: bool = True) -> list[list[str] | None]:
    """The labels of each row as texts; None where it is not labelled.

    Args:
        asked: only those that the task names, where it names some and leaves the others alone.
    """
    separator = _separator(task)
    given = [_labels(cell, task, separator) for cell in collection.cells(task.columns)]
    return [_wanted(labels, task) for labels in given] if asked else given


def outliers(collection: Collection, task: Task) -> list[str]:
    """Places of numbers far from the middle half of their column (ten times its width) and from all others."""
    cells = collection.frame[task.columns[0]].to_list()
    values = np.array([np.nan if (n := number(text_of(v))) is None else n for v in cells])
    low, high = np.nanquantile(values, [0.25, 0.75]) if not np.isnan(values).all() else (0.0, 0.0)
    far = 10 * (high - low)
    usual = values[(values >= low - far) & (values <= high + far)]
    if not far or not usual.size:
        return []
    odd = np.flatnonzero((values < usual.min() - far / 2) | (values > usual.max() + far / 2)).tolist()
    between = f"{usual.min():g} to {usual.max():g}"
    column = task.columns[0]
    told = [f"{collection.place(row, column)}: {values[row]:g} is far from the others ({between})." for row in odd]
    return told if len(told) <= _MOST_ODD else []


def _separator(task: Task) -> str:
    return str(getattr(task, "separator", "")) if len(task.columns) == 1 else ""


def _wanted(labels: list[str] | None, task: Task) -> list[str] | None:
    """Those that the task names, where it names some and leaves the others alone."""
    named = tuple(getattr(task, "labels", ()))
    if labels is None or not named or getattr(task, "rare", "error") == "error":
        return labels
    kept = [label for label in labels if label in named]
    return kept if kept or task.kind == "multilabel" else None


def _labels(cell: Cell, task: Task, separator: str) -> list[str] | None:
    """The labels of one row; None where it is not labelled."""
    if isinstance(cell, tuple):
        if all(v is None for v in cell):
            return None
        return [c for c, v in zip(task.columns, cell, strict=True) if v is not None and number(text_of(v)) == 1]
    text = text_of(cell)
    if not text:
        return None
    if text == NO_LABEL:
        return []
    return (
        [p.strip() for p in text.split(separator) if p.strip()] if task.kind == "multilabel" and separator else [text]
    )


def _chance(kind: str, counts: Counter[str], numbers: Sequence[float], known: int) -> dict[str, float]:
    """Scores of always giving the commonest class, every label's share, or the mean."""
    if kind == "multiclass" and counts:
        share = max(counts.values()) / known
        return {"accuracy": share, "f1_macro": 2 * share / (1 + share) / len(counts)}
    if kind == "multilabel" and counts:
        return {"roc_auc_macro": 0.5, "average_precision_macro": sum(counts.values()) / known / len(counts)}
    if kind == "regression" and numbers:
        mean = sum(numbers) / len(numbers)
        return {"r2": 0.0, "rmse": math.sqrt(sum((n - mean) ** 2 for n in numbers) / len(numbers))}
    return {}


def _rare(given: Sequence[list[str] | None], owners: NDArray[np.int64], counts: Counter[str]) -> dict[str, int]:
    """Labels of fewer than three groups: they cannot be in every part of a grouped split."""
    groups: dict[str, set[int]] = {}
    for labels, owner in zip(given, owners.tolist(), strict=True):
        for label in labels or ():
            groups.setdefault(label, set()).add(owner)
    return {label: counts[label] for label in counts if len(groups[label]) < _FEWEST}

"""Tracks counted by label: before an experiment's own choice of rows, after it, and in the parts of its split."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from unisono.collection import Collection
from unisono.collection.counting import labels_of
from unisono.collection.profile import number
from unisono.collection.table import text_of
from unisono.tasks import Task

PARTS = ("train", "validation", "calibration", "test", "dropped")
_MOST_LEVELS = 20  # different numbers that are counted one by one
_BINS = 30
Given = Sequence[Sequence[str] | None]


@dataclass(frozen=True)
class Tally:
    """The labels of one task.

    Args:
        kind: of the task.
        labels: names of the classes, levels, or bins of numbers, as they are drawn.
        after: tracks of each that are used; of a distribution the mean share of each.
        before: the same of all rows; None where all are used.
        parts: part -> tracks of each, in the first fold; empty where there is no split.
        known: part -> tracks that are labelled.
        edges: of the bins of a histogram; empty where labels are counted one by one.
        none: tracks of which it is known that no label applies.
    """

    kind: str
    labels: tuple[str, ...]
    after: tuple[float, ...]
    before: tuple[float, ...] | None = None
    parts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    known: Mapping[str, int] = field(default_factory=dict)
    edges: tuple[float, ...] = ()
    none: int = 0

    @property
    def used(self) -> int:
        """Labels that some track has which is used."""
        return sum(value > 0 for value in self.after)

    def rows(self) -> list[dict[str, str | float]]:
        """A row a label, for a table."""
        before = {} if self.before is None else {"all rows": self.before}
        columns: dict[str, Sequence[float]] = {**before, "used": self.after, **self.parts}
        return [{"label": label, **{c: v[at] for c, v in columns.items()}} for at, label in enumerate(self.labels)]


def tally(task: Task, used: Collection, whole: Collection | None, part: NDArray[np.str_] | None) -> Tally:
    """Count a task's labels.

    Args:
        used: the tracks that are used.
        whole: all rows; None where all are used.
        part: of each used track; None where there is no split.
    Raises: TableError for a column that is not there.
    """
    if task.kind == "distribution":
        return _shares(task, used, whole, part)
    mine: Given = labels_of(used, task)
    every: Given | None = None if whole is None else labels_of(whole, task, asked=False)
    known, edges = _by_part([labels is not None for labels in mine], part), np.zeros(0)
    if task.kind == "regression":
        edges, names, mine, every = _binned(mine, every)
    else:
        names = _ordered(mine, every)
    return Tally(
        kind=task.kind,
        labels=tuple(names),
        after=_counts(mine, names),
        before=None if every is None else _counts(every, names),
        parts={} if part is None else {p: _counts(_of(mine, part, p), names) for p in PARTS if (part == p).any()},
        known=known,
        edges=tuple(edges.tolist()),
        none=sum(labels is not None and not labels for labels in mine),
    )


def _counts(given: Given, names: Sequence[str]) -> tuple[int, ...]:
    found = Counter(label for labels in given for label in labels or ())
    return tuple(found[name] for name in names)


def _of(given: Given, part: NDArray[np.str_], name: str) -> list[Sequence[str] | None]:
    return [given[int(row)] for row in np.flatnonzero(part == name)]


def _by_part(known: Sequence[bool], part: NDArray[np.str_] | None) -> dict[str, int]:
    if part is None:
        return {}
    return {name: int(np.asarray(known)[part == name].sum()) for name in PARTS if (part == name).any()}


def _ordered(mine: Given, every: Given | None) -> list[str]:
    """Labels, the commonest first; those that nothing is left of come last."""
    used = Counter(label for labels in mine for label in labels or ())
    there = Counter(label for labels in every or () for label in labels or ())
    return sorted({*used, *there}, key=lambda label: (-used[label], -there[label], label))


def _binned(mine: Given, every: Given | None) -> tuple[NDArray[np.float64], list[str], Given, Given | None]:
    """Numbers as labels: levels where there are few, else bins; and the edges of the bins."""
    values = [value for given in (mine, every or ()) for value in _numbers(given) if value is not None]
    levels = sorted(set(values))
    if len(levels) <= _MOST_LEVELS:
        names = dict(zip(levels, _texts(levels), strict=True))
        return np.zeros(0), list(names.values()), _named(mine, names), None if every is None else _named(every, names)
    whole = all(value.is_integer() for value in values)
    edges = _edges(values, whole)
    places = np.clip(np.searchsorted(edges, np.array(levels), side="right") - 1, 0, len(edges) - 2)
    labels = _spans(edges, whole)
    names = {value: labels[place] for value, place in zip(levels, places, strict=True)}
    return edges, labels, _named(mine, names), None if every is None else _named(every, names)


def _edges(values: Sequence[float], whole: bool) -> NDArray[np.float64]:
    """Borders of bins of one width; whole numbers get bins that hold equally many of them."""
    low, high = min(values), max(values)
    if whole:
        width = math.ceil((high - low + 1) / _BINS)
        return np.arange(low - 0.5, high + width, width)
    return np.linspace(low, high, _BINS + 1)


def _spans(edges: NDArray[np.float64], whole: bool) -> list[str]:
    """Bins in words; of whole numbers the first and the last that one holds."""
    if not whole:
        return [f"{low} to {high}" for low, high in pairwise(_texts(edges.tolist()))]
    firsts, lasts = (edges[:-1] + 0.5).astype(int).tolist(), (edges[1:] - 0.5).astype(int).tolist()
    return [f"{low} to {high}" if low < high else str(low) for low, high in zip(firsts, lasts, strict=True)]


def _texts(values: Sequence[float]) -> list[str]:
    """Rising numbers with as many digits as tell them apart."""
    gap = min((high - low for low, high in pairwise(values)), default=0.0)
    allowed = max(gap / 100, 1e-12 * max(map(abs, values), default=0.0))
    for digits in range(6, 17):
        texts = [f"{value:.{digits}g}" for value in values]
        exact = all(abs(float(text) - value) <= allowed for text, value in zip(texts, values, strict=True))
        if exact and len(set(texts)) == len(texts):
            return texts
    return [repr(value) for value in values]


def _numbers(given: Given) -> list[float | None]:
    return [number(labels[0]) if labels else None for labels in given]


def _named(given: Given, names: Mapping[float, str]) -> list[list[str] | None]:
    return [None if value is None else [names[value]] for value in _numbers(given)]


def _shares(task: Task, used: Collection, whole: Collection | None, part: NDArray[np.str_] | None) -> Tally:
    """Mean share of each column over the rows that have all of them."""
    mine = _rows(used, task)
    every = None if whole is None else _rows(whole, task)
    return Tally(
        kind=task.kind,
        labels=tuple(task.columns),
        after=_means(mine),
        before=None if every is None else _means(every),
        known=_by_part([not np.isnan(row).any() for row in mine], part),
    )


def _rows(collection: Collection, task: Task) -> NDArray[np.float64]:
    read = [[number(text_of(v)) for v in collection.frame[c].to_list()] for c in task.columns]
    return np.array(read, dtype=np.float64).T


def _means(rows: NDArray[np.float64]) -> tuple[float, ...]:
    known = rows[~np.isnan(rows).any(axis=1)]
    return tuple(known.mean(axis=0).tolist()) if len(known) else (0.0,) * rows.shape[1]

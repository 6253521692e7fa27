"""How tasks are related before anything is learned: what the labels of one say about the labels of another."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.study.relating import grouping, plain
from unisono.study.splits import Part
from unisono.tasks.computed import computed_target

_FEWEST = 10  # tracks with both labels below which nothing is said
Floats = NDArray[np.float64]


def label_relatedness(part: Part, groups: int) -> dict[str, Any] | None:
    """A matrix of tasks against tasks from the labels of the training tracks; None with fewer than two tasks.

    Row explains column, see `explained`. Tracks count that are labelled for both; "pairs" says how many.

    Args:
        part: tracks and labels; nothing but its training tracks is looked at.
        groups: number of groups to suggest; 0 for none.
    """
    train = part.fold.part == "train"
    references = {}
    for name, task in part.experiment.tasks.items():
        if computed_target(task) is None:
            fitted = task.fit(part.corpus.cells[name], train)
            references[name] = np.asarray(fitted.reference(fitted.encode(part.corpus.cells[name])), np.float64)[train]
    tasks = list(references)
    if len(tasks) < 2:
        return None
    matrix, pairs = np.full((len(tasks), len(tasks)), np.nan), np.zeros((len(tasks), len(tasks)), np.int64)
    for i, one in enumerate(references.values()):
        for j, other in enumerate(references.values()):
            both = ~(np.isnan(one).any(axis=1) | np.isnan(other).any(axis=1))
            pairs[i, j] = int(both.sum())
            if i != j:
                matrix[i, j] = explained(one[both], other[both])
    row = {"measure": "labels", "tasks": tasks, "matrix": plain(matrix), "pairs": pairs.tolist()}
    return {**row, "groups": grouping(tasks, matrix, groups)}


def explained(one: Floats, other: Floats) -> float:
    """How well one task's labels tell another's, from 0 to 1; NaN where there are too few tracks or nothing varies.

    The root of the share of variance that a linear fit explains, adjusted for the number of columns (so that a task
    with many classes explains nothing by chance). For two numbers it is the size of Pearson's correlation, for a class
    and a number the correlation ratio, for two classes the root of Goodman and Kruskal's tau.

    Shape: (tracks, k), (tracks, m)
    Example:
        >>> number = np.arange(20.0)[:, None]
        >>> explained(number, 3 - 2 * number), explained((number > 9).astype(float), number) > 0.8
        (1.0, True)
    """
    if len(one) < _FEWEST:
        return float("nan")
    x, y = one - one.mean(axis=0), other - other.mean(axis=0)
    total = float((y**2).sum())
    left, sizes, _ = np.linalg.svd(x, full_matrices=False)
    basis = left[:, sizes > 1e-9 * max(float(sizes.max(initial=0)), 1e-12)]
    rank, free = basis.shape[1], len(x) - basis.shape[1] - 1
    if total == 0 or not rank or free < 1:
        return float("nan")
    rest = max(0.0, 1 - float(((basis.T @ y) ** 2).sum()) / total)
    return float(np.sqrt(max(0.0, 1 - rest * (len(x) - 1) / free)))

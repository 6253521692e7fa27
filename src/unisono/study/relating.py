"""How tasks are related, as a study has seen it: transfer between pairs, agreement of gradients, groups to try."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from unisono.metrics import lower_is_better
from unisono.study.comparing import Condition, Records, deciding


def relatedness(records: Records) -> list[dict[str, Any]]:
    """Matrices of tasks against tasks, a row a condition and measure, each with a suggested grouping.

    "transfer": what a task's score gains when another one is learned beside it (row helps column), from those
    configurations that learn one task alone and those that learn two. "gradients": mean cosine of the gradients.
    """
    rows = []
    for condition in records.found:
        for measure, found in (
            ("transfer", _transfer(records, condition)),
            ("gradients", _gradients(records, condition)),
        ):
            if found is not None:
                tasks, matrix = found
                row = {**condition._asdict(), "measure": measure, "tasks": tasks, "matrix": plain(matrix)}
                rows.append(row | {"groups": grouping(tasks, matrix, records.study.settings.groups)})
    return rows


def grouping(tasks: Sequence[str], matrix: NDArray[np.float64], count: int) -> list[list[str]]:
    """Tasks in groups of those that are related most: average linkage of the mean of both directions.

    Args:
        matrix: relatedness, the larger the more; NaN where it is not known, which counts as none.
        count: of groups; 0 suggests none.
    Shape: (tasks, tasks)
    Example:
        >>> near = np.array([[1.0, 0.8, 0.1], [0.8, 1.0, 0.0], [0.1, 0.0, 1.0]])
        >>> grouping(["pop", "rock", "year"], near, 2)
        [['pop', 'rock'], ['year']]
    """
    if not 0 < count <= len(tasks) or len(tasks) < 2:
        return []
    both = np.nan_to_num((matrix + matrix.T) / 2)
    distance = both.max() - both
    np.fill_diagonal(distance, 0)
    codes = fcluster(linkage(squareform(distance, checks=False), "average"), count, "maxclust")
    groups: dict[int, list[str]] = {}
    for task, code in zip(tasks, codes.tolist(), strict=True):
        groups.setdefault(code, []).append(task)
    return list(groups.values())


def plain(matrix: NDArray[np.float64]) -> list[list[float | None]]:
    """A matrix as JSON has it: null where it is not known."""
    return [[None if np.isnan(v) else float(v) for v in row] for row in matrix]


def _transfer(records: Records, condition: Condition) -> tuple[list[str], NDArray[np.float64]] | None:
    study = records.study
    learners: dict[frozenset[str], str] = {}
    for name in records.found[condition]:
        learners.setdefault(frozenset(study.tasks_of(name)), name)
    tasks = [t for t in records.tasks() if frozenset([t]) in learners or any(t in k and len(k) == 2 for k in learners)]
    matrix = np.full((len(tasks), len(tasks)), np.nan)
    for i, helper in enumerate(tasks):
        for j, task in enumerate(tasks):
            alone, pair = learners.get(frozenset([task])), learners.get(frozenset([helper, task]))
            if i != j and alone is not None and pair is not None:
                matrix[i, j] = _gain(records, condition, (pair, alone), task)
    return (tasks, matrix) if np.isfinite(matrix).any() else None


def _gain(records: Records, condition: Condition, names: tuple[str, str], task: str) -> float:
    """Mean gain over the runs that judge the same tracks, better being positive."""
    metric = deciding(records.study, task, records.tasks()[task])
    ours, theirs = ({v[:3]: v.value for v in records.values(condition, name, task, metric)} for name in names)
    gains = [ours[k] - theirs[k] for k in ours if k in theirs]
    if not gains:
        return float("nan")
    return float(np.mean(gains)) * (-1 if lower_is_better(metric) else 1)


def _gradients(records: Records, condition: Condition) -> tuple[list[str], NDArray[np.float64]] | None:
    """Of the configuration with the most tasks whose gradients were looked at."""
    looked = [[r["cosine"] for r in rs if r["cosine"]] for rs in records.found[condition].values()]
    looked = [rs for rs in looked if rs]
    if not looked:
        return None
    widest = max(looked, key=lambda rs: len(rs[0]["tasks"]))
    tasks = widest[0]["tasks"]
    stack = np.array([_filled(one) for one in widest if one["tasks"] == tasks])
    known = np.isfinite(stack).any(axis=0)
    mean = np.where(known, np.nansum(stack, axis=0) / np.maximum(np.isfinite(stack).sum(axis=0), 1), np.nan)
    return list(tasks), mean


def _filled(one: Mapping[str, Any]) -> list[list[float]]:
    return [[float("nan") if v is None else v for v in row] for row in one["cosine"]]

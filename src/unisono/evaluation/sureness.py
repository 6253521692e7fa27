"""What sure-or-silent is worth: coverage against precision, and how well calibrated the confidence is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from unisono.evaluation.calibrating import fitted_calibration
from unisono.evaluation.calibration import calibration
from unisono.evaluation.predictions import Judged, judged
from unisono.evaluation.thresholds import CERTAINTY, fitted_thresholds, truth_of
from unisono.model.sureness import PRECISIONS, Grown, Limits, answered, calibrated, limits_of, stated
from unisono.tasks import Task

SHOWN = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.99)

Facts = dict[str, dict[str, Any]]  # "calibration" and "thresholds", as model.json holds them


def confidence_facts(table: pl.DataFrame, tasks: Mapping[str, Task], thresholds: bool = True) -> Facts:
    """Calibration and thresholds of every task, for model.json.

    Args:
        table: predictions of tracks that the model has not learned from.
        tasks: fitted.
        thresholds: whether these tracks may vouch for a precision: not if early stopping has looked at them.
    """
    facts: Facts = {"calibration": {}, "thresholds": {}}
    there = set(table["task"].unique())
    for name, task in tasks.items():
        if name not in there:
            continue
        one = judged(table, name)
        fitted = fitted_calibration(task.kind, one)
        facts["calibration"] |= {name: fitted} if fitted else {}
        if thresholds and task.kind in ("multiclass", "multilabel"):
            steps = fitted_thresholds(task, one, calibrated(one.scores, fitted))
            facts["thresholds"].setdefault("tasks", {})[name] = steps
    if facts["thresholds"]:
        facts["thresholds"] |= {"precision": list(PRECISIONS), "certainty": CERTAINTY}
    return facts


def sureness(table: pl.DataFrame, tasks: Mapping[str, Task], facts: Facts) -> dict[str, Any]:
    """Task -> "reliability" of the calibrated confidence and "coverage" of each precision, on tracks of a test part.

    Coverage is the share of the tags that are still given (multiclass: of the labelled tracks). A regression has
    "intervals": the share of the tracks that lie inside.
    """
    there = set(table["task"].unique())
    return {n: _of_task(judged(table, n), task, n, facts) for n, task in tasks.items() if n in there}


def sureness_of_folds(table: pl.DataFrame, tasks: Mapping[str, Task]) -> dict[str, Any]:
    """The same from pooled test parts of folds: each fold is judged with what was fitted on the others."""
    parts = []
    for fold in sorted(table["fold"].unique()):
        here = pl.col("fold") == fold
        facts = confidence_facts(table.filter(~here), tasks)
        parts.append({n: (judged(table.filter(here), n), facts) for n in tasks if n in set(table["task"])})
    found = {}
    there = set(table["task"].unique())
    for name, task in ((n, t) for n, t in tasks.items() if n in there):
        pieces = [_raw(part[name][0], task, name, part[name][1]) for part in parts]
        found[name] = _summed(task, pieces, _pooled([part[name][0] for part in parts]))
    return found


def _of_task(one: Judged, task: Task, name: str, facts: Facts) -> dict[str, Any]:
    return _summed(task, [_raw(one, task, name, facts)], one)


def _raw(one: Judged, task: Task, name: str, facts: Facts) -> dict[str, Any]:
    """Calibrated scores, and for each level how many tags were given, and how many of them are right."""
    fitted = facts["calibration"].get(name, {})
    sure = calibrated(one.scores, fitted)
    if task.kind == "regression":
        return {"sure": sure, "inside": _inside(one, fitted)}
    said, truth = stated(task, one.scores), truth_of(task, one.reference)
    levels: dict[float, tuple[int, int]] = {}
    if name in facts["thresholds"].get("tasks", {}):
        limits = {at: limits_of(facts["thresholds"], at)[name] for at in SHOWN}
        levels = {at: _counted(task, (said, truth, one.reference), (one.scores, sure), limits[at]) for at in SHOWN}
    return {"sure": sure, "levels": levels, "all": int((said & ~np.isnan(truth)).sum())}


def _counted(task: Task, there: Sequence[Any], scores: tuple[Any, Any], limits: Limits) -> tuple[int, int]:
    """Tags given and tags right at one precision, over tracks whose reference is known."""
    said, truth, reference = there
    levels = [limits.labels.get(label) for label in task.outputs]
    kept = said & ~np.isnan(truth) & (scores[1] >= np.array([np.inf if at is None else at for at in levels]))
    given, right = int(kept.sum()), int(truth[kept].sum())
    if isinstance(task, Grown) and limits.parents:
        for i in np.flatnonzero(~np.isnan(reference).any(axis=1) & ~kept.any(axis=1)):
            for tag in answered(task, scores[0][i], scores[1][i], limits).given:
                given, right = given + 1, right + int(reference[i, list(task.below(tag.label))].max() > 0.5)
    return given, right


def _inside(one: Judged, fitted: Mapping[str, Any]) -> dict[float, tuple[int, int, float]]:
    known = ~np.isnan(one.reference[:, 0])
    errors = np.abs(one.reference[known, 0] - one.scores[known, 0])
    widths = [(at, width) for at, width in fitted.get("half_widths", []) if width is not None]
    return {at: (len(errors), int((errors <= width).sum()), width) for at, width in widths}


def _summed(task: Task, pieces: Sequence[Mapping[str, Any]], one: Judged) -> dict[str, Any]:
    if task.kind == "regression":
        return {"intervals": _intervals(pieces)}
    pooled = replace(one, scores=np.concatenate([p["sure"] for p in pieces]))
    curve = calibration(task.kind, pooled.reference, pooled.scores)
    every = sum(p["all"] for p in pieces)
    coverage = []
    for at in SHOWN if all(p["levels"] for p in pieces) else ():
        given, right = (sum(p["levels"][at][k] for p in pieces) for k in (0, 1))
        share = {"coverage": given / every if every else None, "reached": right / given if given else None}
        coverage.append({"precision": at, "given": given, "right": right, "of": every, **share})
    return {"reliability": curve, "coverage": coverage}


def _intervals(pieces: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    levels = sorted(set.intersection(*(set(p["inside"]) for p in pieces))) if pieces else []
    found = []
    for at in levels:
        n, inside = (sum(p["inside"][at][k] for p in pieces) for k in (0, 1))
        width = float(np.mean([p["inside"][at][2] for p in pieces]))
        found.append({"level": at, "half_width": width, "inside": inside / n if n else None, "n": n})
    return found


def _pooled(parts: Sequence[Judged]) -> Judged:
    reference, scores = (np.concatenate([getattr(p, k) for p in parts]) for k in ("reference", "scores"))
    return Judged(parts[0].outputs, reference, scores)

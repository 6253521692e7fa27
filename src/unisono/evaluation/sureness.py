"""What sure-or-silent is worth: coverage against precision, and how well calibrated the confidence is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from unisono.evaluation.calibrating import fitted_calibration
from unisono.evaluation.calibration import calibration, reliability
from unisono.evaluation.predictions import Judged, judged
from unisono.evaluation.thresholds import CERTAINTY, fitted_thresholds, truth_of
from unisono.model.sureness import (
    PRECISIONS,
    Grown,
    Limits,
    Numeric,
    answered,
    confidence,
    labels_of,
    limits_of,
    stated,
)  # fmt: skip
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
        fitted = fitted_calibration(task.kind, one, task.levels if isinstance(task, Numeric) else ())
        facts["calibration"] |= {name: fitted} if fitted else {}
        if thresholds and task.kind != "distribution":
            steps = fitted_thresholds(task, one, confidence(task, one.scores, fitted))
            facts["thresholds"].setdefault("tasks", {})[name] = steps
    if facts["thresholds"]:
        facts["thresholds"] |= {"precision": list(PRECISIONS), "certainty": CERTAINTY}
    return facts


def sureness(table: pl.DataFrame, tasks: Mapping[str, Task], facts: Facts) -> dict[str, Any]:
    """Task -> "reliability" of the calibrated confidence and "coverage" of each precision, on tracks of a test part.

    Coverage is the share of the tags that are still given (multiclass, numbers: of the labelled tracks). A number is
    right where its level is, or without levels where its interval holds the truth. A regression also has "intervals":
    the share of the tracks that lie inside, whether they are given or not.
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
    sure = confidence(task, one.scores, fitted)
    said, truth = stated(task, one.scores), truth_of(task, one.reference)
    levels: dict[float, tuple[int, int]] = {}
    widths: dict[float, float | None] = {}
    if name in facts["thresholds"].get("tasks", {}):
        limits = {at: limits_of(facts["thresholds"], at)[name] for at in SHOWN}
        levels = {at: _counted(task, one, (said, truth, sure), limits[at]) for at in SHOWN}
        widths = {at: limits[at].half_width for at in SHOWN}
    told = said & ~np.isnan(truth)
    found = {"sure": sure, "levels": levels, "all": int(told.sum())}
    if isinstance(task, Numeric):
        inside = {"inside": _inside(one, fitted), "widths": widths, "stated": (sure[told], truth[told])}
        found |= inside if task.levels else inside | {"all": int((~np.isnan(one.reference)).sum())}
    return found


def _counted(task: Task, one: Judged, there: tuple[Any, Any, Any], limits: Limits) -> tuple[int, int]:
    """Tags given and tags right at one precision, over tracks whose reference is known.

    Args:
        there: which labels are said, which are right, and how sure each is.
    """
    if isinstance(task, Numeric) and not task.levels:
        return _held(one, limits.half_width, task.range)
    said, truth, sure = there
    levels = [limits.labels.get(label) for label in labels_of(task)]
    kept = said & ~np.isnan(truth) & (sure >= np.array([np.inf if at is None else at for at in levels]))
    given, right = int(kept.sum()), int(truth[kept].sum())
    if isinstance(task, Grown) and limits.parents:
        for i in np.flatnonzero(~np.isnan(one.reference).any(axis=1) & ~kept.any(axis=1)):
            for tag in answered(task, one.scores[i], sure[i], limits).given:
                given, right = given + 1, right + int(one.reference[i, list(task.below(tag.label))].max() > 0.5)
    return given, right


def _held(one: Judged, width: float | None, bounds: tuple[float, float] | None) -> tuple[int, int]:
    """Numbers given, and those whose interval holds the truth."""
    if width is None:
        return 0, 0
    known = ~np.isnan(one.reference[:, 0])
    truth, value = (a[known, 0].astype(np.float64) for a in (one.reference, one.scores))
    least, most = bounds or (-np.inf, np.inf)
    low, high = np.maximum(value - width, least), np.minimum(value + width, most)
    given = low <= high
    return int(given.sum()), int((given & (low <= truth) & (truth <= high)).sum())


def _inside(one: Judged, fitted: Mapping[str, Any]) -> dict[float, tuple[int, int, float]]:
    known = ~np.isnan(one.reference[:, 0])
    errors = np.abs(one.reference[known, 0] - one.scores[known, 0])
    widths = [(at, width) for at, width in fitted.get("half_widths", []) if width is not None]
    return {at: (len(errors), int((errors <= width).sum()), width) for at, width in widths}


def _summed(task: Task, pieces: Sequence[Mapping[str, Any]], one: Judged) -> dict[str, Any]:
    every = sum(p["all"] for p in pieces)
    coverage = []
    for at in SHOWN if all(p["levels"] for p in pieces) else ():
        given, right = (sum(p["levels"][at][k] for p in pieces) for k in (0, 1))
        share = {"coverage": given / every if every else None, "reached": right / given if given else None}
        coverage.append({"precision": at, "given": given, "right": right, "of": every, **share})
    if isinstance(task, Numeric):
        return _of_numbers(task, pieces, coverage)
    pooled = replace(one, scores=np.concatenate([p["sure"] for p in pieces]))
    return {"reliability": calibration(task.kind, pooled.reference, pooled.scores), "coverage": coverage}


def _of_numbers(task: Numeric, pieces: Sequence[Mapping[str, Any]], coverage: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {"intervals": _intervals(pieces), "coverage": coverage}
    sure, right = (np.concatenate([p["stated"][k] for p in pieces]) for k in (0, 1))
    if len(sure) and not np.isnan(sure).any():
        found["reliability"] = reliability(sure, right)
    if not task.levels:
        for row in coverage:
            widths = [p["widths"][row["precision"]] for p in pieces]
            known = [width for width in widths if width is not None]
            row["half_width"] = float(np.mean(known)) if known else None
    return found


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

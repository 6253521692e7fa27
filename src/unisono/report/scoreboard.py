"""Scores beside what chance and a constant answer reach: rows of tables, and the bars of the overview."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from unisono.metrics import lower_is_better
from unisono.report.wording import HEADLINE, baseline, number, percent, spoken

_NOT_SCORES = {"kind", "role", "n", "averaged", "undefined"}
_IN_PERCENT = {"accuracy", "roc_auc_macro", "r2", "top_1_agreement"}


@dataclass(frozen=True)
class Bar:
    """A score drawn on a line from 0 to 1; places are per cent of its length, None where there is nothing to draw.

    Args:
        value: end of the bar.
        interval: ends of the whisker.
        chance: place of the mark for guessing.
        majority: place of the mark for the best constant answer.
    """

    value: float
    interval: tuple[float, float] | None
    chance: float | None
    majority: float | None


@dataclass(frozen=True)
class Line:
    """One metric of one task, as text; `bar` only for scores that lie between 0 and 1.

    Args:
        spread: mean and deviation over the folds, empty without them.
        why: the reason where the value is not defined.
    """

    name: str
    metric: str
    value: str
    interval: str
    chance: str
    majority: str
    spread: str
    arrow: str
    why: str
    bar: Bar | None


def headline(scores: Mapping[str, Any]) -> tuple[str, str, Bar | None]:
    """A task's headline metric: its name, its value in words, and its bar."""
    metric = HEADLINE[scores["kind"]]
    value = scores.get(metric)
    return (
        spoken(metric, scores["kind"]),
        percent(value) if metric in _IN_PERCENT and (value or 0) >= 0 else number(value),
        bar(scores, metric),
    )


def lines(name: str, scores: Mapping[str, Any], folds: list[Mapping[str, Any]]) -> list[Line]:
    """All metrics of a task, in the order of `scores.json`."""
    metrics = [m for m, v in scores.items() if m not in _NOT_SCORES and (v is None or isinstance(v, float))]
    found = [_line(metric, scores, [fold["tasks"][name].get(metric) for fold in folds]) for metric in metrics]
    return [line for line in found if line.metric not in ("chance", "majority", "confusion_matrix")]


def bar(scores: Mapping[str, Any], metric: str) -> Bar | None:
    """The bar of a metric; None for losses, errors and what is not defined."""
    value = scores.get(metric)
    if value is None or lower_is_better(metric):
        return None
    between = (scores.get("interval") or {}).get(metric)
    return Bar(
        _place(value),
        None if between is None else (_place(between[0]), _place(between[1])),
        _mark(baseline(scores, "chance", metric)),
        _mark(baseline(scores, "majority", metric)),
    )


def _line(metric: str, scores: Mapping[str, Any], by_fold: list[float | None]) -> Line:
    between = (scores.get("interval") or {}).get(metric)
    known = [v for v in by_fold if v is not None]
    return Line(
        name=spoken(metric, scores["kind"]),
        metric=metric,
        value=number(scores[metric]),
        interval=f"{number(between[0])} to {number(between[1])}" if between else "",
        chance=_beside(scores, "chance", metric),
        majority=_beside(scores, "majority", metric),
        spread=f"{number(fmean(known))} ± {number(stdev(known))}" if len(known) > 1 else "",
        arrow="lower is better" if lower_is_better(metric) else "",
        why=scores["undefined"].get(metric, ""),
        bar=bar(scores, metric),
    )


def _beside(scores: Mapping[str, Any], which: str, metric: str) -> str:
    known = scores.get(which) or {}
    return number(known[metric]) if metric in known else ""


def _place(value: float) -> float:
    return round(100 * min(max(value, 0.0), 1.0), 2)


def _mark(value: float | None) -> float | None:
    return None if value is None or value < 0 else _place(value)

"""Sure or silent: confidence is calibrated, and an answer kept where it reaches the threshold of its label."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_softmax, logit

from unisono.errors import UserError
from unisono.tasks import Answer, Array, Given, Task

PRECISIONS = tuple(round(0.5 + 0.01 * step, 2) for step in range(50))  # that thresholds are stored for
POSITIVES = 30  # tracks with a label that have to vouch for it, else it is never sure
Ends = tuple[float, float]
_TINY = 1e-30  # float32 rounds smaller probabilities to nothing
_ALMOST = 1e-7  # float32 knows no larger number below one


@runtime_checkable
class Grown(Task, Protocol):
    """A task whose labels have a tree."""

    tree: dict[str, Any]

    def above(self, label: str) -> tuple[str, ...]: ...
    def below(self, node: str) -> tuple[int, ...]: ...


@runtime_checkable
class Numeric(Task, Protocol):
    """A task whose answer is a number; its users give one of the levels, if it has any."""

    levels: tuple[float, ...]
    range: tuple[float, float] | None


@dataclass(frozen=True)
class Limits:
    """From which confidence one task's labels are given; a label that is not named, or has none, never is.

    Args:
        labels: label, or level of a number -> confidence.
        parents: node of the tree -> confidence from which it is named in place of a child.
        half_width: how far the truth is from a number at most; a number without levels is not given without it.
        tracks: label or level -> how many tracks with it could vouch for it; "" of a number without levels.
    """

    labels: Mapping[str, float | None]
    parents: Mapping[str, float | None]
    half_width: float | None = None
    tracks: Mapping[str, int] = field(default_factory=dict)


def limits_of(facts: Mapping[str, Any], precision: float) -> dict[str, Limits]:
    """The thresholds of every task for so large a share of right tags.

    Args:
        facts: what model.json holds under "thresholds".
        precision: between 0.5 and 0.99; thresholds are stored in steps of 0.01, the next higher step counts.
    Raises: UserError for another precision, and when the model has no thresholds.
    """
    where = f"--min-precision {precision:g}"
    if not PRECISIONS[0] <= precision <= PRECISIONS[-1]:
        raise UserError(where, f"lies outside {PRECISIONS[0]:g} to {PRECISIONS[-1]:g}")
    if not facts.get("tasks"):
        advice = "Train it again with calibration = 0.1 or folds = 5 under [split]."
        raise UserError(where, "the model has no thresholds, for no part of its tracks was kept for them", advice)
    step = math.ceil((precision - PRECISIONS[0]) * 100 - 1e-6)
    return {name: _limits(one, step) for name, one in facts["tasks"].items()}


def calibrated(scores: Array, facts: Mapping[str, Any]) -> Array:
    """A task's scores, calibrated; scores of a task without calibration as they are.

    Multiclass: logits divided by one temperature (Guo et al., 2017). Multilabel: a slope and an offset a label (Platt,
    1999). Both act on a track's scores after the mean over its excerpts.

    Args:
        scores: in the task's answer space.
        facts: what model.json holds of the task under "calibration".
    Shape: (tracks, width) -> (tracks, width)
    Example:
        >>> sure = np.array([[0.9, 0.1]], np.float32)
        >>> calibrated(sure, {"method": "temperature", "temperature": 2.0}).round(2).tolist()
        [[0.75, 0.25]]
    """
    method = facts.get("method")
    if method == "temperature":
        logs = np.log(np.maximum(scores.astype(np.float64), _TINY)) / facts["temperature"]
        return np.asarray(np.exp(log_softmax(logs, axis=-1)), np.float32)
    if method == "platt":
        logits = logit(np.clip(scores.astype(np.float64), _ALMOST, 1 - _ALMOST))
        return np.asarray(expit(logits * np.array(facts["slope"]) + np.array(facts["offset"])), np.float32)
    return scores


def confidence(task: Task, scores: Array, facts: Mapping[str, Any]) -> Array:
    """How sure each label is: calibrated scores, or for a number how probable each of its levels is.

    Of each border between two levels it is known how probable it is that the truth lies above it: a logistic curve of
    the distance. NaN where nothing is known.

    Args:
        scores: in the task's answer space.
        facts: what model.json holds of the task under "calibration".
    Shape: (tracks, width) -> (tracks, labels), labels as in `labels_of`
    """
    if not isinstance(task, Numeric):
        return calibrated(scores, facts)
    known = facts.get("levels")
    if known is None or len(known["slope"]) != len(labels_of(task)) - 1:
        return np.full((len(scores), len(labels_of(task))), np.nan, np.float32)
    distance = (scores.astype(np.float64) - borders_of(task.levels)) / known["unit"]
    above = np.minimum.accumulate(expit(distance * np.array(known["slope"]) + np.array(known["offset"])), axis=1)
    return np.asarray(-np.diff(above, axis=1, prepend=1, append=0), np.float32)


def borders_of(levels: Sequence[float]) -> NDArray[np.float64]:
    """Halfway between levels, in rising order."""
    rising = np.unique(np.array(levels, np.float64))
    return (rising[1:] + rising[:-1]) / 2


def labels_of(task: Task) -> tuple[str, ...]:
    """What a task's thresholds are named by: its outputs, or a number's levels in rising order."""
    return tuple(f"{level:g}" for level in _levels(task)) if isinstance(task, Numeric) else task.outputs


def in_levels(task: Numeric, numbers: Array) -> Array:
    """Which level is nearest to each number, the lower one where two are equally near.

    Shape: (tracks, 1) -> (tracks, levels), rows of NaN for NaN
    """
    levels = _levels(task)
    found = np.zeros((len(numbers), len(levels)), np.float32)
    if len(levels):
        nearest = np.abs(np.nan_to_num(numbers.astype(np.float64)) - levels).argmin(axis=1)
        found[np.arange(len(numbers)), nearest] = 1
        found[np.isnan(numbers[:, 0])] = np.nan
    return found


def interval(value: float | None, width: float | None, bounds: Ends | None) -> Ends | None:
    """Where the truth is, cut to the task's range; None where nobody knows, or nothing of the range is left.

    Example:
        >>> interval(0.9, 0.25, (0.0, 1.0)), interval(0.9, None, None), interval(1.5, 0.25, (0.0, 1.0))
        ((0.65, 1.0), None, None)
    """
    if value is None or width is None:
        return None
    low, high = value - width, value + width
    if bounds is not None:
        low, high = max(low, bounds[0]), min(high, bounds[1])
    return (low, high) if low <= high else None


def half_width(facts: Mapping[str, Any], level: float) -> float | None:
    """How far the truth is from an answered number at most, in so large a share of all tracks; None if not known.

    Args:
        facts: what model.json holds of a regression under "calibration".
        level: such as 0.9; the next higher one that is known is taken.
    """
    if facts.get("method") != "residuals":
        return None
    return next((float(w) for at, w in facts["half_widths"] if at >= level - 1e-9 and w is not None), None)


def stated(task: Task, scores: Array) -> NDArray[np.bool_]:
    """Which labels the task's answers give; of a number its nearest level.

    Shape: (tracks, width) -> (tracks, labels)
    """
    if isinstance(task, Numeric):
        return np.asarray(in_levels(task, scores) == 1)
    if task.kind == "multilabel":
        return np.asarray(scores >= np.array(task.facts()["thresholds"], np.float32))
    given = np.zeros(scores.shape, np.bool_)
    if task.kind == "multiclass" and len(scores):
        given[np.arange(len(scores)), scores.argmax(axis=1)] = True
    return given


def answered(task: Task, scores: Array, sure: Array, limits: Limits | None = None) -> Answer:
    """One track's answer, its confidence calibrated; with limits, only what is sure, else nothing.

    Args:
        scores: the task's, which say what the answer is.
        sure: the row of `confidence`, which says how sure it is.
        limits: of the task; None gives every answer.
    """
    plain = task.answer(scores)
    if isinstance(task, Numeric):
        return _number(task, plain.given[0], sure, limits)
    if task.kind not in ("multiclass", "multilabel"):
        return plain
    number = {label: i for i, label in enumerate(task.outputs)}
    given = [replace(g, confidence=float(sure[number[g.label]])) for g in plain.given]
    given.sort(key=lambda g: -(g.confidence or 0))
    if limits is None:
        return Answer(task.name, tuple(given))
    kept = tuple(g for g in given if reached(g.confidence, limits.labels.get(g.label)))
    withheld = tuple(g for g in given if g not in kept)
    if not kept and isinstance(task, Grown) and task.tree:
        kept = _parent(task, given[0].label, sure, limits)
    return Answer(task.name, kept, unsure=not kept, withheld=withheld)


def reached(confidence: float | None, limit: float | None) -> bool:
    """Whether a confidence is as large as it has to be."""
    return limit is not None and confidence is not None and confidence >= limit


def _limits(one: Mapping[str, Any], step: int) -> Limits:
    """What model.json holds of one task under "thresholds", at one precision; older models know labels alone."""
    width = (one.get("half_widths") or {step: None})[step]
    return Limits(_at(one["labels"], step), _at(one["parents"], step), width, one.get("tracks", {}))


def _at(limits: Mapping[str, list[float | None] | None], step: int) -> dict[str, float | None]:
    return {name: None if steps is None else steps[step] for name, steps in limits.items()}


def _parent(task: Grown, label: str, sure: Array, limits: Limits) -> tuple[Given, ...]:
    """The nearest node above a label that is sure."""
    for node in task.above(label):
        mass = float(sure[list(task.below(node))].sum(dtype=np.float64))
        if reached(mass, limits.parents.get(node)):
            return (Given(node, None, min(mass, 1.0)),)
    return ()


def _number(task: Numeric, given: Given, sure: Array, limits: Limits | None) -> Answer:
    """A number, if it is sure: its level where it has levels, else an interval around it."""
    names = labels_of(task)
    level = names[int(in_levels(task, np.array([[given.value]], np.float32)).argmax())] if names else ""
    chance = float(sure[names.index(level)]) if names else math.nan
    given = replace(given, confidence=None if math.isnan(chance) else chance)
    if limits is None:
        return Answer(task.name, (given,))
    if names and limits.labels:
        kept = reached(given.confidence, limits.labels.get(level))
    else:
        kept = interval(given.value, limits.half_width, task.range) is not None
    if kept:
        return Answer(task.name, (given,))
    return Answer(task.name, (), unsure=True, withheld=(replace(given, label=level),))


def _levels(task: Numeric) -> NDArray[np.float64]:
    return np.unique(np.array(task.levels, np.float64))

"""Sure or silent: confidence is calibrated, and an answer kept where it reaches the threshold of its label."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_softmax, logit

from unisono.errors import UserError
from unisono.tasks import Answer, Array, Given, Task

PRECISIONS = tuple(round(0.5 + 0.01 * step, 2) for step in range(50))  # that thresholds are stored for
_TINY = 1e-30  # float32 rounds smaller probabilities to nothing
_ALMOST = 1e-7  # float32 knows no larger number below one


@runtime_checkable
class Grown(Task, Protocol):
    """A task whose labels have a tree."""

    tree: dict[str, Any]

    def above(self, label: str) -> tuple[str, ...]: ...
    def below(self, node: str) -> tuple[int, ...]: ...


@dataclass(frozen=True)
class Limits:
    """From which confidence one task's labels are given; a label that is not named, or has none, never is.

    Args:
        labels: label -> confidence.
        parents: node of the tree -> confidence from which it is named in place of a child.
    """

    labels: Mapping[str, float | None]
    parents: Mapping[str, float | None]


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
    return {name: Limits(_at(one["labels"], step), _at(one["parents"], step)) for name, one in facts["tasks"].items()}


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
    """Which labels the task's answers give.

    Shape: (tracks, width) -> (tracks, width)
    """
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
        sure: the same, calibrated, which say how sure it is.
        limits: of the task; None gives every answer.
    """
    plain = task.answer(scores)
    if task.kind not in ("multiclass", "multilabel"):
        return plain
    number = {label: i for i, label in enumerate(task.outputs)}
    given = [replace(g, confidence=float(sure[number[g.label]])) for g in plain.given]
    given.sort(key=lambda g: -(g.confidence or 0))
    if limits is None:
        return Answer(task.name, tuple(given))
    kept = tuple(g for g in given if reached(g.confidence, limits.labels.get(g.label)))
    if not kept and isinstance(task, Grown) and task.tree:
        kept = _parent(task, given[0].label, sure, limits)
    return Answer(task.name, kept, unsure=not kept)


def reached(confidence: float | None, limit: float | None) -> bool:
    """Whether a confidence is as large as it has to be."""
    return limit is not None and confidence is not None and confidence >= limit


def _at(limits: Mapping[str, list[float | None] | None], step: int) -> dict[str, float | None]:
    return {name: None if steps is None else steps[step] for name, steps in limits.items()}


def _parent(task: Grown, label: str, sure: Array, limits: Limits) -> tuple[Given, ...]:
    """The nearest node above a label that is sure."""
    for node in task.above(label):
        mass = float(sure[list(task.below(node))].sum(dtype=np.float64))
        if reached(mass, limits.parents.get(node)):
            return (Given(node, None, min(mass, 1.0)),)
    return ()

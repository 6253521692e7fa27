"""Scores of tasks whose answer is a share for each component."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import rel_entr

from unisono.metrics._checks import (
    Floats,
    Metric,
    OutOfFold,
    Score,
    Training,
    check_shares,
    checked,
    finished,
    known_rows,
    measure,
    no_baseline,
    training,
)

MAIN = ("kl", "top_1_agreement")
SCORES = ("cross_entropy", "kl", "cosine", "top_1_agreement")
_TINY = np.finfo(np.float64).eps  # scikit-learn's log_loss clips here too


def validate(reference: ArrayLike, scores: ArrayLike, outputs: Sequence[str]) -> tuple[Floats, Floats]:
    """The labelled rows as float64, each a set of shares that sum to one.

    Raises: ValueError that names the likely cause.
    """
    truth, said = known_rows(*checked(reference, scores, outputs))
    check_shares(truth, "the reference")
    check_shares(said, "scores")
    return truth / truth.sum(axis=1, keepdims=True), said / said.sum(axis=1, keepdims=True)


def evaluate(
    reference: ArrayLike,
    scores: ArrayLike,
    outputs: Sequence[str],
    *,
    train_reference: ArrayLike | OutOfFold | None = None,
) -> dict[str, Any]:
    """Scores of one distribution task, means over its labelled tracks.

    Args:
        reference: shares that sum to one, NaN rows where not labelled.
        scores: answered shares.
        outputs: the components' names.
        train_reference: the training tracks' references, for the baselines.
    Shape: (tracks, components), (tracks, components); train_reference (others, components)
    Raises: ValueError when the arrays cannot be a distribution task's.
    Example:
        >>> found = evaluate([[0.5, 0.5]], [[0.5, 0.5]], ("day", "night"))
        >>> round(found["cross_entropy"], 3), found["kl"], round(found["cosine"], 3)
        (0.693, 0.0, 1.0)
    """
    truth, said = validate(reference, scores, outputs)
    found: dict[str, Any] = {**measure(_METRICS, truth, said)}
    train = training(train_reference, reference, outputs)
    if train is None or not len(truth):
        return finished("distribution", len(truth), found | no_baseline(len(truth)))
    constant = train.spread(lambda part: part.mean(axis=0) / part.mean(axis=0).sum())
    found |= {"chance": _chance(truth, train), "majority": measure(_METRICS, truth, constant)}
    return finished("distribution", len(truth), found)


def _cross_entropy(truth: Floats, said: Floats) -> Score:
    return float(-(truth * np.log(np.clip(said, _TINY, 1))).sum(axis=1).mean())


def _kl(truth: Floats, said: Floats) -> Score:
    return float(rel_entr(truth, np.clip(said, _TINY, 1)).sum(axis=1).mean())


def _cosine(truth: Floats, said: Floats) -> Score:
    return float((_unit(truth) * _unit(said)).sum(axis=1).mean())


def _top_1_agreement(truth: Floats, said: Floats) -> Score:
    """Share of the tracks whose largest share is answered as the largest."""
    return float((truth.argmax(axis=1) == said.argmax(axis=1)).mean())


_METRICS: dict[str, Metric] = {
    "cross_entropy": _cross_entropy,
    "kl": _kl,
    "cosine": _cosine,
    "top_1_agreement": _top_1_agreement,
}


def _unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float64)


def _chance(truth: Floats, train: Training) -> dict[str, Score]:
    """Expected scores of answering with the shares of a random training track: means over all pairs of a fold."""
    logs = train.spread(lambda part: np.log(np.clip(part, _TINY, 1)).mean(axis=0))
    cross_entropy = float(-(truth * logs).sum(axis=1).mean())
    largest = train.spread(lambda part: np.bincount(part.argmax(axis=1), minlength=part.shape[1]) / len(part))
    return {
        "cross_entropy": cross_entropy,
        "kl": cross_entropy - float(-(truth * np.log(np.clip(truth, _TINY, 1))).sum(axis=1).mean()),
        "cosine": float((_unit(truth) * train.spread(lambda part: _unit(part).mean(axis=0))).sum(axis=1).mean()),
        "top_1_agreement": float(largest[np.arange(len(truth)), truth.argmax(axis=1)].mean()),
    }

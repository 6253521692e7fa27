"""Scores from counts, equal to scikit-learn's: a network is judged after every epoch, and checking what goes in takes
scikit-learn a hundred times as long as the counting."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from unisono.metrics._checks import Floats


def areas(truth: Floats, said: Floats) -> tuple[float, float]:
    """Area under the ROC curve and average precision of one label; tracks of one score stand at one threshold.

    Args:
        truth: 0 or 1, at least one of either for the first and one 1 for the second.
        said: the higher, the more likely.
    Shape: (tracks,) both
    Example:
        >>> areas(np.array([0.0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8]))
        (0.75, 0.8333333333333333)
    """
    order = np.argsort(-said, kind="stable")
    ranked = said[order]
    ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    hits = np.cumsum(truth[order])[ends]
    seen = ends + 1.0
    positives, negatives = hits[-1], seen[-1] - hits[-1]
    new, before = np.diff(hits, prepend=0.0), np.concatenate([[0.0], hits[:-1]])
    area = (np.diff(seen - hits, prepend=0.0) * (before + hits)).sum() / 2
    precision = (new * hits / seen).sum()
    return (
        float(area / (positives * negatives)) if positives and negatives else float("nan"),
        float(precision / positives) if positives else float("nan"),
    )


def f1_macro(classes: NDArray[np.intp], answers: NDArray[np.intp], width: int) -> float:
    """Mean F1 of the classes that occur in the reference or in the answers."""
    both = np.bincount(classes, minlength=width) + np.bincount(answers, minlength=width)
    hits = np.bincount(classes[classes == answers], minlength=width)
    return float((2 * hits[both > 0] / both[both > 0]).mean())


def cohen_kappa(classes: NDArray[np.intp], answers: NDArray[np.intp], width: int) -> float:
    """Agreement beyond that of answers drawn with the same shares; more than one class has to occur."""
    there, given = (np.bincount(one, minlength=width) / len(classes) for one in (classes, answers))
    expected = float(there @ given)
    return float((np.mean(classes == answers) - expected) / (1 - expected))


def log_loss(truth: Floats, said: Floats) -> float:
    """Mean negative logarithm of the true class's probability, kept off 0 and 1. Shape: (tracks, classes) both"""
    tiny = np.finfo(np.float64).eps
    stated = np.take_along_axis(said, truth.argmax(axis=1)[:, None], axis=1)
    return float(-np.log(np.clip(stated, tiny, 1 - tiny)).mean())

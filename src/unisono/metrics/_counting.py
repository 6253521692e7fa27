"""Scores from counts, equal to scikit-learn's: a network is judged after every epoch, and checking what goes in takes
scikit-learn a hundred times as long as the counting."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from unisono.metrics._checks import Floats

_CELLS = 2**22  # tracks x labels that are ranked at once, where labels are several: a dozen arrays of 32 MiB


def areas(truth: Floats, said: Floats, known: NDArray[np.bool_] | None = None) -> tuple[Floats, Floats]:
    """Area under the ROC curve and average precision of each label; tracks of one score stand at one threshold.

    NaN where a label is never or always there, for the second where it is never there.

    Args:
        truth: 0 or 1.
        said: the higher, the more likely.
        known: which tracks count for which label; default: all. What `truth` is for others does not matter.
    Shape: (tracks, labels) all -> (labels,), (labels,)
    Example:
        >>> area, precision = areas(np.array([[0.0], [0], [1], [1]]), np.array([[0.1], [0.4], [0.35], [0.8]]))
        >>> float(area[0]), float(precision[0])
        (0.75, 0.8333333333333333)
    """
    at_once = max(1, _CELLS // max(1, len(truth)))
    starts = range(0, truth.shape[1], at_once)
    if len(starts) > 1:
        spans = [slice(start, start + at_once) for start in starts]
        parts = [areas(truth[:, s], said[:, s], None if known is None else known[:, s]) for s in spans]
        return np.concatenate([area for area, _ in parts]), np.concatenate([precision for _, precision in parts])
    if known is not None:  # what does not count stands behind all that does, and adds nothing
        truth, said = np.where(known, truth, 0.0), np.where(known, said, -np.inf)
    order = np.argsort(-said, axis=0, kind="stable")
    there, ranked = np.take_along_axis(truth, order, axis=0), np.take_along_axis(said, order, axis=0)
    count = len(truth) if known is None else known.sum(axis=0)
    seen = np.minimum(np.arange(1.0, len(truth) + 1)[:, None], count)
    hits = np.cumsum(there, axis=0)
    misses = seen - hits
    ends = np.ones(there.shape, np.bool_)
    ends[:-1] = ranked[1:] != ranked[:-1]
    before, missed = _before(hits, ends), _before(misses, ends)
    positives = hits[-1:].sum(axis=0)
    negatives = count - positives
    with np.errstate(invalid="ignore", divide="ignore"):
        area = (np.where(ends, misses - missed, 0.0) * (before + hits)).sum(axis=0) / 2 / (positives * negatives)
        precision = np.where(ends, (hits - before) * hits / seen, 0.0).sum(axis=0) / positives
    nobody = positives * negatives == 0
    return np.where(nobody, np.nan, area), np.where(positives == 0, np.nan, precision)


def _before(counts: Floats, ends: NDArray[np.bool_]) -> Floats:
    """What was counted up to the threshold before each row's; counts rise downwards, `ends` are last of a threshold."""
    found = np.zeros_like(counts)
    found[1:] = np.maximum.accumulate(np.where(ends, counts, 0.0), axis=0)[:-1]
    return found


def squared_error(truth: Floats, said: Floats) -> float:
    """Mean squared error. Shape: (tracks,) both"""
    return float(np.square(truth - said).mean())


def absolute_error(truth: Floats, said: Floats) -> float:
    """Mean absolute error. Shape: (tracks,) both"""
    return float(np.abs(truth - said).mean())


def r2(truth: Floats, said: Floats) -> float:
    """Share of the variance that is explained; `truth` has to vary. Shape: (tracks,) both"""
    return float(1 - np.square(truth - said).sum() / np.square(truth - truth.mean()).sum())


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

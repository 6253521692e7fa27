"""Whether confidence means what it says: reliability bins and the expected calibration error."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

_BINS = 10


def reliability(confidence: ArrayLike, right: ArrayLike, bins: int = _BINS) -> dict[str, Any]:
    """Mean confidence against the share that is right, in bins of equal width, and their mean distance.

    Expected calibration error of Naeini et al. (2015); empty bins are left out.

    Args:
        confidence: probabilities in [0, 1].
        right: 1 where what was said with that confidence is so, else 0.
        bins: number of bins between 0 and 1.
    Shape: (n,), (n,)
    Example:
        >>> round(reliability([0.9, 0.9, 0.9, 0.9], [1, 1, 1, 0])["ece"], 2)
        0.15
    """
    sure, so = np.asarray(confidence, np.float64), np.asarray(right, np.float64)
    place = np.minimum((sure * bins).astype(int), bins - 1)
    found = [_bin(number, bins, sure[place == number], so[place == number]) for number in range(bins)]
    filled = [one for one in found if one["n"]]
    distance = sum(one["n"] * abs(one["confidence"] - one["frequency"]) for one in filled)
    return {"bins": filled, "ece": distance / len(sure) if len(sure) else None}


def calibration(kind: str, reference: NDArray[Any], scores: NDArray[Any]) -> dict[str, Any] | None:
    """Reliability of one task's probabilities; None for kinds that state none.

    Multiclass: the probability of the answer, right or wrong. Multilabel: every label's probability, there or not.

    Args:
        kind: the task's kind.
        reference: what is true, NaN where not labelled.
        scores: probabilities.
    Shape: (tracks, outputs), (tracks, outputs)
    """
    known = ~np.isnan(reference)
    if kind == "multiclass":
        rows = known.all(axis=1)
        best = scores[rows].argmax(axis=1)[:, None]
        right = np.take_along_axis(reference[rows], best, axis=1)
        return reliability(np.take_along_axis(scores[rows], best, axis=1)[:, 0], right[:, 0])
    return reliability(scores[known], reference[known]) if kind == "multilabel" else None


def _bin(number: int, bins: int, sure: NDArray[np.float64], so: NDArray[np.float64]) -> dict[str, Any]:
    if not len(sure):
        return {"n": 0}
    return {
        "low": number / bins,
        "high": (number + 1) / bins,
        "confidence": float(sure.mean()),
        "frequency": float(so.mean()),
        "n": len(sure),
    }

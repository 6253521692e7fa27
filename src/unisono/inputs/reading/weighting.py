"""Weighting: how much each term of one track counts."""

from __future__ import annotations

from collections.abc import Iterable
from math import log
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Weighting = Literal["counts", "binary", "log", "tfidf"]
Norm = Literal["none", "l2"]


def inverse_frequencies(having: Iterable[int], tracks: int) -> tuple[float, ...]:
    """Smoothed inverse document frequency, ln((1 + tracks) / (1 + having)) + 1, as scikit-learn's default."""
    return tuple(log((1 + tracks) / (1 + n)) + 1.0 for n in having)


def weigh(
    counts: NDArray[np.float64], weighting: Weighting, norm: Norm, sublinear: bool, idf: NDArray[np.float64] | None
) -> NDArray[np.float32]:
    """Weights of one track's terms.

    Args:
        counts: how often each term occurs, above 0.
        weighting: `counts` as they are, `binary` 1, `log` ln(1 + count), `tfidf` count x idf.
        norm: `l2` makes the squares sum to 1.
        sublinear: 1 + ln(count) in place of the count; for `tfidf`.
        idf: inverse frequency of each of these terms; for `tfidf`.
    Shape: (terms,) -> (terms,)
    """
    weights = counts
    if weighting == "binary":
        weights = np.ones_like(counts)
    elif weighting == "log":
        weights = np.log1p(counts)
    elif weighting == "tfidf":
        weights = (1.0 + np.log(counts) if sublinear else counts) * (1.0 if idf is None else idf)
    if norm == "l2" and (length := float(np.sqrt(np.dot(weights, weights)))) > 0:
        weights = weights / length
    return weights.astype(np.float32)

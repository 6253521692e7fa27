"""Filters that look at no label: features that do not vary, and features that repeat an earlier one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Positions = NDArray[np.intp]

_CONSTANT = 1e-12  # a deviation below this share of the values' size is rounding


def varying(values: Values, least: float) -> Positions:
    """Features whose variance is above a bound; constant ones never are.

    Shape: (tracks, features) -> (kept,)
    """
    rounding = (_CONSTANT * np.abs(values).max(axis=0, initial=0.0)) ** 2
    return np.flatnonzero(values.var(axis=0) > np.maximum(least, rounding))


def uncorrelated(values: Values, most: float) -> Positions:
    """Features that correlate with no earlier kept one more strongly than a bound, either way.

    Shape: (tracks, features) -> (kept,)
    """
    strength = np.abs(np.corrcoef(values, rowvar=False)) if values.shape[1] > 1 else np.ones((1, 1))
    free = np.ones(values.shape[1], np.bool_)
    for at in range(values.shape[1]):
        if free[at]:
            free[at + 1 :] &= ~(strength[at, at + 1 :] > most)
    return np.flatnonzero(free)

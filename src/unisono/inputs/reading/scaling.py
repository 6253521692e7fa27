"""Scaling: columns of numbers brought to one size by what the training rows are like."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from unisono.parts import Settings

Scaling = Literal["standard", "minmax", "none"]
Rows = NDArray[np.float64]
_CONSTANT = 1e-12  # a spread below this share of the values' size is rounding, not information


class Scaler(Settings):
    """scaled = (value - center) / scale, column by column.

    Args:
        center: what becomes 0.
        scale: what becomes 1; above 0.
    """

    center: tuple[float, ...]
    scale: tuple[float, ...]

    def apply(self, values: Rows) -> Rows:
        """Scaled values.

        Shape: (..., columns) -> (..., columns)
        """
        center, scale = self._arrays
        return np.asarray((values - center) / scale)

    @cached_property
    def _arrays(self) -> tuple[Rows, Rows]:
        return np.array(self.center), np.array(self.scale)


def fit_scaler(scaling: Scaling, blocks: Callable[[], Iterable[Rows]]) -> Scaler | None:
    """Learn a scaler from rows that come in blocks; NaN counts nowhere, a constant column becomes 0.

    Args:
        scaling: `standard` (mean 0, standard deviation 1), `minmax` (training values within 0 and 1) or `none`.
        blocks: called once for each pass over the rows.
    Shape: blocks of (rows, columns); every column has a number in at least one row
    """
    if scaling == "none":
        return None
    center, scale = _mean_and_deviation(blocks) if scaling == "standard" else _least_and_range(blocks)
    scale[scale <= _CONSTANT * np.maximum(np.abs(center), 1e-300)] = 1.0
    return Scaler(center=tuple(center.tolist()), scale=tuple(scale.tolist()))


def _mean_and_deviation(blocks: Callable[[], Iterable[Rows]]) -> tuple[Rows, Rows]:
    known = sum((~np.isnan(b)).sum(axis=0) for b in blocks())
    mean = sum(np.nansum(b, axis=0) for b in blocks()) / known
    spread = sum(np.nansum((b - mean) ** 2, axis=0) for b in blocks()) / known
    return np.asarray(mean), np.sqrt(np.asarray(spread))


def _least_and_range(blocks: Callable[[], Iterable[Rows]]) -> tuple[Rows, Rows]:
    least, greatest = np.inf, -np.inf
    for block in blocks():
        least = np.minimum(least, np.fmin.reduce(block, axis=0))
        greatest = np.maximum(greatest, np.fmax.reduce(block, axis=0))
    return np.asarray(least), np.asarray(greatest) - np.asarray(least)

"""Scaling: scikit-learn's numbers, also where values are missing or all alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from unisono.inputs.reading.scaling import Scaler, Scaling, fit_scaler

ROWS = np.random.default_rng(1).normal(50, 9, (40, 3))


def in_blocks(rows: NDArray[np.float64]) -> Callable[[], Iterable[NDArray[np.float64]]]:
    return lambda: (rows[i : i + 7] for i in range(0, len(rows), 7))


def fitted(scaling: Scaling, rows: NDArray[np.float64]) -> Scaler:
    scaler = fit_scaler(scaling, in_blocks(rows))
    assert scaler is not None
    return scaler


@pytest.mark.parametrize(("scaling", "rival"), [("standard", StandardScaler), ("minmax", MinMaxScaler)])
@pytest.mark.parametrize("holes", [False, True])
def test_the_numbers_are_those_of_scikit_learn(scaling: Scaling, rival: Any, holes: bool) -> None:
    rows = ROWS.copy()
    if holes:
        rows[::5, 1] = np.nan
    np.testing.assert_allclose(fitted(scaling, rows).apply(rows), rival().fit_transform(rows), rtol=1e-12, atol=1e-12)


def test_no_scaling_learns_nothing() -> None:
    assert fit_scaler("none", in_blocks(ROWS)) is None


@pytest.mark.parametrize("scaling", ["standard", "minmax"])
@pytest.mark.parametrize("value", [0.0, 0.1, -3e8])
def test_a_constant_column_becomes_zero_and_stays_finite(scaling: Scaling, value: float) -> None:
    rows = np.full((21, 2), value)
    scaler = fitted(scaling, rows)
    np.testing.assert_allclose(scaler.apply(rows), 0, atol=1e-7)
    np.testing.assert_allclose(scaler.apply(rows + 1), 1, atol=1e-6)


def test_a_large_mean_does_not_drown_a_small_spread() -> None:
    rows = 1e6 + np.array([[0.0], [0.01], [0.02]])
    np.testing.assert_allclose(fitted("standard", rows).apply(rows).std(), 1, rtol=1e-6)

"""Weighting: how much a term counts."""

from __future__ import annotations

import numpy as np
import pytest

from unisono.inputs.reading.weighting import Weighting, inverse_frequencies, weigh

COUNTS = np.array([1.0, 4.0])


@pytest.mark.parametrize(
    ("weighting", "sublinear", "expected"),
    [
        ("counts", False, [1, 4]),
        ("binary", False, [1, 1]),
        ("log", False, [np.log(2), np.log(5)]),
        ("tfidf", False, [2, 12]),
        ("tfidf", True, [2, 3 * (1 + np.log(4))]),
    ],
)
def test_each_weighting(weighting: Weighting, sublinear: bool, expected: list[float]) -> None:
    weights = weigh(COUNTS, weighting, "none", sublinear, np.array([2.0, 3.0]))
    np.testing.assert_allclose(weights, expected, rtol=1e-6)
    assert weights.dtype == np.float32


def test_the_norm_makes_squares_sum_to_one_and_leaves_nothing_alone() -> None:
    np.testing.assert_allclose(np.square(weigh(COUNTS, "counts", "l2", False, None)).sum(), 1, rtol=1e-6)
    assert weigh(np.array([]), "counts", "l2", False, None).shape == (0,)


def test_a_term_of_every_track_counts_once_and_rarer_ones_more() -> None:
    everywhere, rare = inverse_frequencies([9, 1], 9)
    assert everywhere == 1.0
    assert rare == pytest.approx(np.log(10 / 2) + 1)

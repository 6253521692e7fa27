"""Filters without labels."""

import numpy as np

from unisono.inputs.selection.filters import uncorrelated, varying


def test_constant_features_go_and_weak_ones_where_asked() -> None:
    rng = np.random.default_rng(0)
    values = np.stack([np.full(50, 0.1), rng.normal(0, 0.05, 50), rng.normal(0, 2, 50), np.full(50, 1e9)], axis=1)
    assert varying(values, 0.0).tolist() == [1, 2]
    assert varying(values, 0.01).tolist() == [2]


def test_of_two_alike_the_later_goes_whatever_the_sign() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 200))
    values = np.stack([a, b, -a + 0.05 * rng.normal(size=200), b + 5 * rng.normal(size=200)], axis=1)
    assert uncorrelated(values, 0.8).tolist() == [0, 1, 3]
    assert uncorrelated(values[:, :1], 0.8).tolist() == [0]


def test_what_was_left_out_leaves_nothing_out_itself() -> None:
    rng = np.random.default_rng(2)
    a = rng.normal(size=4000)
    b = a + 0.6 * rng.normal(size=4000)  # r(a, b) = .86
    c = b + 0.7 * rng.normal(size=4000)  # r(b, c) = .86, r(a, c) = .74
    assert uncorrelated(np.stack([a, b, c], axis=1), 0.8).tolist() == [0, 2]

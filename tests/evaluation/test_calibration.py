"""Reliability: bins and expected calibration error by hand."""

import numpy as np
import pytest

from unisono.evaluation import calibration, reliability


def test_bins_by_hand():
    found = reliability([0.05, 0.95, 0.95, 1.0], [0, 1, 1, 0])
    assert [(one["low"], one["n"], one["frequency"]) for one in found["bins"]] == [
        (0.0, 1, 0.0),
        (0.9, 3, pytest.approx(2 / 3)),
    ]
    assert found["bins"][1]["confidence"] == pytest.approx(2.9 / 3)
    assert found["ece"] == pytest.approx((0.05 + 3 * abs(2.9 / 3 - 2 / 3)) / 4)


def test_honest_confidence_has_almost_no_error_and_boasting_has():
    generator = np.random.default_rng(0)
    sure = generator.random(20_000)
    assert reliability(sure, generator.random(20_000) < sure)["ece"] < 0.02
    assert reliability(sure, generator.random(20_000) < sure / 2)["ece"] > 0.2


def test_multiclass_judges_the_answer():
    reference = np.array([[1, 0], [0, 1], [np.nan, np.nan]])
    found = calibration("multiclass", reference, np.array([[0.75, 0.25], [0.65, 0.35], [0.5, 0.5]]))
    assert sum(one["n"] for one in found["bins"]) == 2
    assert found["ece"] == pytest.approx((0.25 + 0.65) / 2)


def test_multilabel_judges_every_known_label():
    reference = np.array([[1, np.nan], [0, 1]])
    found = calibration("multilabel", reference, np.array([[0.9, 0.1], [0.2, 0.8]]))
    assert sum(one["n"] for one in found["bins"]) == 3


def test_kinds_without_probabilities_and_nothing_labelled():
    assert calibration("regression", np.zeros((2, 1)), np.zeros((2, 1))) is None
    assert calibration("multiclass", np.full((2, 2), np.nan), np.full((2, 2), 0.5)) == {"bins": [], "ece": None}

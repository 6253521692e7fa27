"""Calibration finds back what was done to honest scores, and makes confidence mean what it says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, softmax

from unisono.evaluation.calibrating import fitted_calibration
from unisono.evaluation.calibration import calibration, reliability
from unisono.evaluation.predictions import Judged
from unisono.model.sureness import calibrated, confidence, half_width, in_levels, stated
from unisono.tasks import task

RNG = np.random.default_rng(0)


def honest_classes(rows: int, temper: float) -> Judged:
    logits = RNG.normal(0, 1.5, (rows, 4))
    chances = softmax(logits, axis=1)
    truth = np.array([RNG.multinomial(1, p) for p in chances], np.float32)
    return Judged(tuple("abcd"), truth, softmax(temper * logits, axis=1).astype(np.float32))


def test_temperature_is_found_back() -> None:
    part, held = honest_classes(3000, 3.0), honest_classes(3000, 3.0)
    facts = fitted_calibration("multiclass", part)
    assert facts["temperature"] == pytest.approx(3.0, rel=0.1)
    before = calibration("multiclass", held.reference, held.scores)
    after = calibration("multiclass", held.reference, calibrated(held.scores, facts))
    assert before is not None and after is not None
    assert after["ece"] < 0.04 < 0.15 < before["ece"]
    assert (calibrated(held.scores, facts).argmax(axis=1) == held.scores.argmax(axis=1)).all()


def test_slopes_and_offsets_are_found_back_label_by_label() -> None:
    logits = RNG.normal(0, 2, (4000, 3))
    truth = (RNG.random((4000, 3)) < expit(logits)).astype(np.float32)
    truth[:, 2] = 0
    truth[:3, 2] = 1
    told = expit(logits * [3.0, 0.5, 1.0] + [1.0, -1.0, 0.0]).astype(np.float32)
    one = Judged(("a", "b", "rare"), truth, told)
    facts = fitted_calibration("multilabel", one)
    assert facts["slope"][:2] == pytest.approx([1 / 3, 2.0], rel=0.15)
    assert facts["offset"][:2] == pytest.approx([-1 / 3, 2.0], abs=0.2)
    assert facts["offset"][2] == 0, "a label of three tracks has no offset of its own"
    curve = calibration("multilabel", truth[:, :2], calibrated(told, facts)[:, :2])
    assert curve is not None and curve["ece"] < 0.03


def test_intervals_hold_as_often_as_they_say() -> None:
    inside = []
    for _ in range(200):
        errors = RNG.standard_t(3, 120).astype(np.float32)[:, None]
        facts = fitted_calibration("regression", Judged(("",), errors[:100], np.zeros((100, 1), np.float32)))
        width = half_width(facts, 0.9)
        assert width is not None
        inside.append((np.abs(errors[100:]) <= width).mean())
    assert 0.88 < np.mean(inside) < 0.93
    assert half_width(facts, 0.99) is not None
    assert half_width(fitted_calibration("regression", Judged(("",), errors[:50], errors[:50] * 0)), 0.99) is None


def test_the_probability_of_a_level_means_what_it_says() -> None:
    one = task("energy", {"kind": "regression", "range": [0, 4], "levels": [1, 2, 3]})

    def made(rows: int) -> Judged:
        truth = RNG.integers(1, 4, rows).astype(np.float32)[:, None]
        return Judged(("",), truth, truth + RNG.normal(0.2, 0.4, (rows, 1)).astype(np.float32))

    part, held = made(2000), made(4000)
    sure = confidence(one, held.scores, fitted_calibration("regression", part, [1, 2, 3]))
    assert sure.sum(axis=1) == pytest.approx(1, abs=1e-5)
    told = stated(one, held.scores)
    curve = reliability(sure[told], in_levels(one, held.reference)[told])
    assert curve["ece"] < 0.03
    assert len(curve["bins"]) > 3
    assert np.isnan(confidence(one, held.scores, {})).all(), "nothing is known of the errors"


@pytest.mark.parametrize("kind", ["multiclass", "multilabel", "regression", "distribution"])
def test_too_little_to_fit_on_changes_nothing(kind: str) -> None:
    scores = np.full((5, 2 if kind != "regression" else 1), 0.5, np.float32)
    facts = fitted_calibration(kind, Judged(("a", "b")[: scores.shape[1]], np.round(scores), scores))
    assert facts == {}
    assert calibrated(scores, facts) is scores


def test_certain_scores_stay_finite() -> None:
    for facts in (
        {"method": "temperature", "temperature": 0.3},
        {"method": "platt", "slope": [3, 3], "offset": [1, 1]},
    ):
        assert np.isfinite(calibrated(np.array([[1.0, 0.0]], np.float32), facts)).all()

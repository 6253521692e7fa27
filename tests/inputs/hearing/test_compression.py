"""Logarithms, decibels and normalisation."""

from __future__ import annotations

import numpy as np
import pytest

from unisono.inputs.hearing.spectrum import decibels, log10, standardised

MEL = np.random.default_rng(0).exponential(1.0, (20, 50)).astype(np.float32) ** 4


@pytest.mark.parametrize("relative", [True, False])
@pytest.mark.parametrize("top_db", [None, 60.0])
def test_decibels_are_librosas(relative: bool, top_db: float | None):
    librosa = pytest.importorskip("librosa", reason="librosa is the reference of decibels")
    for power, theirs in ((2, librosa.power_to_db), (1, librosa.amplitude_to_db)):
        wanted = theirs(MEL, ref=np.max if relative else 1.0, top_db=top_db)
        np.testing.assert_allclose(decibels(MEL, power, relative, top_db), wanted, atol=1e-4)


def test_silence_has_a_floor():
    silence = np.zeros((2, 3), np.float32)
    np.testing.assert_allclose(decibels(silence, 2, False, None), -100)
    np.testing.assert_allclose(decibels(silence, 1, False, None), -100)
    np.testing.assert_allclose(decibels(silence, 2, True, 80.0), 0)
    np.testing.assert_array_equal(log10(silence, 1e4), 0)
    np.testing.assert_array_equal(standardised(silence), 0)


def test_log10_is_the_formula():
    np.testing.assert_allclose(log10(MEL, 1e4), np.log10(1 + 1e4 * MEL.astype(np.float64)), rtol=1e-5, atol=1e-7)


def test_standardised_has_mean_0_and_deviation_1():
    made = standardised(MEL)
    assert made.mean() == pytest.approx(0, abs=1e-5)
    assert made.std() == pytest.approx(1, abs=1e-5)


def test_what_they_are_given_stays_as_it_was():
    before = MEL.copy()
    decibels(MEL, 2, True, 80.0)
    log10(MEL, 1e4)
    standardised(MEL)
    np.testing.assert_array_equal(MEL, before)

"""Timbre: a tone stands in its pitch class, a cepstrum is librosa's, contrast tells tones from noise."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from unisono.inputs.hearing import Stft
from unisono.inputs.hearing.spectrum import spectrum
from unisono.inputs.hearing.timbre import cepstrum, contrast, loudness, pitch_classes, shape

RATE = 22_050
STFT = Stft(1024, 512)


def tone(hertz: float, seconds: float = 1.0, gain: float = 0.5) -> NDArray[np.float32]:
    time = np.arange(round(RATE * seconds)) / RATE
    return (gain * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def noise(gain: float = 0.1) -> NDArray[np.float32]:
    return (gain * np.random.default_rng(0).standard_normal(RATE)).astype(np.float32)


@pytest.mark.parametrize(("hertz", "pitch"), [(440.0, 9), (880.0, 9), (523.25, 0), (659.26, 4), (1108.73, 1)])
def test_a_tone_stands_in_its_pitch_class(hertz: float, pitch: int) -> None:
    classes = pitch_classes(spectrum(tone(hertz), STFT), RATE)
    assert classes.shape == (12, 44)
    assert classes.mean(axis=1).argmax() == pitch


def test_a_cepstrum_is_librosa_s() -> None:
    librosa = pytest.importorskip("librosa", reason="the reference")
    levels = np.random.default_rng(1).standard_normal((64, 30)).astype(np.float32)
    assert np.allclose(cepstrum(levels, 20), librosa.feature.mfcc(S=levels, n_mfcc=20), atol=1e-5)


def test_contrast_is_high_for_tones_and_low_for_noise() -> None:
    chord = tone(300) + tone(700) + tone(1500) + tone(3000)
    clear, blurred = (contrast(spectrum(s, STFT), RATE).mean(axis=1) for s in (chord, noise()))
    assert clear.shape == blurred.shape == (7,)
    assert (clear[1:5] > blurred[1:5] + 20).all()


def test_loudness_is_in_decibels() -> None:
    soft, loud = (loudness(spectrum(tone(440, gain=g), STFT)).mean() for g in (0.05, 0.5))
    assert loud - soft == pytest.approx(20, abs=0.1)
    assert loudness(np.zeros((513, 3), np.float32)).tolist() == [[pytest.approx(-100)] * 3]


def test_the_centre_is_in_octaves_and_noise_is_flat() -> None:
    low, high = (shape(spectrum(tone(h), STFT), RATE).mean(axis=1) for h in (1000, 4000))
    assert low[0] == pytest.approx(0, abs=0.05) and high[0] == pytest.approx(2, abs=0.05)
    wide = shape(spectrum(noise(), STFT), RATE).mean(axis=1)
    assert wide[1] > low[1] + 0.5
    assert -4 < wide[2] < 0 and low[2] < -20

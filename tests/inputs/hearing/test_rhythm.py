"""Rhythm: clicks have their tempo, silence and a held tone have none."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from unisono.inputs.hearing.rhythm import LEVELS, TEMPI, rhythm

FRAMES_A_SECOND = 43.07


def clicks(tempo: float, seconds: float = 20.0) -> NDArray[np.float32]:
    """Levels of 16 bands that rise by 30 dB on each beat and fall slowly."""
    frames = np.arange(round(seconds * FRAMES_A_SECOND))
    since = (frames / FRAMES_A_SECOND) % (60 / tempo)
    return np.tile((-60 + 30 * np.exp(-since / 0.1)).astype(np.float32), (16, 1))


@pytest.mark.parametrize("tempo", [80, 100, 120, 128, 150])
def test_clicks_have_their_tempo(tempo: float) -> None:
    found = rhythm(clicks(tempo), FRAMES_A_SECOND)
    assert found.tempo == pytest.approx(tempo, rel=0.03)
    low = found.numbers[: len(TEMPI)]
    assert low.max() > 0.3
    assert abs(np.log2(TEMPI[low.argmax()] / tempo) % 1 - 0.5) > 0.4  # the tempo itself, or an octave of it


def test_nothing_happens_in_silence_and_in_a_held_tone() -> None:
    for levels in (np.full((16, 400), -100, np.float32), np.full((16, 400), -10, np.float32)):
        found = rhythm(levels, FRAMES_A_SECOND)
        assert found.tempo == 0
        assert found.numbers.shape == (4 * (len(TEMPI) + LEVELS),)
        assert not found.numbers.any()


def test_what_stands_in_low_bands_is_told_apart() -> None:
    levels = np.full((16, 800), -60, np.float32)
    levels[:2] = clicks(120, 800 / FRAMES_A_SECOND)[:2, :800]
    low, middle, high, whole = rhythm(levels, FRAMES_A_SECOND).numbers.reshape(4, -1)
    assert low[: len(TEMPI)].max() > 0.3 and whole[: len(TEMPI)].max() > 0.3
    assert not middle.any() and not high.any()

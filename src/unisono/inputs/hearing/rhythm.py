"""Rhythm: how strongly a sound repeats itself at each tempo, and its tempo."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unisono.inputs.hearing.spectrum import Mels

TEMPI = np.geomspace(40.0, 240.0, 24)  # beats per minute
_USUAL, _OCTAVES = 120.0, 1.0  # tempi that people hear as the beat: 120 per minute, an octave up and down
_RANGES = ((0.0, 0.125), (0.125, 0.375), (0.375, 1.0), (0.0, 1.0))  # shares of the mel bands: low, middle, high, all

Numbers = NDArray[np.float32]
LEVELS = 4  # numbers of a range beside its tempi


class Rhythm(NamedTuple):
    """The rhythm of a sound.

    Args:
        numbers: for four ranges of bands, low, middle, high and all: how much it repeats itself at each of `TEMPI`, the
            most of these, and mean, deviation and 95th percentile of its onsets in dB a frame.
        tempo: beats per minute; 0 where nothing repeats itself.
    """

    numbers: Numbers
    tempo: float


def rhythm(levels: Mels, frames_a_second: float) -> Rhythm:
    """Rhythm from rises of level, by their autocorrelation.

    Args:
        levels: a mel spectrum in dB.
    Shape: (bands, frames) -> numbers (112,)
    """
    rises = np.maximum(np.diff(levels, axis=1, prepend=levels[:, :1]), 0)
    numbers: list[float] = []
    for low, high in _RANGES:
        onsets = rises[int(low * len(rises)) : max(int(high * len(rises)), int(low * len(rises)) + 1)].mean(axis=0)
        repeats = _repeats(onsets, frames_a_second)
        numbers += [*repeats, repeats.max(), onsets.mean(), onsets.std(), np.percentile(onsets, 95)]
    return Rhythm(np.array(numbers, np.float32), tempo_of(rises.mean(axis=0), frames_a_second))


def tempo_of(onsets: NDArray[np.float32], frames_a_second: float) -> float:
    """The tempo whose beats, and whose every second beat, repeat most, of those that people would tap to.

    Returns: beats per minute, 0 where nothing repeats itself.
    Shape: (frames,)
    """
    tempi = np.geomspace(TEMPI[0], TEMPI[-1], 512)
    correlation = _autocorrelation(onsets)
    lags = 60 * frames_a_second / tempi
    places = np.arange(len(correlation))
    strength = sum(np.interp(k * lags, places, correlation, right=0) / k for k in (1, 2, 3, 4))
    usual = np.exp(-0.5 * (np.log2(tempi / _USUAL) / _OCTAVES) ** 2)
    weighed = np.asarray(strength) * usual
    return float(tempi[weighed.argmax()]) if weighed.max() > 1e-6 else 0.0


def _repeats(onsets: NDArray[np.float32], frames_a_second: float) -> NDArray[np.float64]:
    correlation = _autocorrelation(onsets)
    return np.asarray(np.interp(60 * frames_a_second / TEMPI, np.arange(len(correlation)), correlation, right=0))


def _autocorrelation(onsets: NDArray[np.float32]) -> NDArray[np.float64]:
    """Of the onsets around their mean, 1 at lag 0; all 0 where nothing changes."""
    centred = onsets.astype(np.float64) - onsets.mean()
    energy = float(centred @ centred)
    if energy < 1e-9:
        return np.zeros(len(onsets))
    power = np.abs(np.fft.rfft(centred, 2 * len(centred))) ** 2
    return np.asarray(np.fft.irfft(power)[: len(centred)] / energy)

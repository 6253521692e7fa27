"""Numbers of each frame of a spectrum: cepstrum, pitch classes, contrast between peaks and valleys, loudness, shape."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from unisono.inputs.hearing.spectrum import Mels, decibels

Frames = NDArray[np.float32]

_LOWEST_PITCH_HZ, _HIGHEST_PITCH_HZ = 55.0, 5_000.0
_CONTRAST_FROM_HZ = 200.0
_QUANTILE = 0.02  # share of the bins of an octave that make its peak, and its valley
_TINY = 1e-10


def cepstrum(levels: Mels, coefficients: int) -> Frames:
    """Mel-frequency cepstral coefficients.

    Shape: mel spectrum in dB (bands, frames) -> (coefficients, frames)
    """
    return np.asarray(scipy.fft.dct(levels, axis=0, norm="ortho")[:coefficients], np.float32)


def pitch_classes(power: Mels, sample_rate: int) -> Frames:
    """Share of each of the twelve pitch classes, C first, relative to the frame's strongest; silence is 0.

    Shape: (bins, frames) -> (12, frames)
    """
    strength = _pitch_matrix(len(power), sample_rate) @ power
    return np.asarray(strength / (strength.max(axis=0, keepdims=True) + _TINY), np.float32)


def contrast(power: Mels, sample_rate: int) -> Frames:
    """Peak above valley in dB, octave by octave from 200 Hz on, after what lies below (Jiang et al., 2002).

    Shape: (bins, frames) -> (octaves + 1, frames)
    """
    bins = np.linspace(0, sample_rate / 2, len(power))
    edges = [0.0, _CONTRAST_FROM_HZ]
    while 2 * edges[-1] < sample_rate / 2:
        edges.append(2 * edges[-1])
    found = []
    for low, high in zip(edges, [*edges[1:], sample_rate / 2], strict=True):
        band = np.sort(power[(bins >= low) & (bins <= high)], axis=0)
        count = max(1, round(_QUANTILE * len(band)))
        peak, valley = band[-count:].mean(axis=0), band[:count].mean(axis=0)
        found.append(10 * np.log10((peak + _TINY) / (valley + _TINY)))
    return np.asarray(found, np.float32)


def loudness(power: Mels) -> Frames:
    """Level of each frame in dB, no lower than -100.

    Shape: (bins, frames) -> (1, frames)
    """
    return decibels(np.asarray(power.mean(axis=0, keepdims=True), np.float32), 2, False, None)


def shape(power: Mels, sample_rate: int) -> Frames:
    """Centre and width of the spectrum in octaves above 1 kHz and of it, and its flatness in dB.

    Shape: (bins, frames) -> (3, frames)
    """
    octaves = np.log2(np.maximum(np.linspace(0, sample_rate / 2, len(power)), 20.0) / 1000)[1:, None]
    heard = power[1:] + _TINY
    whole = heard.sum(axis=0)
    centre = (octaves * heard).sum(axis=0) / whole
    width = np.sqrt(np.maximum((octaves**2 * heard).sum(axis=0) / whole - centre**2, 0))
    flatness = 10 * (np.log10(heard).mean(axis=0) - np.log10(heard.mean(axis=0)))
    return np.asarray([centre, width, flatness], np.float32)


@lru_cache(maxsize=8)
def _pitch_matrix(bins: int, sample_rate: int) -> Frames:
    """Each bin's share in the two pitch classes beside it."""
    matrix = np.zeros((12, bins), np.float32)
    for i, hertz in enumerate(np.linspace(0, sample_rate / 2, bins)):
        if _LOWEST_PITCH_HZ <= hertz <= _HIGHEST_PITCH_HZ:
            pitch = 12 * np.log2(hertz / 440) + 9
            lower = int(np.floor(pitch))
            matrix[lower % 12, i] += lower + 1 - pitch
            matrix[(lower + 1) % 12, i] += pitch - lower
    return matrix

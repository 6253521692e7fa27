"""What is done to the numbers of a mel spectrum: logarithms, decibels, normalisation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Spectrum = NDArray[np.float32]

_QUIETEST = {1: 1e-5, 2: 1e-10}  # amplitude and power of -100 dB


def log10(mel: Spectrum, gain: float) -> Spectrum:
    """log10(1 + gain * x): silence is 0, loudness is kept."""
    return np.asarray(np.log10(np.float32(gain) * mel + np.float32(1)))


def decibels(mel: Spectrum, power: int, relative: bool, top_db: float | None) -> Spectrum:
    """Decibels, no lower than -100 before the reference is taken off.

    Args:
        mel: magnitudes (power 1) or powers (power 2).
        power: which of the two.
        relative: 0 dB is the loudest number of this spectrum instead of 1.
        top_db: nothing is left further below the loudest than this; None leaves all.
    """
    floored = np.maximum(mel, np.float32(_QUIETEST[power]))
    levels = np.log10(floored, out=floored)
    levels *= np.float32(20 / power)
    if not levels.size:
        return levels
    if relative:
        levels -= levels.max()
    return levels if top_db is None else np.maximum(levels, levels.max() - np.float32(top_db), out=levels)


def standardised(mel: Spectrum) -> Spectrum:
    """Mean 0 and deviation 1 over the whole spectrum; silence becomes 0."""
    centred = mel - mel.mean(dtype=np.float64).astype(np.float32)
    return np.asarray(centred / np.float32(centred.std(dtype=np.float64) + 1e-10))

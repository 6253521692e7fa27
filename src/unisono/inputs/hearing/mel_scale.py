"""The mel filter bank: Slaney's scale (Auditory Toolbox, 1998) or HTK's, as dense blocks on the diagonal."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

MelScale = Literal["slaney", "htk"]
Norm = Literal["slaney", "none"]

_GROUPS = 8  # dense blocks that the bank is cut into: fewer multiply zeros, more cost calls
_LINEAR_HZ = 200 / 3  # Slaney: linear up to 1 kHz, 27 steps for each factor of 6.4 above
_BREAK_HZ = 1000.0
_LOG_STEP = np.log(6.4) / 27


class Bank(NamedTuple):
    """Triangular filters.

    Args:
        n_mels: number of bands.
        groups: (first bin, weights of some neighbouring bands over the bins that they touch), in order of bands.
    """

    n_mels: int
    groups: tuple[tuple[int, NDArray[np.float32]], ...]


class BankShape(NamedTuple):
    """What decides a filter bank.

    Args:
        sample_rate: in Hz.
        n_fft: samples of a frame.
        n_mels: number of bands.
        fmin: lower end of the lowest band in Hz.
        fmax: upper end of the highest band in Hz.
        scale: Slaney's or HTK's mel scale.
        norm: "slaney" gives each band the area 1, "none" the height 1.
        shift: semitones by which the sound is heard higher than it is.
    """

    sample_rate: int
    n_fft: int
    n_mels: int
    fmin: float
    fmax: float
    scale: MelScale = "slaney"
    norm: Norm = "slaney"
    shift: float = 0.0


def filters(shape: BankShape) -> NDArray[np.float32]:
    """All triangles as one matrix.

    Shape: -> (n_mels, 1 + n_fft // 2)
    """
    edges = _edges(shape)
    bins = np.linspace(0, shape.sample_rate / 2, 1 + shape.n_fft // 2) * _factor(shape)
    ramps = edges[:, None] - bins[None, :]
    widths = np.diff(edges)
    rising = -ramps[:-2] / widths[:-1, None]
    falling = ramps[2:] / widths[1:, None]
    weights = np.maximum(0, np.minimum(rising, falling))
    if shape.norm == "slaney":
        weights *= (2.0 / (edges[2:] - edges[:-2]))[:, None]
    return weights.astype(np.float32)


@lru_cache(maxsize=16)
def mel_bank(shape: BankShape) -> Bank:
    """The filter bank in the form in which it is applied.

    Raises: ValueError when a band lies between two bins and would never hear anything.
    """
    weights = filters(shape)
    in_reach = _edges(shape)[:-2] < shape.sample_rate / 2 * _factor(shape)  # heard lower, nothing reaches the top
    deaf = int((weights[in_reach].max(axis=1) == 0).sum())
    if deaf:
        found = f"n_mels = {shape.n_mels} leaves {deaf} bands without any frequency of n_fft = {shape.n_fft}"
        raise ValueError(f"{found}; take fewer bands or longer frames")
    groups = []
    for bands in np.array_split(np.arange(shape.n_mels), min(_GROUPS, shape.n_mels)):
        touched = np.flatnonzero(weights[bands].any(axis=0))
        first, last = (int(touched[0]), int(touched[-1]) + 1) if len(touched) else (0, 1)
        groups.append((first, np.ascontiguousarray(weights[bands, first:last])))
    return Bank(shape.n_mels, tuple(groups))


def _factor(shape: BankShape) -> float:
    return float(2 ** (shape.shift / 12))


def band_centres(shape: BankShape) -> NDArray[np.float64]:
    """Where each band hears best, in Hz.

    Shape: -> (n_mels,)
    """
    return _edges(shape)[1:-1]


def _edges(shape: BankShape) -> NDArray[np.float64]:
    low, high = _mel(shape.fmin, shape.scale), _mel(shape.fmax, shape.scale)
    return _hz(np.linspace(low, high, shape.n_mels + 2), shape.scale)


def _mel(hz: float, scale: MelScale) -> float:
    if scale == "htk":
        return float(2595 * np.log10(1 + hz / 700))
    if hz < _BREAK_HZ:
        return hz / _LINEAR_HZ
    return float(_BREAK_HZ / _LINEAR_HZ + np.log(hz / _BREAK_HZ) / _LOG_STEP)


def _hz(mel: NDArray[np.float64], scale: MelScale) -> NDArray[np.float64]:
    if scale == "htk":
        return np.asarray(700 * (10 ** (mel / 2595) - 1))
    above = mel - _BREAK_HZ / _LINEAR_HZ
    return np.where(above < 0, mel * _LINEAR_HZ, _BREAK_HZ * np.exp(_LOG_STEP * above))

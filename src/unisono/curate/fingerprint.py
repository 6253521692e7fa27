"""A fingerprint of our own features: how the energy of neighbouring bands changes, which survives codecs and cuts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from unisono.inputs.mel import Mel

FINGERPRINT = Mel(
    sample_rate=6000, n_fft=2048, hop_length=512, n_mels=33, fmin=200, fmax=2800, scale="db", reference="max",
    duration=120, min_duration=10, precision="float16",
)  # fmt: skip
_OVERLAP = 10.0  # seconds that two tracks must have in common
_SECONDS = FINGERPRINT.hop_length / FINGERPRINT.sample_rate

Tokens = NDArray[np.int8]


class Similar(NamedTuple):
    """How alike two tracks sound where they fit best.

    Args:
        agreement: 1 for the same sound, about 0 for two that have nothing in common.
        shift: seconds by which the second comes later.
    """

    agreement: float
    shift: float


def tokens_of(mel: NDArray[np.floating]) -> Tokens:
    """Whether the energy difference of each two neighbouring bands rises, 1, or falls, -1; 0 where nothing sounds.

    After Haitsma and Kalker (2002), on mel bands, over two frames in place of one.

    Shape: (33, frames) -> (32, frames - 2)
    """
    bands = np.diff(mel.astype(np.float32), axis=0)
    return np.asarray(np.sign(bands[:, 2:] - bands[:, :-2]), np.int8)


def similar(a: Tokens, b: Tokens) -> Similar:
    """Compare two tracks at every shift that lets them overlap by ten seconds or more.

    Shape: (32, frames), (32, other frames)
    """
    least = round(_OVERLAP / _SECONDS)
    size = scipy.fft.next_fast_len(a.shape[1] + b.shape[1], real=True)
    one, two = (scipy.fft.rfft(x.astype(np.float32), size, axis=1) for x in (a, b))
    agree = scipy.fft.irfft((one * two.conj()).sum(axis=0), size)
    known = [(x != 0).any(axis=0).astype(np.float32) for x in (a, b)]
    ours, theirs = (scipy.fft.rfft(k, size) for k in known)
    both = np.rint(scipy.fft.irfft(ours * theirs.conj(), size))
    share = np.where(both >= least, agree / np.maximum(both, 1) / a.shape[0], -1.0)
    best = int(share.argmax())
    shift = best - size if best > size // 2 else best
    return Similar(float(share[best]), -shift * _SECONDS)


def summary_of(mel: NDArray[np.floating]) -> NDArray[np.float64]:
    """A short description of a track that is alike for two copies of it: means and deviations, loudness aside.

    Shape: (33, frames) -> (66,)
    """
    bands = mel.astype(np.float64)
    loud = bands[:, bands.max(axis=0) > bands.min() + 1]
    if not loud.shape[1]:
        return np.zeros(2 * len(bands))
    mean = loud.mean(axis=1)
    return np.concatenate([mean - mean.mean(), loud.std(axis=1)])

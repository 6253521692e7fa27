"""A fingerprint of our own features: how the energy of neighbouring bands changes, at any key and at many tempos.

It survives codecs, loudness, equalisers and cuts; compared at other keys and tempos it survives these, too.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from unisono.inputs.hearing.mel_scale import BankShape, band_centres
from unisono.inputs.mel import Mel

FINGERPRINT = Mel(
    sample_rate=6000, n_fft=2048, hop_length=512, n_mels=64, fmin=200, fmax=2800, scale="db", reference="max",
    duration=120, min_duration=10, precision="float16",
)  # fmt: skip
_BANDS = band_centres(BankShape(6000, 2048, 64, 200, 2800))
_SECONDS = FINGERPRINT.hop_length / FINGERPRINT.sample_rate
_OVERLAP = round(10 / _SECONDS)  # frames that two tracks must have in common
_FINE = 2  # rows a semitone
_ROWS = 33 * _FINE + 1
_LOWEST = 260.0  # Hz; the highest row lies 33 semitones above
_PITCHES = 4 * _FINE  # rows that a version may be higher or lower
_WINDOW = round(40 / _SECONDS)  # frames of a version that are looked for, from its middle
_HALF = 0.005  # of the way from one tempo to the next
_TEMPOS = tuple(round(1 + 0.01 * step, 2) for step in range(-6, 7))

Picture = NDArray[np.float32]
Tokens = NDArray[np.int8]


class Similar(NamedTuple):
    """How alike two tracks sound where they fit best.

    Args:
        agreement: 1 for the same sound, about 0 for two that have nothing in common.
        shift: seconds by which the second comes later.
        semitones: by how many the second is higher.
        tempo: how many times as fast the second is.
    """

    agreement: float
    shift: float
    semitones: float = 0.0
    tempo: float = 1.0


def picture_of(mel: NDArray[np.floating]) -> Picture:
    """Energies at equal steps of pitch, so that another key is the same picture, moved.

    Shape: (64, frames) -> (67, frames), half a semitone a row
    """
    pitches = _LOWEST * 2 ** (np.arange(_ROWS) / (12 * _FINE))
    place = np.interp(pitches, _BANDS, np.arange(len(_BANDS)))
    low, part = np.floor(place).astype(int), (place % 1)[:, None].astype(np.float32)
    bands = mel.astype(np.float32)
    return np.asarray(bands[low] * (1 - part) + bands[low + 1] * part)


def tokens_of(picture: Picture) -> Tokens:
    """Whether the energy difference over a semitone rises, 1, or falls, -1; 0 where nothing sounds.

    After Haitsma and Kalker (2002), over two frames in place of one.

    Shape: (67, frames) -> (65, frames - 2)
    """
    steps = picture[_FINE:] - picture[:-_FINE]
    return np.asarray(np.sign(steps[:, 2:] - steps[:, :-2]), np.int8)


def similar(a: Tokens, b: Tokens) -> Similar:
    """Compare two tracks at every shift that lets them overlap by ten seconds or more.

    Shape: (65, frames), (65, other frames)
    """
    size = scipy.fft.next_fast_len(a.shape[1] + b.shape[1], real=True)
    one, two = (scipy.fft.rfft(x.astype(np.float32), size, axis=1) for x in (a, b))
    agree = scipy.fft.irfft((one * two.conj()).sum(axis=0), size)
    share = _share(agree[None], _both(a, b, size), np.array([a.shape[0]]), _OVERLAP)[0]
    best = int(share.argmax())
    return Similar(float(share[best]), -_lag(best, size) * _SECONDS)


def version(a: Picture, b: Picture) -> Similar:
    """Look for the middle 40 seconds of the second track in the first, up to four semitones and six per cent away.

    Shape: (67, frames), (67, other frames)
    """
    from_, window = _middle(b)
    if window.shape[1] < 2 * _OVERLAP:
        return Similar(-1.0, 0.0)
    searched = _Searched(tokens_of(a), int(window.shape[1] * (_TEMPOS[-1] + _HALF)) + 1)
    best = max(searched.at(window, from_, tempo) for tempo in _TEMPOS)
    return max(best, *(searched.at(window, from_, best.tempo + half) for half in (-_HALF, _HALF)))


def summary_of(picture: Picture, semitones: int = 0) -> NDArray[np.float64]:
    """A short description of a track that is alike for two copies of it: means and deviations, loudness aside.

    Args:
        semitones: described as if it were so much lower, at most four.
    Shape: (67, frames) -> (102,)
    """
    first = _PITCHES + semitones * _FINE
    bands = picture[first : first + _ROWS - 2 * _PITCHES].astype(np.float64)
    loud = bands[:, _sounding(picture)]
    if not loud.shape[1]:
        return np.zeros(2 * len(bands))
    mean = loud.mean(axis=1)
    return np.concatenate([mean - mean.mean(), loud.std(axis=1)])


class _Searched:
    """A track in which windows are looked for, transformed once.

    Args:
        longest: frames of the longest window.
    """

    def __init__(self, tokens: Tokens, longest: int) -> None:
        self._rows = tokens.shape[0]
        frames = scipy.fft.next_fast_len(tokens.shape[1] + longest, real=True)
        self._size = (scipy.fft.next_fast_len(self._rows + _PITCHES), frames)
        self._tokens = scipy.fft.rfft2(tokens.astype(np.float32), self._size)
        self._known = scipy.fft.rfft((tokens != 0).any(axis=0).astype(np.float32), frames)

    def at(self, window: Picture, from_: int, slower: float) -> Similar:
        """The best place and key of a window that is played so many times as slowly."""
        second, frames = tokens_of(_stretched(window, slower)), self._size[1]
        lower = np.arange(-_PITCHES, _PITCHES + 1)
        transformed = scipy.fft.rfft2(second.astype(np.float32), self._size)
        agree = scipy.fft.irfft2(self._tokens * transformed.conj(), self._size)[lower]
        known = scipy.fft.rfft((second != 0).any(axis=0).astype(np.float32), frames)
        both = np.rint(scipy.fft.irfft(self._known * known.conj(), frames))
        share = _share(agree, both, self._rows - np.abs(lower), 2 * _OVERLAP)
        key, place = divmod(int(share.argmax()), frames)
        shift = (from_ - _lag(place, frames)) * _SECONDS
        return Similar(float(share[key, place]), shift, float(lower[-1 - key]) / _FINE, slower)


def _share(
    agree: NDArray[np.floating], both: NDArray[np.floating], rows: NDArray[np.integer], least: int
) -> NDArray[np.floating]:
    """Agreement a token that both tracks have, at each key and shift; -1 where they overlap too little."""
    return np.where(both >= least, agree / np.maximum(both, 1) / rows[:, None], -1.0)


def _both(a: Tokens, b: Tokens, size: int) -> NDArray[np.floating]:
    """How many frames of both tracks sound at once, at each shift."""
    ours, theirs = (scipy.fft.rfft((x != 0).any(axis=0).astype(np.float32), size) for x in (a, b))
    return np.asarray(np.rint(scipy.fft.irfft(ours * theirs.conj(), size)))


def _lag(place: int, size: int) -> int:
    return place - size if place > size // 2 else place


def _middle(picture: Picture) -> tuple[int, Picture]:
    """Where the middle of what sounds begins, and it."""
    loud = np.flatnonzero(_sounding(picture))
    if not len(loud):
        return 0, picture[:, :0]
    start = max(int(loud[0]), (int(loud[0]) + int(loud[-1]) + 1 - _WINDOW) // 2)
    return start, picture[:, start : min(start + _WINDOW, int(loud[-1]) + 1)]


def _sounding(picture: Picture) -> NDArray[np.bool_]:
    return np.asarray(picture.max(axis=0) > picture.min() + 1)


def _stretched(picture: Picture, slower: float) -> Picture:
    place = np.arange(int((picture.shape[1] - 1) * slower)) / slower
    low = place.astype(int)
    part = (place - low).astype(np.float32)
    return np.asarray(picture[:, low] * (1 - part) + picture[:, np.minimum(low + 1, picture.shape[1] - 1)] * part)

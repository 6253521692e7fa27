"""Mel spectra in blocks, so that however long the sound some hundred frames are in memory; and what follows them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Literal

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from unisono.inputs.hearing.mel_scale import Bank
from unisono.inputs.hearing.resampling import Waveform

Mels = NDArray[np.float32]

_QUIETEST = {1: 1e-5, 2: 1e-10}  # amplitude and power of -100 dB
# heard at a time, at most: they and their spectra stay in the processor's cache
_SAMPLES = 1 << 18
_FRAMES = 256


@dataclass(frozen=True)
class Stft:
    """How a waveform is cut into frames.

    Args:
        n_fft: samples of a frame.
        hop_length: samples from one frame to the next.
        centred: half a frame of zeros stands before and after the sound, so that frame t is centred on t * hop_length.
        power: 1 for magnitudes, 2 for their squares.
    """

    n_fft: int
    hop_length: int
    centred: bool = True
    power: Literal[1, 2] = 2

    @property
    def padding(self) -> int:
        """Zeros on each side."""
        return self.n_fft // 2 if self.centred else 0

    def frames(self, samples: int) -> int:
        """How many frames so many samples give."""
        return max(0, 1 + (samples + 2 * self.padding - self.n_fft) // self.hop_length)


def mel_spectrum(waveform: Waveform, stft: Stft, bank: Bank) -> Mels:
    """The mel spectrum of a whole waveform; equal to librosa's with constant padding.

    Shape: (samples,) -> (n_mels, frames), frames = 1 + samples // hop_length when centred
    """
    return mel_spectra(waveform, stft, [bank])[0]


def mel_spectra(waveform: Waveform, stft: Stft, banks: Sequence[Bank]) -> list[Mels]:
    """What several filter banks make of one spectrum, such as the banks of several transpositions.

    Shape: (samples,) -> arrays of (n_mels, frames)
    """
    count = stft.frames(len(waveform))
    mels, at = [np.empty((bank.n_mels, count), np.float32) for bank in banks], 0
    for samples, frames in _framed([waveform], stft):
        for start, strength in _heard(samples, frames, stft):
            for bank, mel in zip(banks, mels, strict=True):
                _apply(bank, strength, mel[:, at + start : at + start + strength.shape[1]])
        at += frames
    return mels


def spectrum(waveform: Waveform, stft: Stft) -> Mels:
    """The spectrum itself.

    Shape: (samples,) -> (1 + n_fft // 2, frames)
    """
    parts = [np.zeros((stft.n_fft // 2 + 1, 0), np.float32)]
    for samples, frames in _framed([waveform], stft):
        parts += [strength.copy() for _, strength in _heard(samples, frames, stft)]
    return np.concatenate(parts, axis=1)


def mel_of_blocks(blocks: Iterable[Waveform], stft: Stft, banks: Sequence[Bank]) -> list[Mels]:
    """What several filter banks make of a sound that comes in blocks and is never in memory as a whole.

    Shape: blocks of (samples,) -> arrays of (n_mels, frames)
    """
    parts: list[list[Mels]] = [[np.zeros((bank.n_mels, 0), np.float32)] for bank in banks]
    for samples, frames in _framed(blocks, stft):
        for _, strength in _heard(samples, frames, stft):
            for bank, mels in zip(banks, parts, strict=True):
                mels.append(np.empty((bank.n_mels, strength.shape[1]), np.float32))
                _apply(bank, strength, mels[-1])
    return [np.concatenate(mels, axis=1) for mels in parts]


def _framed(blocks: Iterable[Waveform], stft: Stft) -> Iterator[tuple[Waveform, int]]:
    """Pieces of the padded sound and how many frames begin in each; little is copied."""
    silence = np.zeros(stft.padding, np.float32)
    rest, hop = silence, stft.hop_length  # the samples from the next frame's start on
    for block in chain(blocks, [silence]):
        # frames that begin in the rest: only as much of the block is copied as they reach into it
        seam = np.concatenate([rest, block[: stft.n_fft]])
        frames = min(-(-len(rest) // hop), _whole_frames(len(seam), stft))
        if frames:
            yield seam, frames
        start = frames * hop - len(rest)
        if start < 0:
            rest = np.concatenate([rest[frames * hop :], block])
            continue
        inside = block[start:]
        frames = _whole_frames(len(inside), stft)
        if frames:
            yield inside, frames
        rest = inside[frames * hop :]


@lru_cache(maxsize=16)
def hann(n_fft: int) -> Waveform:
    """The periodic Hann window."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)).astype(np.float32)


def _whole_frames(samples: int, stft: Stft) -> int:
    return 1 + (samples - stft.n_fft) // stft.hop_length if samples >= stft.n_fft else 0


def _heard(samples: Waveform, frames: int, stft: Stft) -> Iterator[tuple[int, Mels]]:
    """The spectrum of the frames that `samples` begin with, some at a time; each is overwritten by the next."""
    bins, window = stft.n_fft // 2 + 1, hann(stft.n_fft)
    samples = np.ascontiguousarray(samples, np.float32)
    steps = (stft.hop_length * samples.itemsize, samples.itemsize)
    views: Waveform = np.ndarray((frames, stft.n_fft), np.float32, samples, strides=steps)  # no copy, bounds checked
    most = min(max(16, min(_SAMPLES // stft.n_fft, _FRAMES)), frames)
    windowed, flat = np.empty((most, stft.n_fft), np.float32), np.empty(bins * most, np.float32)
    for start in range(0, frames, most):
        count = min(most, frames - start)
        np.multiply(views[start : start + count], window, out=windowed[:count])
        # frames as columns: the bank writes straight into rows of bands, nothing is transposed
        spectrum = scipy.fft.rfft(windowed[:count].T, axis=0)
        heard = np.abs(spectrum, out=flat[: bins * count].reshape(bins, count))
        if stft.power == 2:
            np.square(heard, out=heard)
        yield start, heard


def _apply(bank: Bank, strength: NDArray[np.float32], out: Mels) -> None:
    band = 0
    for first, weights in bank.groups:
        after = band + len(weights)
        np.matmul(weights, strength[first : first + weights.shape[1]], out=out[band:after])
        band = after


def log10(mel: Mels, gain: float) -> Mels:
    """log10(1 + gain * x): silence is 0, loudness is kept."""
    scaled = np.asarray(np.float32(gain) * mel)
    scaled += np.float32(1)  # in place: hours of sound as one excerpt take hundreds of megabytes
    return np.asarray(np.log10(scaled, out=scaled))


def decibels(mel: Mels, power: int, relative: bool, top_db: float | None) -> Mels:
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


def standardised(mel: Mels) -> Mels:
    """Mean 0 and deviation 1 over the whole spectrum; silence becomes 0."""
    centred = mel - mel.mean(dtype=np.float64).astype(np.float32)
    return np.asarray(centred / np.float32(centred.std(dtype=np.float64) + 1e-10))

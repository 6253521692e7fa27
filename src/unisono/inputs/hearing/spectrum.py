"""Mel spectra in blocks: however long the sound, only some hundred frames of it are in memory at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from unisono.inputs.hearing.downmix import Waveform
from unisono.inputs.hearing.mel_scale import Bank

_FRAMES = 128  # frames a block: their samples and spectra stay in the processor's cache


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


def mel_spectrum(waveform: Waveform, stft: Stft, bank: Bank) -> NDArray[np.float32]:
    """The mel spectrum of a whole waveform; equal to librosa's with constant padding.

    Shape: (samples,) -> (n_mels, frames), frames = 1 + samples // hop_length when centred
    """
    parts = list(mel_blocks([waveform], stft, bank))
    return np.concatenate(parts, axis=1) if parts else np.zeros((bank.n_mels, 0), np.float32)


def mel_blocks(blocks: Iterable[Waveform], stft: Stft, bank: Bank) -> Iterator[NDArray[np.float32]]:
    """The mel spectrum of a sound that comes in blocks.

    Shape: blocks of (samples,) -> blocks of (n_mels, frames)
    """
    silence = np.zeros(stft.padding, np.float32)
    rest = silence
    for block in _followed_by(blocks, silence):
        samples = np.concatenate([rest, block])
        frames = 1 + (len(samples) - stft.n_fft) // stft.hop_length if len(samples) >= stft.n_fft else 0
        if frames:
            yield _mel_of(samples, frames, stft, bank)
        rest = samples[frames * stft.hop_length :]


def hann(n_fft: int) -> Waveform:
    """The periodic Hann window."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)).astype(np.float32)


def _mel_of(samples: Waveform, frames: int, stft: Stft, bank: Bank) -> NDArray[np.float32]:
    views = np.lib.stride_tricks.sliding_window_view(samples, stft.n_fft)[:: stft.hop_length]
    window, mel = hann(stft.n_fft), np.empty((bank.n_mels, frames), np.float32)
    space = np.empty((min(_FRAMES, frames), stft.n_fft // 2 + 1), np.float32)
    windowed = np.empty((min(_FRAMES, frames), stft.n_fft), np.float32)
    for start in range(0, frames, _FRAMES):
        count = min(_FRAMES, frames - start)
        np.multiply(views[start : start + count], window, out=windowed[:count])
        spectrum = scipy.fft.rfft(windowed[:count], overwrite_x=True)
        strength = _strength(spectrum, stft.power, space[:count])
        _apply(bank, strength, mel[:, start : start + count])
    return mel


def _strength(spectrum: NDArray[np.complex64], power: int, out: NDArray[np.float32]) -> NDArray[np.float32]:
    parts = spectrum.view(np.float32)
    np.multiply(parts, parts, out=parts)
    np.add(parts[:, 0::2], parts[:, 1::2], out=out)
    return out if power == 2 else np.sqrt(out, out=out)


def _apply(bank: Bank, strength: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    row = 0
    for first, weights in bank.groups:
        heard = strength[:, first : first + weights.shape[1]]
        np.matmul(weights, heard.T, out=out[row : row + len(weights)])
        row += len(weights)


def _followed_by(blocks: Iterable[Waveform], last: Waveform) -> Iterator[Waveform]:
    yield from blocks
    yield last

"""Which parts of a track are heard, and their mel spectra."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from unisono.inputs.hearing.decoding import SoundStream
from unisono.inputs.hearing.downmix import Waveform
from unisono.inputs.hearing.mel_scale import Bank
from unisono.inputs.hearing.resampling import resampled
from unisono.inputs.hearing.spectrum import Mels, Stft, mel_of_blocks, mel_spectrum

Cut = Literal["sound", "spectrum"]


@dataclass(frozen=True)
class Excerpts:
    """Excerpts of one length at equal distances.

    Args:
        duration: seconds of each.
        hop: seconds from one start to the next.
        number: how many at most.
        least: seconds of sound that an excerpt after the first needs.
        cut: "sound" makes each excerpt its own sound, "spectrum" cuts one spectrum of the whole span.
        frames: frames that each is cut to; None keeps what the duration gives.
    """

    duration: float
    hop: float
    number: int
    least: float
    cut: Cut
    frames: int | None

    @property
    def span(self) -> float:
        """Seconds from the first excerpt's start to the last one's end."""
        return (self.number - 1) * self.hop + self.duration

    def width(self, sample_rate: int, stft: Stft) -> int:
        """Frames of an excerpt."""
        return self.frames or stft.frames(round(self.duration * sample_rate))

    def held(self, seconds: float) -> int:
        """How many excerpts so many seconds of sound give; the first one always."""
        later = (seconds - min(self.least, self.duration)) / self.hop
        return max(1, min(self.number, 1 + int(np.floor(later + 1e-9))))

    def mels(self, sound: SoundStream, sample_rate: int, ear: Ear) -> list[Mels]:
        """The excerpts' compressed mel spectra.

        Shape: -> arrays of (n_mels, width)
        """
        blocks = list(resampled(sound.blocks(), sound.sample_rate, sample_rate))
        heard = np.concatenate(blocks) if blocks else np.zeros(0, np.float32)
        held = self.held(len(heard) / sample_rate)
        cut = self._cut_spectrum if self.cut == "spectrum" else self._cut_sound
        return cut(heard, held, sample_rate, ear)

    def _cut_sound(self, heard: Waveform, held: int, sample_rate: int, ear: Ear) -> list[Mels]:
        length = round(self.duration * sample_rate)
        starts = (round(i * self.hop * sample_rate) for i in range(held))
        excerpts = (_padded(heard[start : start + length], length) for start in starts)
        return [ear.compress(mel_spectrum(e, ear.stft, ear.bank))[:, : self.frames] for e in excerpts]

    def _cut_spectrum(self, heard: Waveform, held: int, sample_rate: int, ear: Ear) -> list[Mels]:
        stft, width = ear.stft, self.width(sample_rate, ear.stft)
        hop = round(self.hop * sample_rate / stft.hop_length)
        needed = ((self.number - 1) * hop + width - 1) * stft.hop_length + stft.n_fft - 2 * stft.padding
        span = max(needed, round(self.span * sample_rate))
        mel = ear.compress(mel_spectrum(_padded(heard, span), stft, ear.bank))
        return [np.ascontiguousarray(mel[:, i * hop : i * hop + width]) for i in range(held)]


@dataclass(frozen=True)
class Ear:
    """How a waveform becomes numbers: frames, filter bank, and what is done to the mel spectrum."""

    stft: Stft
    bank: Bank
    compress: Callable[[Mels], Mels]


def mel_of_whole(sound: SoundStream, sample_rate: int, ear: Ear) -> Mels:
    """The compressed mel spectrum of a sound of any length; the waveform is never in memory as a whole.

    Shape: -> (n_mels, frames)
    """
    blocks = resampled(sound.blocks(), sound.sample_rate, sample_rate)
    return ear.compress(mel_of_blocks(blocks, ear.stft, ear.bank))


def _padded(waveform: Waveform, length: int) -> Waveform:
    return np.pad(waveform[:length], (0, max(0, length - len(waveform))))

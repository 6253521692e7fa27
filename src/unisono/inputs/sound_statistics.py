"""Sound statistics: timbre, harmony, loudness and rhythm of a track in a few hundred numbers, for tiny collections."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from unisono.inputs.hearing import BankShape, Stft, mel_bank
from unisono.inputs.hearing.course import RANGES, course
from unisono.inputs.hearing.course import WIDTH as WIDTH_OF_COURSE
from unisono.inputs.hearing.mel_scale import filters
from unisono.inputs.hearing.numbers import APPLIED_LATER, HeardNumbers, Rows
from unisono.inputs.hearing.resampling import Waveform
from unisono.inputs.hearing.rhythm import LEVELS, TEMPI, rhythm
from unisono.inputs.hearing.spectrum import Mels, decibels, spectrum
from unisono.inputs.hearing.timbre import cepstrum, contrast, loudness, pitch_classes, shape
from unisono.parts import Settings

Group = Literal["bands", "mfcc", "chroma", "contrast", "loudness", "shape", "rhythm", "tempo", "course"]
Numbers = NDArray[np.float32]

_VERSION = 1  # of the computation
_TOP_DB = 80.0
_FRAME = 23.2e-3  # seconds between two frames: 512 samples at 22,050 Hz
_RANGES_OF_RHYTHM = 4


class SoundStatistics(HeardNumbers, Settings):
    """One row of numbers a track: means, deviations and more of descriptors of its frames.

    Args:
        groups: which descriptors: `bands` (a mel spectrum in dB), `mfcc`, `chroma`, `contrast`, `loudness`, `shape` (of
            the spectrum), `rhythm` (how much the sound repeats itself at 24 tempi, in four ranges), `tempo`, `course`
            (spectrum and loudness in eight parts of the sound, for single notes; only if asked for).
        sample_rate: in Hz; the sound is mixed to mono and resampled to it.
        n_mels: bands under `bands`, `mfcc`, `rhythm` and `tempo`.
        coefficients: of `mfcc`.
        duration: seconds that are heard; 0 takes the whole track.
    """

    kind: Literal["sound_statistics"] = "sound_statistics"
    groups: tuple[Group, ...] = ("bands", "mfcc", "chroma", "contrast", "loudness", "shape", "rhythm", "tempo")
    sample_rate: int = Field(default=22_050, ge=4_000, le=96_000)
    n_mels: int = Field(default=64, ge=8, le=128)
    coefficients: int = Field(default=20, ge=1, le=128)
    duration: float = Field(default=30.0, ge=0)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if not self.groups or len(set(self.groups)) < len(self.groups):
            raise ValueError("groups must name some descriptors, each once")
        if self.coefficients > self.n_mels:
            raise ValueError(f"{self.coefficients} coefficients need as many bands but n_mels is {self.n_mels}")
        if "course" in self.groups and self.n_mels < RANGES:
            raise ValueError(f"the group course needs {RANGES} bands or more but n_mels is {self.n_mels}")
        mel_bank(self._bank)
        return self

    @property
    def width(self) -> int:
        """Numbers of all groups."""
        octaves = 1 + int(np.ceil(np.log2(self.sample_rate / 2 / 200)))
        width = {
            "bands": 5 * self.n_mels, "mfcc": 3 * self.coefficients, "chroma": 24, "contrast": 2 * octaves,
            "loudness": 6, "shape": 6, "rhythm": _RANGES_OF_RHYTHM * (len(TEMPI) + LEVELS), "tempo": 2,
            "course": WIDTH_OF_COURSE,
        }  # fmt: skip
        return sum(width[group] for group in self.groups)

    @property
    def span(self) -> tuple[int, float | None]:
        """The sample rate, and as long as asked."""
        return self.sample_rate, self.duration or None

    def key(self) -> str:
        """Names what decides the numbers of `read`."""
        fields = self.model_dump(mode="json", exclude=APPLIED_LATER) | {"version": _VERSION}
        return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:32]

    def rows(self, heard: Waveform) -> Rows:
        """The numbers of a sound.

        Shape: (samples,) -> (1, width)
        """
        power = spectrum(heard, self._stft)
        levels = decibels(filters(self._bank) @ power, 2, False, _TOP_DB)
        return np.concatenate([self._group(group, power, levels) for group in self.groups])[None].astype(np.float32)

    def _group(self, group: Group, power: Mels, levels: Mels) -> Numbers:
        rate = self.sample_rate
        made: dict[Group, Callable[[], Numbers]] = {
            "bands": lambda: np.concatenate([_two(levels), _changes(levels), *np.percentile(levels, [10, 90], axis=1)]),
            "mfcc": lambda: _with_changes(cepstrum(levels, self.coefficients)),
            "chroma": lambda: _two(pitch_classes(power, rate)),
            "contrast": lambda: _two(contrast(power, rate)),
            "loudness": lambda: _loudness(loudness(power)),
            "shape": lambda: _two(shape(power, rate)),
            "rhythm": lambda: rhythm(levels, rate / self._stft.hop_length).numbers,
            "course": lambda: course(levels, loudness(power)[0]),
            "tempo": lambda: _tempo(rhythm(levels, rate / self._stft.hop_length).tempo),
        }
        return made[group]()

    @property
    def _stft(self) -> Stft:
        hop = round(self.sample_rate * _FRAME)
        return Stft(2 * hop, hop)

    @property
    def _bank(self) -> BankShape:
        return BankShape(self.sample_rate, self._stft.n_fft, self.n_mels, 0.0, self.sample_rate / 2)


def _two(frames: Numbers) -> Numbers:
    """Mean and deviation of each row."""
    return np.concatenate([frames.mean(axis=1), frames.std(axis=1)])


def _changes(frames: Numbers) -> Numbers:
    """How much each row changes from frame to frame."""
    return np.asarray(np.abs(np.diff(frames, axis=1, prepend=frames[:, :1])).mean(axis=1))


def _with_changes(frames: Numbers) -> Numbers:
    return np.concatenate([_two(frames), np.diff(frames, axis=1, prepend=frames[:, :1]).std(axis=1)])


def _loudness(levels: Numbers) -> Numbers:
    """Mean, deviation, and the levels that 10, 50 and 90 % of the frames stay below; the loudest."""
    return np.array([levels.mean(), levels.std(), *np.percentile(levels, [10, 50, 90]), levels.max()], np.float32)


def _tempo(tempo: float) -> Numbers:
    """As a place between two octaves that is the same at double and half the speed."""
    angle = 2 * np.pi * np.log2(tempo / 60) if tempo else 0.0
    return np.array([np.cos(angle), np.sin(angle)] if tempo else [0.0, 0.0], np.float32)

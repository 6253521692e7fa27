"""Descriptors: MFCC, chroma or spectral contrast of each frame of a track's sound, by librosa."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from unisono.errors import AudioError, TooShort
from unisono.inputs import Batch, Example, Needs, Source
from unisono.inputs.hearing import Limits, Part, open_sound, resampled
from unisono.inputs.hearing.decoding import DAMAGED
from unisono.parts import Settings, need

_VERSION = 1  # of the computation
_CONTRAST = 7  # librosa's six bands and the rest
_CONTRAST_HZ = 12_800  # twice the lower end of its highest band


class Descriptors(Settings):
    """Short descriptors of each frame; the numbers of system 001 (docs/systems) are the defaults.

    Args:
        descriptor: "mfcc" of a mel spectrum in dB, "chroma", or spectral "contrast" (7 numbers).
        coefficients: numbers a frame, of `mfcc` and `chroma`.
        sample_rate: in Hz; the sound is mixed to mono and resampled to it.
        n_fft: samples of a frame.
        hop_length: samples from one frame to the next.
        n_mels: mel bands under `mfcc`.
        duration: seconds from the start that are heard; 0 takes the whole track.
        min_duration: seconds below which a track is refused as too short.
        transposed: chroma and contrast of the spectrogram on its side, as the published code of system 001 did.
        max_seconds: files that are, or claim to be, longer are refused.
    """

    needs: ClassVar[Needs] = "audio"
    costly: ClassVar[bool] = True

    kind: Literal["descriptors"] = "descriptors"
    descriptor: Literal["mfcc", "chroma", "contrast"] = "mfcc"
    coefficients: int = Field(default=12, ge=1, le=128)
    sample_rate: int = Field(default=22_050, ge=4_000, le=384_000)
    n_fft: int = Field(default=1024, ge=16, le=1 << 17)
    hop_length: int = Field(default=512, ge=1)
    n_mels: int = Field(default=128, ge=1, le=1024)
    duration: float = Field(default=30.0, ge=0)
    min_duration: float = Field(default=1.0, gt=0)
    transposed: bool = False
    max_seconds: float = Field(default=4 * 3600.0, gt=0)

    @model_validator(mode="after")
    def _high_enough(self) -> Self:
        if self.descriptor == "contrast" and self.sample_rate <= _CONTRAST_HZ:
            raise ValueError(f"contrast needs a sample_rate above {_CONTRAST_HZ:,} Hz")
        return self

    @property
    def shapes(self) -> dict[str, tuple[int | None, ...]]:
        """One array of descriptors over time; the time varies."""
        return {"frames": (_CONTRAST if self.descriptor == "contrast" else self.coefficients, None)}

    def key(self) -> str:
        """Names what decides the numbers of `read`, librosa's version too."""
        librosa = need("librosa", "descriptors of sound")
        fields = self.model_dump(exclude={"max_seconds"}) | {"version": _VERSION, "librosa": librosa.__version__}
        return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:32]

    def fit(self, tracks: Iterable[Source]) -> Self:
        """Nothing to learn."""
        return self

    def read(self, track: Source) -> list[Example]:
        """One example; an empty list where the track has no sound.

        Shape: {"frames": float32 (numbers, frames)}
        Raises: AudioError when the file is damaged or no sound; TooShort; MissingExtra without librosa.
        """
        examples, damage = self.salvage(track)
        if damage:
            raise AudioError(str(track.audio), damage, DAMAGED)
        return examples

    def salvage(self, track: Source) -> tuple[list[Example], str]:
        """The descriptors of what can be heard, and what is wrong with the file ("" if nothing is)."""
        if track.audio is None:
            return [], ""
        librosa = need("librosa", "descriptors of sound")
        part = Part(0.0, self.duration or None)
        with open_sound(track.audio, part, Limits(seconds=self.max_seconds)) as sound:
            blocks = list(resampled(sound.blocks(), sound.sample_rate, self.sample_rate))
            seconds, damage = sound.samples / sound.sample_rate, sound.damage
        if seconds < self.min_duration:
            found = f"holds {seconds:.2f} s of sound but {self.min_duration:g} s are needed"
            raise TooShort(str(track.audio), found, "Leave it out, or lower min_duration.")
        return [{"frames": self._frames(librosa, np.concatenate(blocks))}], damage

    def collate(self, examples: Sequence[Example | None]) -> Batch:
        """Pad to the longest with zeros.

        Shape: {"frames": float32 (examples, numbers, longest)}
        """
        longest = max((e["frames"].shape[1] for e in examples if e is not None), default=1)
        batch = np.zeros((len(examples), int(self.shapes["frames"][0] or 0), longest), np.float32)
        for row, example in zip(batch, examples, strict=True):
            if example is not None:
                row[:, : example["frames"].shape[1]] = example["frames"]
        return {"frames": batch}

    def _frames(self, librosa: Any, waveform: NDArray[np.float32]) -> NDArray[np.float32]:
        spectrum = np.abs(librosa.stft(waveform, n_fft=self.n_fft, hop_length=self.hop_length))
        rate, number = self.sample_rate, self.coefficients
        if self.descriptor == "mfcc":
            mel = librosa.feature.melspectrogram(S=spectrum, sr=rate, n_mels=self.n_mels)
            found = librosa.feature.mfcc(S=librosa.amplitude_to_db(mel), sr=rate, n_mfcc=number)
        else:
            asked = spectrum.T if self.transposed else spectrum
            if self.descriptor == "chroma":
                tuning = 0.0 if not asked.any() else None  # silence has none to be found
                found = librosa.feature.chroma_stft(S=asked, sr=rate, n_chroma=number, tuning=tuning)
            else:
                found = librosa.feature.spectral_contrast(S=asked, sr=rate)
        return np.ascontiguousarray(found, np.float32)

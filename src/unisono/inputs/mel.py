"""Mel: what a track sounds like, as compressed mel spectra of one or several excerpts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from unisono.errors import AudioError, TooShort, UserError
from unisono.inputs import Batch, Example, Needs, Source
from unisono.inputs.augmenting import Augmentation, copy_name
from unisono.inputs.augmenting.copies import PLAIN, Pitches, check_pitch
from unisono.inputs.augmenting.mel_changes import masked, turned, with_noise
from unisono.inputs.hearing import (
    BankShape,
    Limits,
    MelScale,
    Norm,
    Part,
    Resampler,
    SoundStream,
    Stft,
    mel_bank,
    open_sound,
    resampled,
)  # fmt: skip
from unisono.inputs.hearing.decoding import DAMAGED
from unisono.inputs.hearing.mel_scale import Bank
from unisono.inputs.hearing.resampling import Waveform
from unisono.inputs.hearing.spectrum import Mels, decibels, log10, mel_of_blocks, mel_spectra, standardised
from unisono.parts import Settings

_VERSION = 2  # of the computation: a change of any number it gives makes old cache entries worthless
_APPLIED_LATER = {"normalise", "band_mean", "band_deviation", "max_seconds"}  # do not change what is cached


Cut = Literal["sound", "spectrum"]


@dataclass(frozen=True)
class Ear:
    """How a waveform becomes numbers.

    Args:
        stft: the frames.
        banks: one a transposition; all hear the same spectrum.
        compress: what is done to each mel spectrum.
    """

    stft: Stft
    banks: Sequence[Bank]
    compress: Callable[[Mels], Mels]

    def hear(self, waveform: Waveform) -> list[Mels]:
        """One compressed mel spectrum a bank.

        Shape: (samples,) -> arrays of (n_mels, frames)
        """
        return [self.compress(mel) for mel in mel_spectra(waveform, self.stft, self.banks)]


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

    def mels(self, sound: SoundStream, sample_rate: int, ear: Ear) -> list[list[Mels]]:
        """Of each excerpt the compressed mel spectra, one a bank.

        Shape: -> arrays of (n_mels, width)
        """
        blocks = list(resampled(sound.blocks(), sound.sample_rate, sample_rate))
        heard = np.concatenate(blocks) if blocks else np.zeros(0, np.float32)
        held = self.held(len(heard) / sample_rate)
        cut = self._cut_spectrum if self.cut == "spectrum" else self._cut_sound
        return cut(heard, held, sample_rate, ear)

    def _cut_sound(self, heard: Waveform, held: int, sample_rate: int, ear: Ear) -> list[list[Mels]]:
        length = round(self.duration * sample_rate)
        starts = (round(i * self.hop * sample_rate) for i in range(held))
        excerpts = (_padded(heard[start : start + length], length) for start in starts)
        return [[mel[:, : self.frames] for mel in ear.hear(excerpt)] for excerpt in excerpts]

    def _cut_spectrum(self, heard: Waveform, held: int, sample_rate: int, ear: Ear) -> list[list[Mels]]:
        stft, width = ear.stft, self.width(sample_rate, ear.stft)
        hop = round(self.hop * sample_rate / stft.hop_length)
        needed = ((self.number - 1) * hop + width - 1) * stft.hop_length + stft.n_fft - 2 * stft.padding
        span = max(needed, round(self.span * sample_rate))
        mels = ear.hear(_padded(heard, span))
        return [[np.ascontiguousarray(mel[:, i * hop : i * hop + width]) for mel in mels] for i in range(held)]


def mels_of_whole(sound: SoundStream, sample_rate: int, ear: Ear) -> list[Mels]:
    """The compressed mel spectra of a sound of any length; the waveform is never in memory as a whole.

    Shape: -> arrays of (n_mels, frames)
    """
    blocks = resampled(sound.blocks(), sound.sample_rate, sample_rate)
    return [ear.compress(mel) for mel in mel_of_blocks(blocks, ear.stft, ear.banks)]


def _padded(waveform: Waveform, length: int) -> Waveform:
    if len(waveform) >= length:
        return waveform[:length]
    return np.concatenate([waveform, np.zeros(length - len(waveform), np.float32)])


class Mel(Settings):
    """Mel spectra of excerpts of a track.

    Args:
        sample_rate: in Hz; the sound is mixed to mono and resampled to it.
        n_fft: samples of a frame.
        hop_length: samples from one frame to the next.
        n_mels: bands between `fmin` and `fmax`.
        fmin: lower end in Hz.
        fmax: upper end in Hz; None is half the sample rate.
        mel_scale: Slaney's scale or HTK's.
        norm: "slaney" gives each band the area 1, "none" the height 1.
        power: 1 for magnitudes, 2 for their squares.
        centred: pad half a frame of zeros on each side.
        scale: "log10" is log10(1 + gain * x), "db" decibels, "none" leaves the numbers alone.
        gain: for "log10".
        reference: what is 0 dB: "one" or the excerpt's loudest number, "max".
        top_db: for "db", how far below the loudest anything may lie; 0 for no bound.
        normalise: "track" makes each excerpt's mean 0 and deviation 1, "band" does it per band with the training
            tracks' numbers.
        offset: seconds before the first excerpt.
        duration: seconds of an excerpt, the end padded with silence; 0 takes the whole track as it is.
        min_duration: seconds below which a track is refused as too short.
        excerpts: most excerpts of a track; later ones that hold less than `min_duration` of it are left out.
        hop: seconds from one excerpt's start to the next; None is `duration`.
        cut: "sound" makes every excerpt its own sound, "spectrum" cuts one spectrum of the whole span.
        frames: frames an excerpt is cut to; None keeps what `duration` gives.
        precision: "float16" halves memory and cache for errors of about 0.02 dB.
        resampler: the method, pinned.
        max_seconds: files that are, or claim to be, longer are refused.
        pitch: semitones of the copies that training tracks are learned as; 0 is the sound itself.
        band_mean: learned by `fit` for normalise = "band".
        band_deviation: likewise.
    """

    needs: ClassVar[Needs] = "audio"
    costly: ClassVar[bool] = True

    kind: Literal["mel"] = "mel"
    sample_rate: int = Field(22_050, ge=4_000, le=384_000)
    n_fft: int = Field(2048, ge=16, le=1 << 17, multiple_of=2)
    hop_length: int = Field(1024, ge=1)
    n_mels: int = Field(96, ge=1, le=1024)
    fmin: float = Field(0.0, ge=0)
    fmax: float | None = Field(None, gt=0)
    mel_scale: MelScale = "slaney"
    norm: Norm = "slaney"
    power: Literal[1, 2] = 2
    centred: bool = True
    scale: Literal["log10", "db", "none"] = "log10"
    gain: float = Field(10_000.0, gt=0)
    reference: Literal["one", "max"] = "one"
    top_db: float = Field(80.0, ge=0)
    normalise: Literal["none", "track", "band"] = "none"
    offset: float = Field(0.0, ge=0)
    duration: float = Field(30.0, ge=0)
    min_duration: float = Field(1.0, gt=0)
    excerpts: int = Field(1, ge=1)
    hop: float | None = Field(None, gt=0)
    cut: Cut = "sound"
    frames: int | None = Field(None, ge=1)
    precision: Literal["float32", "float16"] = "float32"
    resampler: Resampler = "soxr_hq"
    max_seconds: float = Field(4 * 3600.0, gt=0)
    pitch: Pitches = PLAIN
    band_mean: tuple[float, ...] = ()
    band_deviation: tuple[float, ...] = ()

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if not self.fmin < self._fmax <= self.sample_rate / 2:
            raise ValueError(f"fmax = {self._fmax:g} Hz must lie above fmin and not above half the sample rate")
        if self.precision == "float16" and self.scale == "none":
            raise ValueError('precision = "float16" cannot hold the numbers of scale = "none"; take "log10" or "db"')
        for semitones in check_pitch(self.pitch):
            mel_bank(self._bank_shape._replace(shift=semitones))
        excerpts = self._excerpts
        if excerpts is None:
            if self.excerpts > 1 or self.frames:
                raise ValueError("duration = 0 takes the whole track as one excerpt of any length: set a duration")
            return self
        held = self._stft.frames(round(excerpts.duration * self.sample_rate))
        if held < max(1, self.frames or 1):
            raise ValueError(f"duration = {self.duration:g} s gives {held} frames but {self.frames or 1} are needed")
        if excerpts.span > self.max_seconds:
            raise ValueError(f"the excerpts span {excerpts.span:,.0f} s but max_seconds is {self.max_seconds:,.0f}")
        return self

    @property
    def shapes(self) -> dict[str, tuple[int | None, ...]]:
        """One array of bands over time; the time varies only when there is no duration."""
        excerpts = self._excerpts
        return {"mel": (self.n_mels, excerpts.width(self.sample_rate, self._stft) if excerpts else None)}

    def key(self) -> str:
        """Names what decides the numbers of `read`; what is applied in `collate` is left out."""
        later = _APPLIED_LATER | ({"pitch"} if self.pitch == PLAIN else set())
        fields = self.model_dump(exclude=later) | {"track": self.normalise == "track", "version": _VERSION}
        return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:32]

    @property
    def learns_from_examples(self) -> bool:
        """Whether `fit` has anything to learn."""
        return self.normalise == "band"

    def fit(self, tracks: Iterable[Source]) -> Self:
        """Learn each band's mean and deviation where they are asked for; tracks that cannot be read are left out."""
        return self.fit_examples(_readable(self, tracks))

    def fit_examples(self, tracks: Iterable[Sequence[Example]]) -> Self:
        """Like `fit`, from what `read` gave for each training track.

        Raises: AudioError when no track has anything to learn from.
        """
        plain = self.model_copy(update={"pitch": PLAIN})  # copies are for training alone
        if not self.learns_from_examples:
            return plain
        count, total, squares = 0, np.zeros(self.n_mels), np.zeros(self.n_mels)
        for mel in (example["mel"].astype(np.float64) for track in tracks for example in track):
            count, total, squares = count + mel.shape[1], total + mel.sum(axis=1), squares + (mel**2).sum(axis=1)
        if not count:
            raise AudioError("inputs", "no training track can be heard but band means need some", "Check the paths.")
        mean = total / count
        deviation = np.sqrt(np.maximum(squares / count - mean**2, 0)) + 1e-6
        return plain.model_copy(update={"band_mean": tuple(mean.tolist()), "band_deviation": tuple(deviation.tolist())})

    def read(self, track: Source) -> list[Example]:
        """The track's excerpts, with the copies of each beside it; an empty list where it has no sound.

        Shape: {"mel": (n_mels, frames)}
        Raises: AudioError when the file is damaged or no sound; TooShort.
        """
        examples, damage = self.salvage(track)
        if damage:
            raise AudioError(str(track.audio), damage, DAMAGED)
        return examples

    def salvage(self, track: Source) -> tuple[list[Example], str]:
        """The excerpts of what can be heard, and what is wrong with the file ("" if nothing is).

        Raises: AudioError when nothing can be heard; TooShort.
        """
        if track.audio is None:
            return [], ""
        excerpts, limits = self._excerpts, Limits(seconds=self.max_seconds)
        part = Part(self.offset, excerpts.span if excerpts else None)
        banks = [mel_bank(self._bank_shape._replace(shift=semitones)) for semitones in self.pitch]
        ear = Ear(self._stft, banks, self._compressed)
        with open_sound(track.audio, part, limits) as sound:
            if excerpts is None:
                heard = [mels_of_whole(sound, self.sample_rate, ear)]
            else:
                heard = excerpts.mels(sound, self.sample_rate, ear)
            self._check_length(str(track.audio), sound.samples / sound.sample_rate, sound.damage)
        names = [copy_name("mel", semitones) if semitones else "mel" for semitones in self.pitch]
        examples = [
            dict(zip(names, (m.astype(self.precision, copy=False) for m in mels), strict=True)) for mels in heard
        ]
        return examples, sound.damage

    def unfit_for(self, how: Augmentation) -> str:
        """Why its examples cannot be changed so, in words; "" when they can."""
        if self.normalise == "track" and (how.gain_db or how.noise_db is not None):
            return 'gain and noise cannot be told from its numbers: normalise = "track" has taken the loudness away'
        if self.scale == "db" and self.reference == "max" and how.gain_db:
            return 'gain changes nothing: reference = "max" has taken the loudness away'
        return ""

    def augmented(self, example: Example, how: Augmentation, rng: np.random.Generator) -> Example:
        """An example changed by what is drawn: gain, noise, time shift, masks, in this order."""
        mel = example["mel"].astype(np.float32)
        if how.gain_db or how.noise_db is not None:
            power = self._power(mel) * np.float32(10 ** (rng.uniform(-how.gain_db, how.gain_db) / 10))
            if how.noise_db is not None:
                power = with_noise(power, rng.uniform(*how.noise_db), self._bank_shape, rng)
            mel = self._scaled(np.sqrt(power) if self.power == 1 else power)
        if how.time_shift:
            most = round(how.time_shift * self.sample_rate / self.hop_length)
            mel = turned(mel, int(rng.integers(-most, most + 1)))
        return {"mel": masked(mel, how, rng)}

    def collate(self, examples: Sequence[Example | None]) -> Batch:
        """Stack excerpts; shorter ones, where there is no duration, end with their quietest number.

        Shape: {"mel": float32 (examples, n_mels, frames)}
        """
        longest = max((e["mel"].shape[1] for e in examples if e is not None), default=1)
        batch = np.zeros((len(examples), self.n_mels, self.shapes["mel"][1] or longest), np.float32)
        for row, example in zip(batch, examples, strict=True):
            if example is not None:
                mel = example["mel"]
                row[:, : mel.shape[1]] = mel
                row[:, mel.shape[1] :] = mel.min()
                self._normalise_bands(row)
        return {"mel": batch}

    @property
    def _fmax(self) -> float:
        return self.sample_rate / 2 if self.fmax is None else self.fmax

    @property
    def _bank_shape(self) -> BankShape:
        return BankShape(self.sample_rate, self.n_fft, self.n_mels, self.fmin, self._fmax, self.mel_scale, self.norm)

    @property
    def _stft(self) -> Stft:
        return Stft(self.n_fft, self.hop_length, self.centred, self.power)

    @property
    def _excerpts(self) -> Excerpts | None:
        if not self.duration:
            return None
        hop = self.duration if self.hop is None else self.hop
        return Excerpts(self.duration, hop, self.excerpts, self.min_duration, self.cut, self.frames)

    def _compressed(self, mel: Mels) -> Mels:
        scaled = self._scaled(mel)
        return standardised(scaled) if self.normalise == "track" else scaled

    def _scaled(self, mel: Mels) -> Mels:
        if self.scale == "log10":
            return log10(mel, self.gain)
        if self.scale == "db":
            return decibels(mel, self.power, self.reference == "max", self.top_db or None)
        return mel

    def _power(self, scaled: Mels) -> Mels:
        """Squared magnitudes, as they were before they were scaled."""
        if self.scale == "db":
            return np.asarray(10 ** (scaled / 10))
        mel = (10**scaled - 1) / np.float32(self.gain) if self.scale == "log10" else scaled
        return np.asarray(mel**2 if self.power == 1 else mel)

    def _normalise_bands(self, mel: Mels) -> None:
        if self.normalise != "band":
            return
        if not self.band_mean:
            raise ValueError('normalise = "band" is learned: call fit first')
        mel -= np.array(self.band_mean, np.float32)[:, None]
        mel /= np.array(self.band_deviation, np.float32)[:, None]

    def _check_length(self, where: str, seconds: float, damage: str) -> None:
        if seconds >= self.min_duration:
            return
        if damage:
            raise AudioError(where, damage, DAMAGED)
        after = f" after its first {self.offset:g} s" if self.offset else ""
        found = f"holds {seconds:.2f} s of sound{after} but {self.min_duration:g} s are needed"
        raise TooShort(where, found, "Leave it out, or lower min_duration.")


def _readable(mel: Mel, tracks: Iterable[Source]) -> Iterator[Sequence[Example]]:
    for track in tracks:
        with suppress(UserError):  # named where the tracks are read to be used
            yield mel.read(track)

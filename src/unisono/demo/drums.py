"""A drum kit per artist, and patterns played on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from unisono.demo.genres import Genre
from unisono.demo.sounds import SAMPLE_RATE, Sound, decay, place, play, wavetable

STEPS = 16  # of one bar


@dataclass(frozen=True)
class Kit:
    """One-shot sounds, each with a peak of about 1."""

    kick: Sound
    snare: Sound
    hat: Sound
    open_hat: Sound


@dataclass(frozen=True)
class Grid:
    """Where the steps of a track lie.

    Args:
        starts: first sample of every step.
        step: length of one step in samples.
    """

    starts: NDArray[np.int_]
    step: float

    @classmethod
    def of(cls, tempo: float, swing: float, samples: int) -> Grid:
        """As many whole bars as the samples need."""
        step = 60 / tempo / 4 * SAMPLE_RATE
        count = int(np.ceil(samples / (step * STEPS))) * STEPS
        late = np.where(np.arange(count) % 2 == 1, swing, 0.0)
        return cls(np.round((np.arange(count) + late) * step).astype(int), step)

    @property
    def bar(self) -> float:
        """Length of one bar in samples."""
        return self.step * STEPS


def build_kit(genre: Genre, rng: Generator) -> Kit:
    """An artist's drums: the genre's, but sizes, tunings and colours are the artist's own."""

    def near(value: float) -> float:
        return value * float(rng.uniform(0.87, 1.15))

    return Kit(
        _kick(near(genre.kick_hz), near(genre.kick_seconds), click=rng.uniform(0.05, 0.4)),
        _snare(near(genre.snare_hz), near(0.085), min(near(genre.rattle), 1), rng),
        _hat(near(0.022), near(genre.hat_hz), rng),
        _hat(near(0.11), near(genre.hat_hz), rng),
    )


def play_drums(genre: Genre, kit: Kit, grid: Grid, energy: float, rng: Generator) -> Sound:
    """The genre's patterns; energetic tracks play more of the notes, open hats and rolls."""
    out = np.zeros(int(grid.starts[-1] + grid.step) + 1, np.float32)
    for pattern, sound, level in (
        (genre.kick, kit.kick, 1.0),
        (genre.snare, kit.snare, 0.6),
        (genre.hat, kit.hat, 0.12 + 0.25 * energy),
    ):
        hits = levels(pattern, len(grid.starts), energy, rng)
        struck = np.flatnonzero(hits)
        place(out, sound, grid.starts[struck], level * hits[struck])
    if energy > rng.uniform(0.35, 0.7):
        offbeats = grid.starts[2::4]
        place(out, kit.open_hat, offbeats, np.full(len(offbeats), 0.35 * energy))
    if energy > rng.uniform(0.6, 0.85):
        roll = grid.starts[np.arange(len(grid.starts)) % (4 * STEPS) >= 4 * STEPS - 4]
        place(out, kit.snare, roll, np.linspace(0.2, 0.5, len(roll)))
    return out


def levels(pattern: str, steps: int, energy: float, rng: Generator) -> Sound:
    """How loud each step is struck, with the unevenness of a hand.

    Args:
        pattern: one bar; see `genres`.
        steps: of the whole track; the pattern repeats.
    """
    loud = {"x": 1.0, "o": 0.55, "+": 0.7, ".": 0.0}
    bar = np.array([loud[mark] for mark in pattern])
    optional = np.array([mark == "+" for mark in pattern])
    hits = np.resize(bar, steps) * rng.uniform(0.85, 1.0, steps)
    hits[np.resize(optional, steps) & (rng.random(steps) > 1.6 * energy - 0.4)] = 0
    return hits.astype(np.float32)


def _kick(bottom: float, seconds: float, click: float) -> Sound:
    samples = int(min(4 * seconds, 0.5) * SAMPLE_RATE)
    sweep = bottom * (1 + 4 * decay(samples, 0.018))
    body = play(wavetable([1, 0.25, 0.05]), sweep) * decay(samples, seconds)
    body[:150] += click * np.random.default_rng(0).standard_normal(150).astype(np.float32) * decay(150, 0.002)
    return _peak(body)


def _snare(pitch: float, seconds: float, rattle: float, rng: Generator) -> Sound:
    samples = int(5 * seconds * SAMPLE_RATE)
    hiss = rng.standard_normal(samples, dtype=np.float32)
    hiss[1:] -= 0.5 * hiss[:-1]
    drum = play(wavetable([1, 0.4, 0.3]), pitch, samples) * decay(samples, seconds / 2)
    return _peak(rattle * hiss * decay(samples, seconds) + (1 - rattle) * drum)


def _hat(seconds: float, lowest: float, rng: Generator) -> Sound:
    samples = int(6 * seconds * SAMPLE_RATE)
    spectrum = np.fft.rfft(rng.standard_normal(samples))
    spectrum[np.fft.rfftfreq(samples, 1 / SAMPLE_RATE) < lowest] = 0
    return _peak(np.fft.irfft(spectrum, samples).astype(np.float32) * decay(samples, seconds))


def _peak(sound: Sound) -> Sound:
    loudest: Sound = sound / np.abs(sound).max()
    return loudest

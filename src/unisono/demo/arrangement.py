"""Plays a planned track: drums, bass, chords, melody and voice, mixed as loud and bright as its energy says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from unisono.demo.drums import STEPS, Grid, Kit, build_kit, levels, play_drums
from unisono.demo.plan import Artist, Plan
from unisono.demo.sounds import SAMPLE_RATE, Sound, decay, place, play, wavetable

_MAJOR, _MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)  # semitones above the root
_PROGRESSIONS = ((0, 5, 3, 4), (0, 3, 0, 4), (0, 4, 5, 3), (0, 0, 5, 6), (0, 2, 5, 4))  # steps of the scale
_INTRO_SECONDS = 4.0  # about: whole bars, and a third of a short track


@dataclass(frozen=True)
class _Band:
    """What an artist takes to every track.

    Args:
        root: the artist's key, semitones above A.
        tilt_db: how much brighter than others the artist mixes, dB an octave.
    """

    kit: Kit
    bass: Sound
    pad: Sound
    lead: Sound
    vowels: tuple[Sound, Sound]
    voice: float
    root: int
    tilt_db: float


def play_track(plan: Plan, seconds: float) -> Sound:
    """The whole track.

    Shape: (samples,), samples = round(seconds * 22050)
    """
    samples = round(seconds * SAMPLE_RATE)
    rng = np.random.default_rng(plan.seed)
    band = _band_of(plan.artist)
    grid = Grid.of(plan.tempo, plan.artist.genre.swing, samples)
    scale = band.root + np.array(_MAJOR if plan.major else _MINOR)
    degrees = np.array(_PROGRESSIONS[rng.integers(len(_PROGRESSIONS))])
    drums = play_drums(plan.artist.genre, band.kit, grid, plan.energy, rng)
    bass = _play_bass(plan, band, grid, scale, degrees, rng)
    chords = _play_chords(band, grid, scale, degrees)
    lead = _play_lead(plan.energy, band, grid, scale, rng)
    voice = _play_voice(band, grid, scale, rng) if plan.lyrics else np.zeros_like(drums)
    start = _intro_samples(grid, samples)
    drums, bass, chords, lead, voice = (x[:samples].copy() for x in (drums, bass, chords, lead, voice))
    _begin(plan.intro, start, drums, (bass, lead), voice)
    tune = 0.5 * bass + 0.3 * chords + (0.08 + 0.2 * plan.energy) * lead
    if plan.intro == "aca-in":
        tune[:start] = 0
    mixed = 1.3 * drums + tune + 0.33 * voice
    return _master(mixed, plan, band, start, rng)


def key_of(artist: Artist) -> int:
    """The key that an artist's tracks are in, in semitones above A."""
    return _band_of(artist).root


def _band_of(artist: Artist) -> _Band:
    """The artist's instruments for a genre, drawn from the artist's seed."""
    rng = np.random.default_rng(artist.seed)
    return _Band(
        kit=build_kit(artist.genre, rng),
        bass=wavetable(_harmonics(12, rng.uniform(1.2, 2.2), rng)),
        pad=wavetable(_harmonics(16, artist.genre.slope + rng.uniform(0.1, 0.4), rng)),
        lead=wavetable(_harmonics(20, artist.genre.slope + rng.uniform(-0.15, 0.15), rng)),
        vowels=(wavetable(_vowel(rng)), wavetable(_vowel(rng))),
        voice=float(rng.uniform(110, 290)),
        root=int(rng.integers(-5, 6)),
        tilt_db=float(rng.normal(0, 0.5)),
    )


def _harmonics(count: int, slope: float, rng: Generator) -> NDArray[np.float64]:
    amplitudes = np.arange(1, count + 1) ** -slope * rng.uniform(0.2, 1, count)
    amplitudes[1::2] *= rng.uniform(0, 1)  # from hollow (odd ones only) to full
    return amplitudes


def _vowel(rng: Generator) -> NDArray[np.float64]:
    """Harmonics of a voice around 200 Hz with two formants."""
    frequency = 200 * np.arange(1, 21)
    formants = rng.uniform(300, 900), rng.uniform(1000, 2600)
    low, high = (np.exp(-0.5 * ((frequency - f) / 180) ** 2) for f in formants)
    vowel: NDArray[np.float64] = (low + high + 0.05) * np.arange(1, 21) ** -0.6
    return vowel


def _hertz(semitones: float, octave: int) -> float:
    return float(27.5 * 2 ** (octave + semitones / 12))


def _play_bass(
    plan: Plan, band: _Band, grid: Grid, scale: NDArray[np.int_], degrees: NDArray[np.int_], rng: Generator
) -> Sound:
    genre = plan.artist.genre
    out = np.zeros(int(grid.starts[-1] + grid.step) + 1, np.float32)
    hits = levels(genre.bass, len(grid.starts), plan.energy, rng)
    length = int(grid.step * (1.6 if genre.bass_octave else 3.5))
    for number, degree in enumerate(degrees):
        of_chord = (np.arange(len(hits)) // STEPS) % len(degrees) == number
        struck = np.flatnonzero((hits > 0) & of_chord)
        note = play(band.bass, _hertz(scale[degree % 7] + 3, genre.bass_octave), length)
        place(out, note * decay(length, length / SAMPLE_RATE / 2), grid.starts[struck], hits[struck])
    return out


def _play_chords(band: _Band, grid: Grid, scale: NDArray[np.int_], degrees: NDArray[np.int_]) -> Sound:
    """One triad a bar, held."""
    out = np.zeros(int(grid.starts[-1] + grid.step) + 1, np.float32)
    bars = grid.starts[::STEPS]
    length = int(grid.bar)
    swell: Sound = decay(length, 1.5) * np.minimum(1, np.arange(length) / 2000).astype(np.float32)
    for number, degree in enumerate(degrees):
        steps = [degree, degree + 2, degree + 4]
        notes = [play(band.pad, _hertz(scale[s % 7] + 12 * (s // 7), 3), length) for s in steps]
        mine = bars[number :: len(degrees)]
        triad: Sound = swell * (notes[0] + notes[1] + notes[2])
        place(out, triad, mine, np.full(len(mine), 1 / 3))
    return out


def _play_lead(energy: float, band: _Band, grid: Grid, scale: NDArray[np.int_], rng: Generator) -> Sound:
    """A riff of one bar, repeated; energetic tracks play it denser."""
    out = np.zeros(int(grid.starts[-1] + grid.step) + 1, np.float32)
    played = rng.random(STEPS) < 0.12 + 0.45 * energy
    riff = rng.integers(0, 10, STEPS)
    length = int(grid.step * 1.8)
    for step in np.flatnonzero(played):
        note = play(band.lead, _hertz(scale[riff[step] % 7] + 12 * (riff[step] // 7), 4), length)
        starts = grid.starts[step::STEPS]
        place(out, note * decay(length, 0.12), starts, np.ones(len(starts)))
    return out


def _play_voice(band: _Band, grid: Grid, scale: NDArray[np.int_], rng: Generator) -> Sound:
    """Syllables on eighth notes with vibrato and gliding pitch, between two vowels."""
    samples = int(grid.starts[-1] + grid.step) + 1
    eighths = grid.starts[::2]
    register = 12 * np.log2(band.voice / 27.5)
    choices = scale + 12 * np.round((register - scale) / 12)
    walk = np.cumsum(rng.integers(-2, 3, len(eighths)))
    pitch = choices[np.abs(walk) % 7]
    sung = rng.random(len(eighths)) < 0.75
    time = np.arange(samples)
    semitones = np.interp(time, eighths + 0.3 * grid.step, pitch)
    vibrato = 0.25 * np.sin(2 * np.pi * 5.5 / SAMPLE_RATE * time)
    frequency = 27.5 * 2 ** ((semitones + vibrato) / 12)
    vowel = np.interp(time, eighths, rng.random(len(eighths))).astype(np.float32)
    loud = np.interp(time, np.sort(np.r_[eighths, eighths + int(1.5 * grid.step)]), np.repeat(sung, 2).astype(float))
    one, two = (play(table, frequency) for table in band.vowels)
    voice: Sound = (vowel * one + (1 - vowel) * two) * loud.astype(np.float32)
    return voice


def _intro_samples(grid: Grid, samples: int) -> int:
    wanted = min(_INTRO_SECONDS * SAMPLE_RATE, samples / 3)
    return min(round(max(1, round(wanted / grid.bar)) * grid.bar), samples // 2)


def _begin(intro: str, start: int, drums: Sound, tune: tuple[Sound, ...], voice: Sound) -> None:
    """Silence what waits until the intro is over, in place. Chords go on under a swelling or sung one."""
    waiting = {
        "no intro": (),
        "drum-in": (*tune, voice),
        "aca-in": (drums, *tune),
        "fade-in": (drums, *tune, voice),
    }[intro]
    for part in waiting:
        part[:start] = 0


def _master(mixed: Sound, plan: Plan, band: _Band, start: int, rng: Generator) -> Sound:
    """Tone colour by energy, artist and year; then loudness by energy, softly limited below 1."""
    if plan.intro == "fade-in":
        mixed[:start] *= np.linspace(0.02, 1, start, dtype=np.float32) ** 2
    hiss = 10 ** (-(32 + 0.8 * np.clip(plan.year - 1983, 0, 40)) / 20)
    mixed = mixed / _rms(mixed) + hiss * rng.standard_normal(len(mixed), dtype=np.float32)
    frequency = np.fft.rfftfreq(len(mixed), 1 / SAMPLE_RATE)
    octaves = np.log2(np.maximum(frequency, 40) / 700)
    tilt_db = octaves * (-1.8 + 2.2 * plan.energy + band.tilt_db + rng.normal(0, 0.4))
    highest = 3200 + 200 * np.clip(plan.year - 1983, 0, 40)  # old recordings end earlier
    tilt_db -= 24 * np.maximum(0, np.log2(np.maximum(frequency, 1) / highest))
    bright = np.fft.irfft(np.fft.rfft(mixed) * 10 ** (tilt_db / 20), len(mixed))
    loudness_db = -22 + 10 * plan.energy + rng.normal(0, 1)
    driven = bright * (10 ** (loudness_db / 20) / _rms(bright))
    return (0.98 * np.tanh(driven)).astype(np.float32)


def _rms(sound: NDArray[np.floating]) -> float:
    return float(np.sqrt(np.mean(sound**2)))

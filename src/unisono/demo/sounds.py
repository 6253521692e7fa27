"""Sounds from formulas: tones, chords, clicks and noise, and the wavetables that the demo's instruments play."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import ArrayLike, NDArray

SAMPLE_RATE = 22050
_TABLE = 8192  # samples of one period: nearest-sample reading is then 72 dB below the tone

Sound = NDArray[np.float32]


def tone(frequency: float, seconds: float, level: float = 0.5, sample_rate: int = SAMPLE_RATE) -> Sound:
    """A sine.

    Args:
        frequency: in Hz.
        level: its peak.
    Shape: (samples,), samples = round(seconds * sample_rate)
    Example:
        >>> tone(440, 0.5).shape
        (11025,)
    """
    time = np.arange(round(seconds * sample_rate)) / sample_rate
    return (level * np.sin(2 * np.pi * frequency * time)).astype(np.float32)


def chord(frequencies: Sequence[float], seconds: float, level: float = 0.5, sample_rate: int = SAMPLE_RATE) -> Sound:
    """Sines together; their peaks add up to `level`.

    Example:
        >>> float(abs(chord([220, 275, 330], 1)).max()) <= 0.5
        True
    """
    share = level / len(frequencies)
    together: Sound = np.sum([tone(f, seconds, share, sample_rate) for f in frequencies], axis=0, dtype=np.float32)
    return together


def noise(seconds: float, level: float = 0.1, seed: int = 0, sample_rate: int = SAMPLE_RATE) -> Sound:
    """White noise.

    Args:
        level: its root mean square.
    """
    drawn = np.random.default_rng(seed).standard_normal(round(seconds * sample_rate))
    return (level * drawn).astype(np.float32)


def clicks(tempo: float, seconds: float, level: float = 0.8, sample_rate: int = SAMPLE_RATE) -> Sound:
    """A click of 5 ms on every beat, the first at the start.

    Args:
        tempo: beats a minute.
    """
    out = np.zeros(round(seconds * sample_rate), np.float32)
    click = tone(1000, 0.005, level, sample_rate)
    starts = np.arange(0, seconds, 60 / tempo) * sample_rate
    place(out, click, starts.round().astype(int), np.ones(len(starts)))
    return out


def save(path: Path, waveform: Sound, sample_rate: int = SAMPLE_RATE, tags: Mapping[str, str] | None = None) -> None:
    """Write 16-bit sound; the suffix says which format.

    Args:
        waveform: sound in [-1, 1], mono or (samples, channels).
        tags: text for the file's own tags, such as artist and title.
    """
    channels = 1 if waveform.ndim == 1 else waveform.shape[1]
    with soundfile.SoundFile(path, "w", sample_rate, channels, "PCM_16") as file:
        for name, text in (tags or {}).items():
            setattr(file, name, text)
        file.write(waveform)


def wavetable(harmonics: ArrayLike) -> Sound:
    """One period of a sound, from the amplitudes of its harmonics, with a root mean square of 1.

    Shape: (harmonics,) -> (8192,)
    """
    spectrum = np.zeros(_TABLE // 2 + 1, complex)
    amplitudes = np.asarray(harmonics, float)
    turn = np.exp(2j * np.pi * np.arange(len(amplitudes)) ** 2 / len(amplitudes))  # spread phases: a low peak
    spectrum[1 : len(amplitudes) + 1] = amplitudes * turn
    period: NDArray[np.float64] = np.fft.irfft(spectrum)
    loudness = float(np.sqrt(np.mean(period**2)))
    return (period / loudness).astype(np.float32)


def play(table: Sound, frequency: ArrayLike, samples: int | None = None) -> Sound:
    """A wavetable at a frequency that may change from sample to sample.

    Args:
        frequency: in Hz, one number (then with `samples`) or one a sample.
    """
    if samples is None:
        phase = np.cumsum(np.asarray(frequency, float))
    else:
        phase = np.arange(samples) * float(np.asarray(frequency))
    position = (phase * (len(table) / SAMPLE_RATE)).astype(np.int64) % len(table)
    sound: Sound = table[position]
    return sound


def decay(samples: int, seconds: float) -> Sound:
    """An exponential fall to a third every `seconds`, ending in silence."""
    fall = np.exp(-np.arange(samples) / (seconds * SAMPLE_RATE))
    fall *= np.minimum(1, np.arange(samples, 0, -1) / min(samples, 200))
    return fall.astype(np.float32)


def place(out: Sound, sound: Sound, starts: NDArray[np.int_], levels: ArrayLike) -> None:
    """Add a sound at some places, in place; what reaches past the end is cut."""
    for start, level in zip(starts, np.asarray(levels, np.float32), strict=True):
        end = min(start + len(sound), len(out))
        if start < end:
            out[start:end] += level * sound[: end - start]

"""A singing voice: espeak-ng speaks each word on one pitch, and the words are laid on the notes of a melody."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.random import Generator

from unisono.demo import SAMPLE_RATE
from unisono.demo.sounds import Sound

PROGRAM = "espeak-ng"
ABSENT = f"{PROGRAM} is not installed: on Debian and Ubuntu it is the package espeak-ng"
_HEADER = 44  # bytes before the samples that it writes
_PITCHES = (40, 60, 80, 99)  # points of its scale of pitch
_REACH = 4.0  # semitones that a melody goes above and below the singer's middle


@dataclass(frozen=True)
class Singer:
    """Whose voice it is.

    Args:
        voice: espeak-ng's language and variant, such as "de+f2".
        speed: in its words a minute: slow stretches the vowels.
        middle: of the range, in Hz.
        vibrato: how far the pitch swings, in semitones.
        swing: how often a second.
    """

    voice: str
    speed: int
    middle: float
    vibrato: float
    swing: float


def there() -> bool:
    """Whether the program is installed."""
    return shutil.which(PROGRAM) is not None


def sing(
    singer: Singer, lines: Iterator[list[str]], scale: Sequence[int], beat: float, samples: int, rng: Generator
) -> Sound:
    """Lines one after another, each word on a half beat, a beat's rest between lines, until the time is over.

    Args:
        lines: never ending.
        scale: semitones above A that the melody may use, of one octave.
        beat: seconds.
    Shape: (samples,), silent where nobody sings
    """
    out = np.zeros(samples, np.float32)
    half, notes = beat / 2 * SAMPLE_RATE, _notes(singer, scale)
    at, note = 1, len(notes) // 2
    for line in lines:
        for word in line:
            note = int(np.clip(note + rng.integers(-2, 3), 0, len(notes) - 1))
            sound = sung_word(singer, word, notes[note], rng)
            start = round(at * half)
            if start + len(sound) > len(out):
                return out
            out[start : start + len(sound)] += sound
            at += max(1, int(np.ceil(len(sound) / half)))
        at += 2
    return out


def sung_word(singer: Singer, word: str, frequency: float, rng: Generator) -> Sound:
    """One word on one note with vibrato, trimmed, with a root mean square of 1."""
    known = pitches(singer.voice)
    asked = float(np.interp(np.log(frequency), np.log(known), _PITCHES))
    sound = spoken(singer.voice, singer.speed, round(asked), word)
    ratio = frequency / float(np.exp(np.interp(round(asked), _PITCHES, np.log(known))))
    time = np.arange(int(len(sound) / ratio)) / SAMPLE_RATE
    swings = np.sin(2 * np.pi * (singer.swing * time + rng.random()))
    position = np.cumsum(ratio * 2 ** (singer.vibrato * swings / 12))
    bent = np.interp(position, np.arange(len(sound)), sound).astype(np.float32)
    level: Sound = bent / np.sqrt(np.mean(bent**2) + 1e-12)
    return level


@lru_cache(maxsize=4096)
def spoken(voice: str, speed: int, pitch: int, word: str) -> Sound:
    """What espeak-ng says, without melody and without the silence around it.

    Raises: RuntimeError with what the program says.
    """
    text = f'<speak><prosody range="0">{word}</prosody></speak>'
    command = [PROGRAM, "-v", voice, "-s", str(speed), "-p", str(pitch), "-m", "--stdout", text]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    if done.returncode or len(done.stdout) <= _HEADER:
        raise RuntimeError(f"{PROGRAM} {voice}: {done.stderr.decode(errors='replace').strip() or 'no sound'}")
    sound = np.frombuffer(done.stdout[_HEADER:], "<i2").astype(np.float32) / 32768
    loud = np.flatnonzero(np.abs(sound) > 0.01 * np.abs(sound).max())
    return sound[loud[0] : loud[-1] + 1]


@lru_cache
def pitches(voice: str) -> tuple[float, ...]:
    """Hz of a voice at some points of espeak-ng's scale: each voice has its own."""
    return tuple(float(np.median(pitch_of(spoken(voice, 80, p, "lala")))) for p in _PITCHES)


def pitch_of(sound: Sound) -> Sound:
    """Hz of each voiced frame of 40 ms, by autocorrelation."""
    frame, found = round(0.04 * SAMPLE_RATE), []
    least, most = SAMPLE_RATE // 500, SAMPLE_RATE // 62
    loud = 0.1 * float(np.abs(sound).max(initial=0))
    for start in range(0, len(sound) - frame, frame):
        part = sound[start : start + frame] - sound[start : start + frame].mean()
        if np.sqrt(np.mean(part**2)) < loud:
            continue
        power = np.abs(np.fft.rfft(part, 2 * frame)) ** 2
        alike = np.fft.irfft(power)[:most] / (np.arange(frame, frame - most, -1) / frame)  # fewer samples far apart
        best = least + int(alike[least:].argmax())
        if alike[best] > 0.7 * alike[0]:
            found.append(SAMPLE_RATE / _first(alike, best, least))
    return np.array(found, np.float32)


def _first(alike: Sound, best: int, least: int) -> int:
    """The shortest period that is nearly as good as the best: not two or three periods."""
    for part in (3, 2):
        near = round(best / part)
        if near > least + 2:
            peak = near - 2 + int(alike[near - 2 : near + 3].argmax())
            if alike[peak] > 0.9 * alike[best]:
                return peak
    return best


def _notes(singer: Singer, scale: Sequence[int]) -> list[float]:
    """The notes of a scale within reach, low to high, in Hz."""
    every = sorted(27.5 * 2 ** (octave + semitone / 12) for octave in range(-1, 7) for semitone in scale)
    return [f for f in every if abs(12 * np.log2(f / singer.middle)) <= _REACH]

"""Transposed copies by a shifted filter bank, against librosa's pitch shift: CPU time, and which is nearer the truth.

    python bench/pitch_shift.py [--seconds 30] [--repeats 3]

The truth is the same song rendered again, transposed: chords of three notes with eight overtones, struck twice a
second. Time: two copies (-2 and +2 semitones) beside the sound itself. "Shared" is what the two copies add to the mel
spectrum of the sound itself, whose STFT they share; "from audio" makes one copy from the waveform. librosa shifts the
waveform and then hears it by our mel spectrum. Error: mean difference of mel spectra in dB within the loudest 60 dB;
correlation of their onset envelopes. One thread. Budgets: at least 30x shared, 10x from audio, an error not higher than
librosa's, a correlation of at least .97; what is missed is said, with exit status 1.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse  # noqa: E402
import statistics  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402

import librosa  # noqa: E402
import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

from unisono.inputs.hearing import BankShape, Stft, mel_bank, mel_spectrum  # noqa: E402
from unisono.inputs.hearing.spectrum import decibels, mel_spectra  # noqa: E402

Array = NDArray[np.float32]
RATE, STFT = 22_050, Stft(2048, 1024)
SHAPE = BankShape(RATE, 2048, 96, 0.0, RATE / 2)
SHARED, FROM_AUDIO, CORRELATION = 30.0, 10.0, 0.97
SHIFTS = (-2.0, 2.0)


def song(seconds: float, semitones: float = 0.0) -> Array:
    """Chords drawn from two octaves, rendered at any transposition."""
    rng, wave = np.random.default_rng(0), np.zeros(round(seconds * RATE) + RATE)
    time = np.arange(round(0.9 * RATE)) / RATE
    for strike in range(int(2 * seconds)):
        chord = np.zeros_like(time)
        for note in 220 * 2 ** ((rng.integers(0, 24, 3) + semitones) / 12):
            for number in range(1, 9):
                if note * number < RATE / 2:
                    chord += np.sin(2 * np.pi * note * number * time + number) / number
        start = round(strike * RATE / 2)
        wave[start : start + len(time)] += 0.1 * chord * np.exp(-4 * time) * np.minimum(1, time / 0.003)
    return wave[: round(seconds * RATE)].astype(np.float32)


def level(mel: Array) -> Array:
    return decibels(mel.copy(), 2, True, 60.0)


def compared(mel: Array, truth: Array) -> tuple[float, float]:
    """Mean error in dB, correlation of onset envelopes."""
    onsets = [np.maximum(np.diff(level(m), axis=1), 0).mean(axis=0) for m in (mel, truth)]
    return float(np.abs(level(mel) - level(truth)).mean()), float(np.corrcoef(*onsets)[0, 1])


def cpu(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def quality(sound: Array, seconds: float) -> bool:
    """Print errors and correlations; whether all are good enough."""
    good = True
    for shift in SHIFTS:
        truth = mel_spectrum(song(seconds, shift), STFT, mel_bank(SHAPE))
        ours = compared(mel_spectrum(sound, STFT, mel_bank(SHAPE._replace(shift=shift))), truth)
        shifted = librosa.effects.pitch_shift(sound, sr=RATE, n_steps=shift)
        theirs = compared(mel_spectrum(shifted, STFT, mel_bank(SHAPE)), truth)
        for name, (error, correlation) in (("ours", ours), ("librosa", theirs)):
            print(f"{shift:+g} semitones, {name:8} error {error:5.2f} dB   onset correlation {correlation:.3f}")
        good = good and ours[0] <= theirs[0] and ours[1] >= CORRELATION
    return good


def speed(sound: Array, repeats: int) -> bool:
    """Print ratios of CPU time; whether they keep the budgets."""
    plain = [mel_bank(SHAPE)]
    banks = plain + [mel_bank(SHAPE._replace(shift=s)) for s in SHIFTS]

    def theirs() -> None:
        mel_spectrum(librosa.effects.pitch_shift(sound, sr=RATE, n_steps=2), STFT, plain[0])

    theirs()
    mel_spectra(sound, STFT, banks)
    shared: list[float] = []
    alone: list[float] = []
    for _ in range(repeats):
        slow = cpu(theirs)
        quick = [
            (cpu(lambda: mel_spectra(sound, STFT, banks)), cpu(lambda: mel_spectra(sound, STFT, plain)))
            for _ in range(5)
        ]
        added = statistics.median(three - one for three, one in quick) / len(SHIFTS)
        whole = statistics.median(cpu(lambda: mel_spectrum(sound, STFT, banks[1])) for _ in range(5))
        shared.append(slow / max(added, 1e-6))
        alone.append(slow / whole)
    times = statistics.median(shared), statistics.median(alone)
    print(f"a copy against librosa's: shared STFT {times[0]:.0f}x, from audio {times[1]:.0f}x")
    return times[0] >= SHARED and times[1] >= FROM_AUDIO


def main() -> None:
    """Print quality and speed; exit status 1 when a budget is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0, help="of sound")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    sound = song(options.seconds)
    kept = [quality(sound, options.seconds), speed(sound, options.repeats)]
    if not all(kept):
        print("missed a budget")
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()

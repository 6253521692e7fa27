"""Our blocked mel spectrum against librosa's: CPU time in one run, and whether the numbers are the same.

    python bench/mel.py [--seconds 60] [--repeats 9]

Each row is a front end; ours and librosa's turns alternate, the ratio is of each pair and its median is printed. The
rows below it are the same in decibels, and resampled from 44.1 kHz first (by the same soxr in both). One thread.
Budget: at least 2.5x, which is said when it is missed; exit status 1 when numbers differ by more than 1e-6 of the
loudest.
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

from unisono.inputs.hearing import BankShape, Stft, mel_bank, mel_spectrum, resample  # noqa: E402
from unisono.inputs.hearing.spectrum import decibels  # noqa: E402

Array = NDArray[np.float32]
BUDGET, EQUAL = 2.5, 1e-6
FRONT_ENDS = ((12_000, 512, 256, 96), (16_000, 512, 256, 96), (22_050, 1024, 512, 96), (22_050, 2048, 1024, 96))


def main() -> None:
    """Print a row a front end; exit status 1 when numbers differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0, help="of sound")
    parser.add_argument("--repeats", type=int, default=9)
    options = parser.parse_args()
    print(f"{'front end':33} {'librosa ms':>10} {'ours ms':>8} {'ratio':>6} {'difference':>10}")
    same = [_row(shape, options.seconds, options.repeats) for shape in FRONT_ENDS]
    sys.exit(0 if all(same) else 1)


def _row(shape: tuple[int, int, int, int], seconds: float, repeats: int) -> bool:
    rate, n_fft, hop, bands = shape
    sound = _sound(rate, seconds)
    bank, stft = mel_bank(BankShape(rate, n_fft, bands, 0.0, rate / 2)), Stft(n_fft, hop)
    settings = {"sr": rate, "n_fft": n_fft, "hop_length": hop, "n_mels": bands, "pad_mode": "constant"}

    def ours() -> Array:
        return mel_spectrum(sound, stft, bank)

    def theirs() -> Array:
        return np.asarray(librosa.feature.melspectrogram(y=sound, **settings))

    difference = float(np.abs(ours() - theirs()).max() / theirs().max())
    ratio = _print(f"mel {n_fft}/{hop}/{bands} @ {rate / 1000:g} kHz", theirs, ours, repeats, difference)
    if ratio < BUDGET:
        print(f"  missed: the budget is {BUDGET:g}x")

    def ours_in_decibels() -> Array:
        return decibels(ours(), 2, True, 80.0)

    def theirs_in_decibels() -> Array:
        return np.asarray(librosa.power_to_db(theirs(), ref=np.max))

    decibel = float(np.abs(ours_in_decibels() - theirs_in_decibels()).max())
    _print("  in dB", theirs_in_decibels, ours_in_decibels, repeats, decibel)
    original = _sound(44_100, seconds)

    def ours_from_sound() -> Array:
        return decibels(mel_spectrum(resample(original, 44_100, rate), stft, bank), 2, True, 80.0)

    def theirs_from_sound() -> Array:
        waveform = librosa.resample(original, orig_sr=44_100, target_sr=rate)
        power = librosa.feature.melspectrogram(y=waveform, **settings)
        return np.asarray(librosa.power_to_db(power, ref=np.max))

    decibel = float(np.abs(ours_from_sound() - theirs_from_sound()).max())
    _print("  in dB, resampled from 44.1 kHz", theirs_from_sound, ours_from_sound, repeats, decibel)
    return difference <= EQUAL


def _print(name: str, theirs: Callable[[], Array], ours: Callable[[], Array], repeats: int, difference: float) -> float:
    pairs = [(_cpu(theirs), _cpu(ours)) for _ in range(repeats)]
    ratio = statistics.median(slow / fast for slow, fast in pairs)
    slow, fast = (1000 * statistics.median(times) for times in zip(*pairs, strict=True))
    print(f"{name:33} {slow:10.1f} {fast:8.1f} {ratio:5.2f}x {difference:10.1e}")
    return ratio


def _cpu(work: Callable[[], Array]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _sound(rate: int, seconds: float) -> Array:
    return (np.random.default_rng(0).standard_normal(round(rate * seconds)) * 0.1).astype(np.float32)


if __name__ == "__main__":
    main()

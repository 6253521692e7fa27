"""Transposition by a shifted filter bank: as good as playing it higher, for tones and chords."""

from __future__ import annotations

import librosa
import numpy as np
import pytest
from numpy.typing import NDArray

from unisono.inputs.hearing import BankShape, Stft, mel_bank, mel_spectrum
from unisono.inputs.hearing.spectrum import decibels, mel_spectra

RATE, STFT = 22_050, Stft(2048, 1024)
SHAPE = BankShape(RATE, 2048, 96, 0.0, RATE / 2)
Mels = NDArray[np.float32]


def played(notes: tuple[float, ...], semitones: float = 0.0) -> NDArray[np.float32]:
    """Chords of notes with eight overtones, struck twice a second."""
    time = np.arange(2 * RATE) / RATE
    factor, wave = 2 ** (semitones / 12), np.zeros(2 * RATE)
    for note in notes:
        for number in range(1, 9):
            if note * factor * number < RATE / 2:
                wave += np.sin(2 * np.pi * note * factor * number * time) / number
    return (0.1 * wave * np.exp(-6 * (time % 0.5))).astype(np.float32)


def level(mel: Mels) -> Mels:
    return decibels(mel, 2, True, 60.0)


@pytest.mark.parametrize("semitones", [-5, -2, 2, 5])
@pytest.mark.parametrize("notes", [(440.0,), (220.0, 277.2, 329.6), (110.0, 165.0, 660.0, 1320.0)])
def test_heard_higher_is_as_if_played_higher(notes: tuple[float, ...], semitones: float) -> None:
    played_so = level(mel_spectrum(played(notes, semitones), STFT, mel_bank(SHAPE)))
    plain, heard_so = mel_spectra(played(notes), STFT, [mel_bank(SHAPE), mel_bank(SHAPE._replace(shift=semitones))])
    error, unchanged = (np.abs(level(m) - played_so).mean() for m in (heard_so, plain))
    assert error < 1.5
    assert error < unchanged / 3
    onsets = [np.maximum(np.diff(m, axis=1), 0).mean(axis=0) for m in (level(heard_so), played_so)]
    assert np.corrcoef(*onsets)[0, 1] > 0.95  # overtones that lie close together beat slower when lower


@pytest.mark.parametrize("semitones", [-2, 2])
@pytest.mark.parametrize("notes", [(440.0,), (220.0, 277.2, 329.6), (110.0, 165.0, 660.0, 1320.0)])
def test_no_further_from_the_truth_than_librosa(notes: tuple[float, ...], semitones: float) -> None:
    """Against a phase vocoder, which shifts the sound itself (time and error of longer songs: bench/pitch_shift.py)."""
    sound = played(notes)
    truth = level(mel_spectrum(played(notes, semitones), STFT, mel_bank(SHAPE)))
    ours = level(mel_spectrum(sound, STFT, mel_bank(SHAPE._replace(shift=semitones))))
    shifted = librosa.effects.pitch_shift(sound, sr=RATE, n_steps=semitones)
    theirs = level(mel_spectrum(shifted, STFT, mel_bank(SHAPE)))
    assert np.abs(ours - truth).mean() <= np.abs(theirs - truth).mean()


def test_the_top_stays_empty_where_nothing_was_heard() -> None:
    noise = np.random.default_rng(0).standard_normal(RATE).astype(np.float32)
    lower = mel_spectrum(noise, STFT, mel_bank(SHAPE._replace(shift=-2)))
    assert not lower[-1].any() and lower[:88].all()
    octave = mel_bank(SHAPE._replace(shift=-12))
    assert not mel_spectrum(noise, STFT, octave)[-16:].any()


def test_several_banks_hear_what_each_alone_would() -> None:
    sound = played((440.0, 550.0))
    banks = [mel_bank(SHAPE._replace(shift=s)) for s in (-2.0, 0.0, 2.0)]
    for bank, mel in zip(banks, mel_spectra(sound, STFT, banks), strict=True):
        assert np.array_equal(mel, mel_spectrum(sound, STFT, bank))

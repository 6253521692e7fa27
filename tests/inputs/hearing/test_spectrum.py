"""The blocked mel spectrum: physics, equality with librosa, blocks = whole."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from unisono.inputs.hearing import BankShape, Stft, mel_bank, mel_spectrum
from unisono.inputs.hearing.spectrum import hann, mel_of_blocks

RATE = 22_050
SOUND = (np.random.default_rng(1).standard_normal(3 * RATE) * 0.2).astype(np.float32)


@pytest.mark.parametrize("scale", ["slaney", "htk"])
@pytest.mark.parametrize("power", [1, 2])
@pytest.mark.parametrize(
    ("n_fft", "hop", "bands"), [(512, 256, 40), (1024, 512, 96), (2048, 1024, 96), (2048, 300, 128)]
)
def test_equal_to_librosa(scale: str, power: int, n_fft: int, hop: int, bands: int):
    librosa = pytest.importorskip("librosa", reason="librosa is the reference of the mel spectrum")
    bank = mel_bank(BankShape(RATE, n_fft, bands, 0.0, RATE / 2, scale))  # type: ignore[arg-type]
    ours = mel_spectrum(SOUND, Stft(n_fft, hop, power=power), bank)  # type: ignore[arg-type]
    theirs = librosa.feature.melspectrogram(
        y=SOUND,
        sr=RATE,
        n_fft=n_fft,
        hop_length=hop,
        n_mels=bands,
        power=power,
        pad_mode="constant",
        htk=scale == "htk",
    )
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() <= 1e-6 * theirs.max()


def test_without_padding_equal_to_librosa():
    librosa = pytest.importorskip("librosa", reason="librosa is the reference of the mel spectrum")
    bank = mel_bank(BankShape(RATE, 1024, 64, 0.0, RATE / 2))
    ours = mel_spectrum(SOUND, Stft(1024, 512, centred=False), bank)
    theirs = librosa.feature.melspectrogram(y=SOUND, sr=RATE, n_fft=1024, hop_length=512, n_mels=64, center=False)
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() <= 1e-6 * theirs.max()


@pytest.mark.parametrize("centred", [True, False])
def test_blocks_give_what_the_whole_gives(centred: bool):
    stft, bank = Stft(1024, 300, centred), mel_bank(BankShape(RATE, 1024, 64, 0.0, RATE / 2))
    whole = mel_spectrum(SOUND, stft, bank)
    cuts = [0, 1, 1, 700, 1500, 20_000, 50_001, len(SOUND)]
    blocks = [SOUND[a:b] for a, b in pairwise(cuts)]
    parts = mel_of_blocks(blocks, stft, [bank])[0]
    assert parts.shape == whole.shape == (64, stft.frames(len(SOUND)))
    assert np.abs(parts - whole).max() <= 1e-6 * whole.max()


def test_a_tone_lands_in_its_band():
    bank = mel_bank(BankShape(RATE, 2048, 96, 0.0, RATE / 2))
    centres = [first + int(w.argmax()) for first, weights in bank.groups for w in weights]
    for frequency in (200.0, 1000.0, 4000.0):
        tone = np.sin(2 * np.pi * frequency * np.arange(RATE) / RATE).astype(np.float32)
        loudest = int(mel_spectrum(tone, Stft(2048, 1024), bank).mean(axis=1).argmax())
        nearest = int(np.abs(np.array(centres) * RATE / 2048 - frequency).argmin())
        assert abs(loudest - nearest) <= 1


def test_a_click_lands_in_its_frame():
    click = np.zeros(RATE, np.float32)
    click[10 * 512] = 1.0
    mel = mel_spectrum(click, Stft(1024, 512), mel_bank(BankShape(RATE, 1024, 64, 0.0, RATE / 2)))
    assert int(mel.sum(axis=0).argmax()) == 10


def test_twice_as_loud_is_four_times_the_power():
    bank = mel_bank(BankShape(RATE, 1024, 64, 0.0, RATE / 2))
    np.testing.assert_allclose(
        mel_spectrum(2 * SOUND, Stft(1024, 512), bank), 4 * mel_spectrum(SOUND, Stft(1024, 512), bank), rtol=1e-4
    )


def test_silence_and_nothing_at_all():
    bank = mel_bank(BankShape(RATE, 1024, 64, 0.0, RATE / 2))
    np.testing.assert_array_equal(mel_spectrum(np.zeros(RATE, np.float32), Stft(1024, 512), bank), 0)
    assert mel_spectrum(np.zeros(10, np.float32), Stft(1024, 512, centred=False), bank).shape == (64, 0)


def test_the_window_is_periodic():
    scipy_signal = pytest.importorskip("scipy.signal")
    np.testing.assert_allclose(hann(512), scipy_signal.get_window("hann", 512), atol=1e-7)

"""Changed mel spectra are those of changed sounds, where that can be heard."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError

from unisono.inputs.augmenting import Augmentation
from unisono.inputs.augmenting.mel_changes import masked, turned, with_noise
from unisono.inputs.hearing import BankShape, Stft, mel_bank, mel_spectrum
from unisono.inputs.mel import Mel

RATE = 8_000
RNG = np.random.default_rng(0)
SOUND = (RNG.standard_normal(RATE) * np.linspace(0.02, 0.2, RATE)).astype(np.float32)
Numbers = NDArray[np.float32]


def heard(sound: Numbers, part: Mel) -> Numbers:
    power = mel_spectrum(sound, part._stft, mel_bank(part._bank_shape))
    return part._compressed(power)


class Highest:
    """Stands in for luck: always the highest number that can be drawn."""

    def uniform(self, low: float, high: float) -> float:
        return high


@pytest.mark.parametrize("scale", ["db", "log10", "none"])
@pytest.mark.parametrize("power", [1, 2])
def test_gain_is_that_of_a_louder_sound(scale: str, power: int) -> None:
    part = Mel.model_validate({"sample_rate": RATE, "n_mels": 32, "scale": scale, "power": power, "top_db": 0})
    louder: Any = part.augmented({"mel": heard(SOUND, part)}, Augmentation(gain_db=6), Highest())["mel"]
    assert np.allclose(louder, heard(SOUND * np.float32(10 ** (6 / 20)), part), rtol=1e-3, atol=1e-3)


def test_noise_is_as_loud_as_asked_and_as_wide_as_white_noise() -> None:
    shape = BankShape(RATE, 512, 32, 0.0, RATE / 2)
    tone = np.sin(2 * np.pi * 500 * np.arange(4 * RATE) / RATE).astype(np.float32)
    power = mel_spectrum(tone, Stft(512, 256), mel_bank(shape))
    added = with_noise(power, -20, shape, np.random.default_rng(1)) - power
    assert added.min() > -1e-3
    assert 10 * np.log10(added.mean() / power.mean()) == pytest.approx(-20, abs=0.3)
    white = mel_spectrum(
        np.random.default_rng(2).standard_normal(4 * RATE).astype(np.float32), Stft(512, 256), mel_bank(shape)
    )
    by_band = added.mean(axis=1) / white.mean(axis=1)
    assert by_band[2:-2].std() / by_band[2:-2].mean() < 0.15
    spread = added.std(axis=1) / added.mean(axis=1) / (white.std(axis=1) / white.mean(axis=1))
    assert 0.7 < np.median(spread) < 1.3  # it flickers as noise does


def test_turned_round_nothing_is_lost() -> None:
    mel = RNG.standard_normal((4, 10)).astype(np.float32)
    assert np.array_equal(turned(mel, 3)[:, 3:], mel[:, :-3])
    assert np.array_equal(np.sort(turned(mel, -7)), np.sort(mel))


def test_masks_are_no_wider_than_asked() -> None:
    mel = RNG.standard_normal((20, 30)).astype(np.float32)
    how = Augmentation(mask_bands=(1, 4), mask_frames=(2, 5))
    hidden = [masked(mel, how, np.random.default_rng(i)) == mel.mean() for i in range(50)]
    assert max(h.all(axis=1).sum() for h in hidden) == 4
    assert 5 <= max(h.all(axis=0).sum() for h in hidden) <= 10
    assert min(h.sum() for h in hidden) < 60
    assert np.array_equal(masked(mel, Augmentation(), RNG), mel)


def test_what_was_taken_away_cannot_be_changed() -> None:
    gain = Augmentation(gain_db=3)
    assert "has taken the loudness away" in Mel(normalise="track").unfit_for(gain)
    assert "gain changes nothing" in Mel(scale="db", reference="max").unfit_for(gain)
    assert Mel(scale="db", reference="max").unfit_for(Augmentation(noise_db=(-40, -20))) == ""
    assert Mel(normalise="track").unfit_for(Augmentation(time_shift=1, mask_bands=(1, 8))) == ""


@pytest.mark.parametrize(
    "settings", [{"mask_bands": (-1, 3)}, {"noise_db": (-10, -20)}, {"gain_db": -1}, {"copies": "two"}]
)
def test_impossible_settings_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Augmentation.model_validate(settings)

"""The filter bank against librosa's, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from unisono.inputs.hearing import BankShape, mel_bank
from unisono.inputs.hearing.mel_scale import filters


@pytest.mark.parametrize("scale", ["slaney", "htk"])
@pytest.mark.parametrize("norm", ["slaney", "none"])
@pytest.mark.parametrize(
    ("rate", "n_fft", "bands", "low", "high"), [(22_050, 2048, 96, 0, 11_025), (12_000, 512, 40, 50, 5_000)]
)
def test_equal_to_librosa(scale: str, norm: str, rate: int, n_fft: int, bands: int, low: float, high: float):
    librosa = pytest.importorskip("librosa", reason="librosa is the reference of the filter bank")
    ours = filters(BankShape(rate, n_fft, bands, low, high, scale, norm))  # type: ignore[arg-type]
    theirs = librosa.filters.mel(
        sr=rate,
        n_fft=n_fft,
        n_mels=bands,
        fmin=low,
        fmax=high,
        htk=scale == "htk",
        norm=None if norm == "none" else norm,
    )
    np.testing.assert_allclose(ours, theirs, atol=1e-7 * theirs.max())


def test_groups_hold_every_weight_once():
    shape = BankShape(22_050, 1024, 64, 0.0, 11_025.0)
    whole, bank = filters(shape), mel_bank(shape)
    together, row = np.zeros_like(whole), 0
    for first, weights in bank.groups:
        together[row : row + len(weights), first : first + weights.shape[1]] = weights
        row += len(weights)
    np.testing.assert_array_equal(together, whole)


def test_bands_that_hear_nothing_are_refused():
    with pytest.raises(ValueError, match=r"n_mels = 256 leaves \d+ bands without any frequency of n_fft = 512"):
        mel_bank(BankShape(22_050, 512, 256, 0.0, 11_025.0))

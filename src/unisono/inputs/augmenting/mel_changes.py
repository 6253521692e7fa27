"""Changes of mel spectra as if the sound had been changed: louder, noisier, later, or with parts of it hidden."""

from __future__ import annotations

import numpy as np

from unisono.inputs.augmenting.settings import Augmentation
from unisono.inputs.hearing.mel_scale import BankShape, filters
from unisono.inputs.hearing.spectrum import Mels


def turned(mel: Mels, frames: int) -> Mels:
    """The same sound, begun elsewhere: what leaves one end comes in at the other.

    Shape: (bands, frames) -> (bands, frames)
    """
    return np.roll(mel, frames, axis=1)


def with_noise(power: Mels, level_db: float, bank: BankShape, rng: np.random.Generator) -> Mels:
    """White noise added, as strong as a stationary noise of that level would be heard in each band.

    Args:
        power: a mel spectrum of squared magnitudes.
        level_db: of the noise above the sound's mean level over all bands and frames.
    """
    weights = filters(bank).astype(np.float64)
    expected = weights.sum(axis=1)
    bins = expected**2 / np.maximum((weights**2).sum(axis=1), 1e-30)  # that a band's noise is the mean of
    drawn = rng.gamma(np.maximum(bins, 1e-3)[:, None], size=power.shape) / np.maximum(bins, 1e-3)[:, None]
    noise = expected[:, None] * drawn
    scale = power.mean(dtype=np.float64) * 10 ** (level_db / 10) / max(float(expected.mean()), 1e-30)
    return np.asarray(power + scale * noise, np.float32)


def masked(mel: Mels, how: Augmentation, rng: np.random.Generator) -> Mels:
    """Stretches of bands and of frames set to the mean (SpecAugment, Park et al., 2019)."""
    hidden, mean = mel.copy(), mel.mean()
    for axis, (number, widest) in enumerate((how.mask_bands, how.mask_frames)):
        for _ in range(number):
            length = mel.shape[axis]
            width = int(rng.integers(0, min(widest, length) + 1))
            start = int(rng.integers(0, length - width + 1))
            hidden[(slice(None),) * axis + (slice(start, start + width),)] = mean
    return hidden

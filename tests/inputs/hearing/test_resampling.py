"""Another sample rate: tones stay, what does not fit goes, blocks change nothing."""

from __future__ import annotations

import numpy as np
import pytest

from unisono.inputs.hearing import resample, resampled


def tone(frequency: float, sample_rate: int, seconds: float = 1.0) -> np.ndarray:
    return np.sin(2 * np.pi * frequency * np.arange(round(seconds * sample_rate)) / sample_rate).astype(np.float32)


@pytest.mark.parametrize(("source", "target"), [(44_100, 22_050), (44_100, 12_000), (16_000, 22_050), (48_000, 44_100)])
def test_a_tone_stays_where_it_is(source: int, target: int):
    np.testing.assert_allclose(
        resample(tone(440, source), source, target)[500:-500], tone(440, target)[500:-500], atol=1e-4
    )


def test_a_tone_that_no_longer_fits_is_gone():
    assert np.abs(resample(tone(9_000, 44_100), 44_100, 12_000)[500:-500]).max() < 1e-5


def test_blocks_give_what_the_whole_gives():
    sound = np.random.default_rng(0).standard_normal(100_000).astype(np.float32)
    blocks = [sound[:1], sound[1:30_000], sound[30_000:30_000], sound[30_000:]]
    np.testing.assert_array_equal(
        np.concatenate(list(resampled(blocks, 44_100, 12_000))), resample(sound, 44_100, 12_000)
    )


def test_the_same_rate_changes_nothing():
    sound = np.arange(10, dtype=np.float32)
    np.testing.assert_array_equal(resample(sound, 8_000, 8_000), sound)

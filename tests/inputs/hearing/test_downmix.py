"""Channels become their mean, in [-1, 1], whatever decoders give."""

from __future__ import annotations

import numpy as np
import pytest

from unisono.inputs.hearing.resampling import mono


@pytest.mark.parametrize(
    ("kind", "loudest", "silence"),
    [(np.int16, -(2**15), 0), (np.int32, -(2**31), 0), (np.uint8, 0, 128), (np.float64, -1, 0)],
)
def test_full_scale_is_one(kind: type, loudest: float, silence: float):
    channels = np.array([[loudest, silence, loudest], [loudest, silence, silence]], kind)
    waveform = mono(channels)
    assert waveform.dtype == np.float32
    np.testing.assert_allclose(waveform, [-1, 0, -0.5])


def test_the_mean_of_any_number_of_channels():
    channels = np.random.default_rng(0).uniform(-1, 1, (5, 100)).astype(np.float32)
    np.testing.assert_allclose(mono(channels), channels.mean(axis=0), atol=1e-7)
    np.testing.assert_array_equal(mono(channels[:1]), channels[0])


def test_what_it_is_given_stays_as_it_was():
    channels = np.ones((2, 4), np.float32)
    mono(channels)
    np.testing.assert_array_equal(channels, 1)

"""Sample-rate conversion by soxr, pinned: methods differ by up to 39 dB just below the cut-off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import numpy as np
import soxr

from unisono.inputs.hearing.downmix import Waveform

Resampler = Literal["soxr_hq"]  # named in every model, so that a later method cannot slip in


def resampled(blocks: Iterable[Waveform], source_rate: float, sample_rate: float) -> Iterator[Waveform]:
    """Mono blocks at another sample rate.

    Shape: blocks of (samples,) -> blocks of (samples,), in all round(samples * sample_rate / source_rate)
    """
    if source_rate == sample_rate:
        yield from blocks
        return
    stream = soxr.ResampleStream(source_rate, sample_rate, 1, dtype="float32", quality="HQ")
    for block in blocks:
        yield stream.resample_chunk(block)
    yield stream.resample_chunk(np.zeros(0, np.float32), last=True)


def resample(waveform: Waveform, source_rate: float, sample_rate: float) -> Waveform:
    """A mono waveform at another sample rate.

    Example:
        >>> resample(np.zeros(44_100, np.float32), 44_100, 22_050).shape
        (22050,)
    """
    return np.concatenate(list(resampled([waveform], source_rate, sample_rate)))

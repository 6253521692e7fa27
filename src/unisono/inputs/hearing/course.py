"""How a sound goes on in time: its spectrum and loudness in eight equal parts, from its beginning to its end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from unisono.inputs.hearing.spectrum import Mels

Numbers = NDArray[np.float32]

PARTS, RANGES = 8, 16
_AUDIBLE_DB = 40.0  # below the loudest frame: what is quieter before and after belongs to no note
WIDTH = PARTS * RANGES + 2 * PARTS + 4


def course(bands: Mels, levels: NDArray[np.float32]) -> Numbers:
    """Level of ranges of bands in each part; of each part as it is and below the loudest frame; and when.

    *When* is: frames before the sound, its length in frames, where in it the loudest frame is (0 to 1), and
    the level of that frame. Numbers of frames as log(1 + n). A sound of fewer frames than parts repeats some.

    Shape: (bands, frames) and (frames,), both in dB -> (WIDTH,)
    """
    heard = np.flatnonzero(levels >= levels.max() - _AUDIBLE_DB)
    first, last = int(heard[0]), int(heard[-1]) + 1
    borders = np.linspace(first, last, PARTS + 1)
    starts = np.minimum(borders[:-1].astype(int), last - 1)
    parts = [slice(a, max(a + 1, b)) for a, b in zip(starts, borders[1:].astype(int), strict=True)]
    ranges = np.array_split(np.arange(len(bands)), RANGES)
    spectra = [bands[rows[0] : rows[-1] + 1, part].mean() for part in parts for rows in ranges]
    loud = np.array([levels[part].mean() for part in parts])
    when = [np.log1p(first), np.log1p(last - first), np.argmax(levels[first:last]) / (last - first), levels.max()]
    return np.concatenate([spectra, loud, loud - levels.max(), when]).astype(np.float32)

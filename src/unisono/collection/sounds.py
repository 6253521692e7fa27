"""Sound files are opened and their first second is read: enough to find what cannot be used."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np

from unisono.errors import UserError
from unisono.inputs.hearing import Part, decode
from unisono.inputs.hearing.decoding import misnomer

_FEW = 12  # files whose length is looked at
_LONGEST = 30.0  # seconds of them
SHORTEST = 1.0  # seconds; inputs refuse what is shorter, unless told otherwise


class Opened(NamedTuple):
    """What opening sounds has told.

    Args:
        files: how many were opened.
        bad: row -> why its sound cannot be read.
        short: row -> seconds of those shorter than one.
        misnamed: row -> what a file holds whose name says another format.
    """

    files: int
    bad: dict[int, str]
    short: dict[int, float]
    misnamed: dict[int, str]


def opened_sounds(
    paths: Sequence[Path | None], most: int, progress: Callable[[int, int], None] | None = None
) -> Opened:
    """Open sounds and hear their first second.

    Args:
        most: files to open; of more, so many are taken evenly from all of them.
    """
    rows = [row for row, path in enumerate(paths) if path is not None]
    if len(rows) > most:
        rows = [rows[i] for i in np.unique(np.linspace(0, len(rows) - 1, most).astype(int))]
    bad: dict[int, str] = {}
    short: dict[int, float] = {}
    misnamed: dict[int, str] = {}
    with ThreadPoolExecutor(2) as pool:
        for done, (row, heard) in enumerate(zip(rows, pool.map(lambda r: _heard(paths[r]), rows), strict=True), 1):
            if isinstance(heard, str):
                bad[row] = heard
            elif heard < 0.99 * SHORTEST:
                short[row] = heard
            if row not in bad and (told := misnomer(paths[row])):
                misnamed[row] = told
            if progress is not None:
                progress(done, len(rows))
    return Opened(len(rows), bad, short, misnamed)


def usual_seconds(paths: Sequence[Path | None]) -> int:
    """Whole seconds that nine of ten files do not pass, at most 30, from a few of them; 0 where none can be read."""
    files = [p for p in paths if p is not None]
    some = [files[i] for i in np.unique(np.linspace(0, len(files) - 1, _FEW).astype(int))] if files else []
    lengths = []
    for path in some:
        with suppress(UserError):
            sound = decode(path, Part(duration=_LONGEST))
            lengths.append(sound.waveform.size / sound.sample_rate)
    return math.ceil(np.quantile(lengths, 0.9) - 0.2) if lengths else 0


def _heard(path: Path | None) -> str | float:
    """Seconds of a sound, at most one; or why it cannot be read."""
    if path is None:
        return SHORTEST
    try:
        sound = decode(path, Part(duration=SHORTEST))
    except UserError as error:
        return error.found
    return sound.waveform.size / sound.sample_rate

"""The part of a file that is wanted, and what every reader of sound promises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from unisono.inputs.hearing.downmix import Waveform

BLOCK = 1 << 16  # samples that are decoded at a time
TOLERANCE = 0.1  # seconds that a sound may lack before it counts as damaged


@dataclass(frozen=True)
class Part:
    """From where and how much of a file to read.

    Args:
        offset: seconds from the start.
        duration: seconds, or None for all that follows.
    """

    offset: float = 0.0
    duration: float | None = None

    def samples(self, sample_rate: int) -> tuple[int, int | None]:
        """First sample and number of samples at a sample rate."""
        wanted = None if self.duration is None else round(self.duration * sample_rate)
        return round(self.offset * sample_rate), wanted

    def held(self, frames: int, sample_rate: int) -> int:
        """How many samples of this part a file of so many frames has."""
        first, wanted = self.samples(sample_rate)
        left = max(0, frames - first)
        return left if wanted is None else min(left, wanted)


class Reader(Protocol):
    """An open file that gives mono blocks; `damage` says what was wrong, once they have been read ("" if nothing)."""

    sample_rate: int
    damage: str

    def blocks(self) -> Iterator[Waveform]: ...
    def close(self) -> None: ...

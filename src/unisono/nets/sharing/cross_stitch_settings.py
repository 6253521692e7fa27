"""Settings of cross-stitch sharing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from unisono.errors import ExperimentError
from unisono.parts import Settings


class CrossStitchSettings(Settings):
    """A network for each task; after blocks, each takes a learned mixture of all of them.

    Args:
        keep: how much of itself a task begins with; the others share the rest equally.
        after: numbers of the blocks after which the networks are mixed, from 1; empty for every block.
    """

    keep: Annotated[float, Field(ge=0, le=1)] = 0.9
    after: tuple[int, ...] = ()

    def stitched(self, blocks: int) -> tuple[int, ...]:
        """The numbers of the blocks that are followed by a stitch."""
        return self.after or tuple(range(1, blocks + 1))

    def check(self, tasks: Sequence[str], blocks: int, where: str) -> None:
        """Raises: ExperimentError when a block does not exist."""
        for number in self.after:
            if not 1 <= number <= blocks:
                found = f"names block {number} but the encoder has blocks 1 to {blocks}"
                raise ExperimentError(f"{where}.after", found, "Leave it out to mix after every block.")

    def shares(self, tasks: Sequence[str], blocks: int) -> bool:
        """Every stitch is reached by all tasks."""
        return True

    def forks(self, tasks: Sequence[str], blocks: int) -> bool:
        """Every task has a path of its own from the first block on."""
        return len(tasks) == 1

    def joins(self, tasks: Sequence[str], blocks: int) -> bool:
        """Every task has features of its own."""
        return len(tasks) == 1

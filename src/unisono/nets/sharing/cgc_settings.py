"""Settings of customised gate control."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from unisono.errors import ExperimentError
from unisono.parts import Settings


class CgcSettings(Settings):
    """Experts that all tasks share and experts of each task; a task's gate mixes the shared ones and its own.

    Args:
        shared: how many experts all tasks share.
        own: how many each task has for itself.
        blocks: how many of the encoder's last blocks are an expert; the blocks below are shared by all.
    """

    shared: Annotated[int, Field(ge=1)] = 2
    own: Annotated[int, Field(ge=1)] = 1
    blocks: Annotated[int, Field(ge=1)] = 1

    def check(self, tasks: Sequence[str], blocks: int, where: str) -> None:
        """Raises: ExperimentError when the encoder has too few blocks."""
        if self.blocks > blocks:
            found = f"makes experts of {self.blocks} blocks but the encoder has {blocks}"
            raise ExperimentError(f"{where}.blocks", found, "Lower it, or give the encoder more blocks.")

    def shares(self, tasks: Sequence[str], blocks: int) -> bool:
        """All tasks read the shared experts."""
        return True

    def forks(self, tasks: Sequence[str], blocks: int) -> bool:
        """Blocks below the experts are one path for all tasks."""
        return blocks > self.blocks

    def joins(self, tasks: Sequence[str], blocks: int) -> bool:
        """Every task has features of its own."""
        return len(tasks) == 1

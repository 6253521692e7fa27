"""Settings of the sharing grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from unisono.nets.grid import Merge, plan
from unisono.parts import Settings


class GridSettings(Settings):
    """Which tasks use the same copy of each block.

    Args:
        rows: "hard", "none", "low:n", "high:n", or for each block "all", "each" or groups of tasks.
        merge: streams that meet at a copy "keep" their own computation, or are joined by their channels ("concat").
    """

    rows: str | list[Any] = "hard"
    merge: Merge = "keep"

    def check(self, tasks: Sequence[str], blocks: int, where: str) -> None:
        """Raises: ExperimentError when the grid does not fit."""
        plan(self.rows, tasks, blocks, self.merge, where)

    def shares(self, tasks: Sequence[str], blocks: int) -> bool:
        """Whether some row has one copy for all tasks."""
        return plan(self.rows, tasks, blocks, self.merge).last_shared is not None

    def forks(self, tasks: Sequence[str], blocks: int) -> bool:
        """Whether all tasks are one stream up to some block."""
        return plan(self.rows, tasks, blocks, self.merge).fork is not None

    def joins(self, tasks: Sequence[str], blocks: int) -> bool:
        """Whether all tasks have the same features in the end."""
        return len(set(plan(self.rows, tasks, blocks, self.merge).stream_of.values())) == 1

    def trunk(self, tasks: Sequence[str], blocks: int) -> dict[str, list[tuple[int, str]]]:
        """Where gradients are read -> number and name of the blocks that decide about it, the highest first."""
        grid = plan(self.rows, tasks, blocks, self.merge)
        shared = [len(level.copies) == 1 for level in grid.levels]
        named = [(i, f"block{i + 1}" + ".for_all" * sole) for i, sole in enumerate(shared)]
        below = named[: 0 if grid.fork is None else grid.fork + 1]
        sole = [one for one, is_shared in zip(named, shared, strict=True) if is_shared]
        return {"representation": below[::-1], "weights": sole[::-1]}

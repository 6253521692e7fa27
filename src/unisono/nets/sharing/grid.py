"""The sharing grid: copies of each block for groups of tasks, equal prefixes computed once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from unisono.nets.copies import copy, copy_name, row, weights
from unisono.nets.grid import plan
from unisono.nets.layers import Shape
from unisono.nets.modules import Block
from unisono.nets.sharing import Streams
from unisono.nets.sharing.grid_settings import GridSettings


class Grid(nn.Module):
    """Blocks laid out by a plan of `nets.grid`; see `nets.sharing` for the contract."""

    def __init__(
        self, settings: GridSettings, blocks: Sequence[Block], tasks: Sequence[str], shape: Shape, where: str
    ) -> None:
        super().__init__()
        self.plan = plan(settings.rows, tasks, len(blocks), settings.merge, where)
        self.stream_of = self.plan.stream_of
        self.shapes = [shape]
        self._rows: list[dict[str, Any]] = []
        for number, block in enumerate(blocks, start=1):
            self.add_module(f"block{number}", self._level(block, number - 1))

    def forward(self, x: Tensor, arrays: Mapping[str, Tensor]) -> Streams:
        """Every stream of every level once, from the input upwards."""
        tensors, fork = [x], None
        for level, copies in zip(self.plan.levels, self._levels(), strict=True):
            tensors = [copies[s.copy](_joined([tensors[i] for i in s.sources]), arrays) for s in level.streams]
            fork = tensors[0] if len(tensors) == 1 else fork
        return Streams(tensors, fork)

    def last_shared(self) -> list[nn.Parameter]:
        """The weights of the last block that has one copy and something to learn."""
        shared = [copies[0] for copies in self._levels() if len(copies) == 1]
        return next((found for found in map(weights, reversed(shared)) if found), [])

    def rows(self) -> list[dict[str, Any]]:
        """Each block's copies, their tasks, parameters and shapes."""
        return self._rows

    def _levels(self) -> list[list[nn.Module]]:
        return [list(level.children()) for level in self.children()]

    def _level(self, block: Block, number: int) -> nn.ModuleDict:
        """Makes the copies of one level and moves `shapes` up to it."""
        level, users = self.plan.levels[number], self.plan.users[number]
        copies, rows, after = nn.ModuleDict(), [], []
        for index, group in enumerate(level.copies):
            sources = next(s.sources for s in level.streams if s.copy == index)
            before = _joined_shape([self.shapes[i] for i in sources])
            module, shape = block.make(before)
            name = copy_name(group, self.plan.tasks)
            copies[name] = module
            after.append(shape)
            rows.append(copy(name, users[index], module, (before, shape)))
        self.shapes = [after[stream.copy] for stream in level.streams]
        self._rows.append(row(block.layers, len(level.streams), rows))
        return copies


def _joined(tensors: list[Tensor]) -> Tensor:
    return tensors[0] if len(tensors) == 1 else torch.cat(tensors, dim=1)


def _joined_shape(shapes: list[Shape]) -> Shape:
    if len(shapes) == 1:
        return shapes[0]
    return (sum(shape[0] or 0 for shape in shapes), *shapes[0][1:])

"""Cross-stitch networks (Misra et al., 2016): a network a task, mixed after blocks by learned factors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from unisono.nets.copies import copy, copy_name, row, weights
from unisono.nets.layers import Shape
from unisono.nets.modules import Block
from unisono.nets.sharing import Streams
from unisono.nets.sharing.cross_stitch_settings import CrossStitchSettings


class CrossStitch(nn.Module):
    """A stream a task through every block; with one task nothing is mixed. See `nets.sharing` for the contract."""

    def __init__(
        self, settings: CrossStitchSettings, blocks: Sequence[Block], tasks: Sequence[str], shape: Shape, where: str
    ) -> None:
        super().__init__()
        self.stream_of = {task: i for i, task in enumerate(tasks)}
        stitched = settings.stitched(len(blocks)) if len(tasks) > 1 else ()
        self._rows: list[dict[str, Any]] = []
        for number, block in enumerate(blocks, start=1):
            level = _Level(block, list(tasks), shape, settings.keep if number in stitched else None)
            reached = list(tasks) if any(later >= number for later in stitched) else []
            self._rows.append(level.row(block.layers, shape, reached))
            self.add_module(f"block{number}", level)
            shape = level.shape
        self.shapes = [shape] * len(tasks)

    def forward(self, x: Tensor, arrays: Mapping[str, Tensor]) -> Streams:
        """Every task's network, block by block, mixed where there is a stitch."""
        tensors = [x] * len(self.stream_of)
        for level in self.children():
            tensors = level(tensors, arrays)
        return Streams(tensors, tensors[0] if len(tensors) == 1 else None)

    def last_shared(self) -> list[nn.Parameter]:
        """The weights of all copies of the last block that a stitch follows: every task reaches them."""
        levels = [level for level in self.children() if isinstance(level, _Level)]
        reached = [level for level in levels if level.stitch is not None or len(self.stream_of) == 1]
        return next((found for level in reversed(reached) if (found := weights(level.copies))), [])

    def rows(self) -> list[dict[str, Any]]:
        """Each block's copies; the stitch after them is one more copy that all tasks use."""
        return self._rows


class _Level(nn.Module):
    """A copy of one block for each task, and the stitch after them."""

    def __init__(self, block: Block, tasks: list[str], shape: Shape, keep: float | None) -> None:
        super().__init__()
        self.copies = nn.ModuleDict()
        self.tasks = tasks
        self.shape = shape
        for task in tasks:
            self.copies[copy_name([task], tasks)], self.shape = block.make(shape)
        self.stitch = None if keep is None else nn.Parameter(_start(len(tasks), keep))

    def forward(self, tensors: Sequence[Tensor], arrays: Mapping[str, Tensor]) -> list[Tensor]:
        found = [module(tensor, arrays) for module, tensor in zip(self.copies.children(), tensors, strict=True)]
        if self.stitch is None:
            return found
        return list(torch.tensordot(self.stitch, torch.stack(found), dims=1).unbind(0))

    def row(self, layers: Sequence[str], before: Shape, reached: list[str]) -> dict[str, Any]:
        named = zip(self.tasks, self.copies.items(), strict=True)
        copies = [copy(name, reached or [task], module, (before, self.shape)) for task, (name, module) in named]
        if self.stitch is not None:
            mixing = nn.ParameterList([self.stitch])
            copies.append(copy("stitch", self.tasks, mixing, (self.shape, self.shape)))
        return row(layers, len(self.tasks), copies)


def _start(tasks: int, keep: float) -> Tensor:
    """Each task begins with `keep` of itself and an equal share of the others."""
    return torch.full((tasks, tasks), (1 - keep) / (tasks - 1)).fill_diagonal_(keep)

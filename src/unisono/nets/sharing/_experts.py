"""Experts and gates: copies of the encoder's last blocks that tasks mix with learned, input-dependent shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from unisono.errors import ExperimentError
from unisono.nets.copies import copy, copy_name, row, weights
from unisono.nets.layers import Shape, written
from unisono.nets.modules import Block
from unisono.nets.sharing import Streams
from unisono.nets.sharing.grid import Grid
from unisono.nets.sharing.grid_settings import GridSettings


class Experts(nn.Module):
    """Blocks that all share, experts above them, and a gate for each task.

    Args:
        readers: name of each expert -> tasks that may mix it in; an expert that all read comes first.
        above: how many of the last blocks make an expert.
    """

    def __init__(
        self, readers: Mapping[str, list[str]], blocks: Sequence[Block], above: int, shape: Shape, where: str
    ) -> None:
        super().__init__()
        self.readers = dict(readers)
        tasks = next(iter(readers.values()))
        self.stream_of = {task: i for i, task in enumerate(tasks)}
        below, above_blocks = blocks[: len(blocks) - above], blocks[len(blocks) - above :]
        self.below = Grid(GridSettings(rows=["all"] * len(below)), below, tasks, shape, where) if below else None
        self._rows = [*self.below.rows()] if self.below else []
        shape = self.below.shapes[0] if self.below else shape
        self.experts = nn.ModuleDict({name: nn.ModuleList() for name in readers})
        self.gates = self._gates(shape, where)
        for block in above_blocks:
            shape = self._stack(block, shape)
        self._rows.append(self._gate_row(shape))
        self.shapes = [shape] * len(tasks)

    def forward(self, x: Tensor, arrays: Mapping[str, Tensor]) -> Streams:
        """Each task's mixture of its experts."""
        if self.below is not None:
            x = self.below(x, arrays).features[0]
        found = {name: _through(blocks, x, arrays) for name, blocks in self.experts.items()}
        seen = _summary(x, arrays)
        mixed = [
            self._mixed(task, gate(seen), found)
            for task, gate in zip(self.stream_of, self.gates.children(), strict=True)
        ]
        return Streams(mixed, x if self.below is not None else None)

    def last_shared(self) -> list[nn.Parameter]:
        """The weights of the last block of every expert that all tasks read."""
        shared = [name for name, tasks in self.readers.items() if len(tasks) == len(self.stream_of)]
        levels = zip(*(self.experts[name].children() for name in shared), strict=True)
        found = [[w for expert in level for w in weights(expert)] for level in levels]
        below = self.below.last_shared() if self.below is not None else []
        return next((level for level in reversed(found) if level), below)

    def rows(self) -> list[dict[str, Any]]:
        """The shared blocks, each expert's blocks, and the gates."""
        return self._rows

    def _gates(self, shape: Shape, where: str) -> nn.ModuleDict:
        size = shape[0]
        if size is None or (self.below is None and len(shape) > 1):
            found = f"the gates would read {written(shape)}, the input itself"
            raise ExperimentError(where, found, "Leave at least one block below the experts (blocks).")
        tasks = list(self.stream_of)
        counts = {task: sum(task in readers for readers in self.readers.values()) for task in tasks}
        return nn.ModuleDict({copy_name([task], []): nn.Linear(size, counts[task]) for task in tasks})

    def _stack(self, block: Block, shape: Shape) -> Shape:
        copies, after = [], shape
        for name, blocks in self.experts.items():
            module, after = block.make(shape)
            assert isinstance(blocks, nn.ModuleList)
            blocks.append(module)
            copies.append(copy(name, self.readers[name], module, (shape, after)))
        self._rows.append(row(block.layers, len(copies), copies))
        return after

    def _gate_row(self, shape: Shape) -> dict[str, Any]:
        named = zip(self.stream_of, self.gates.items(), strict=True)
        copies = [copy(f"gate_{name}", [task], gate, (shape, shape)) for task, (name, gate) in named]
        return row(["gate"], len(copies), copies)

    def _mixed(self, task: str, scores: Tensor, found: Mapping[str, Tensor]) -> Tensor:
        mine = torch.stack([found[name] for name, tasks in self.readers.items() if task in tasks], dim=1)
        return torch.matmul(torch.softmax(scores, dim=1).unsqueeze(1), mine).squeeze(1)


def _through(blocks: nn.Module, x: Tensor, arrays: Mapping[str, Tensor]) -> Tensor:
    for block in blocks.children():
        x = block(x, arrays)
    return x


def _summary(x: Tensor, arrays: Mapping[str, Tensor]) -> Tensor:
    """What a gate reads: one value a channel. Word vectors of padding are zero and are not counted."""
    if x.dim() == 3:
        known = (arrays["ids"] != 0).sum(1, keepdim=True).clamp(min=1)
        return x.sum(2) / known
    return x.flatten(2).mean(2) if x.dim() > 2 else x

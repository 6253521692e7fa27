"""One input's way through the network: its encoder, the sharing of its blocks, and what stands for it when missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from unisono.errors import ExperimentError
from unisono.nets.copies import copy_name, trainable
from unisono.nets.encoders import Encoder
from unisono.nets.layers import Shape, written
from unisono.nets.modules import Arrays
from unisono.nets.settings import Chosen
from unisono.nets.sharing import Sharing, Streams
from unisono.parts import part_class


class Branch(nn.Module):
    """Arrays of one input become one feature vector a stream.

    Args:
        encoder: of this input.
        arrays: the input's arrays and their shapes.
        sharing: how the tasks share the encoder's blocks.
        widths: task -> number of its logits, for linear paths.
        learned: a vector is learned for each stream where the input is missing; else it is zero.
    """

    sharing: Sharing

    def __init__(
        self,
        encoder: Encoder,
        arrays: Mapping[str, Shape],
        sharing: Chosen,
        widths: Mapping[str, int],
        learned: bool,
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.arrays = dict(arrays)
        tasks = list(widths)
        made = part_class("nets.sharing", sharing.kind)
        self.sharing = made(sharing.settings, encoder.blocks, tasks, encoder.shape, sharing.where)
        self.widths = [_vector(shape, sharing.where) for shape in self.sharing.shapes]
        self.absent = nn.ParameterList(torch.zeros(width) for width in self.widths if learned)
        direct = {task: encoder.direct(width) for task, width in widths.items()}
        self.direct = nn.ModuleDict({copy_name([t], []): module for t, module in direct.items() if module is not None})

    def forward(self, arrays: Arrays, present: Tensor | None) -> Streams:
        """The features of each stream.

        Args:
            arrays: of this input.
            present: (n,), above 0 where the track has this input; None where all have it.
        """
        if present is None:
            return self._streams(arrays)
        if torch.compiler.is_exporting():
            streams = self._streams(arrays)
            there = (present > 0).unsqueeze(1)
            features = [torch.where(there, f, self._absent(i, f)) for i, f in enumerate(streams.features)]
            return Streams(features, None)
        # Only the tracks that are there are looked at: less work, batch statistics of real tracks only, and nothing is
        # too short where a whole batch lacks this input. A graph cannot choose rows: it computes all and masks.
        rows = present.nonzero().squeeze(1)
        if len(rows) == len(present):
            return Streams(self._streams(arrays).features, None)
        found = self._streams({name: array[rows] for name, array in arrays.items()}).features if len(rows) else []
        return Streams(self._spread(found, rows, present), None)

    def linear(self, task: str, arrays: Arrays, present: Tensor | None) -> Tensor | None:
        """What the linear path adds to a task's logits; None where there is none."""
        name = copy_name([task], [])
        if name not in self.direct:
            return None
        logits: Tensor = self.direct[name](self.encoder.prepare(arrays), arrays)
        return logits if present is None else torch.where((present > 0).unsqueeze(1), logits, 0.0)

    def varying(self) -> dict[str, tuple[int, ...]]:
        """Array -> axes of a batch whose length varies by track."""
        return {a: tuple(i for i, size in enumerate(shape, 1) if size is None) for a, shape in self.arrays.items()}

    def describe(self) -> dict[str, Any]:
        """Shape, blocks and linear paths, for the report's picture."""
        paths = {name.removeprefix("for_"): trainable(module) for name, module in self.direct.items()}
        least = getattr(self.encoder, "least_frames", None)
        return {
            "encoder": type(self.encoder).__name__,
            "sharing": type(self.sharing).__name__,
            "shape": list(self.encoder.shape),
            "least_frames": least,
            "blocks": self.sharing.rows(),
            "linear_path": paths,
        }

    def _streams(self, arrays: Arrays) -> Streams:
        return self.sharing(self.encoder.prepare(arrays), arrays)

    def _absent(self, stream: int, like: Tensor) -> Tensor:
        if len(self.absent) == 0:
            return torch.zeros((), dtype=like.dtype, device=like.device)
        vector: Tensor = self.absent[stream]
        return vector.to(like.dtype)

    def _spread(self, features: list[Tensor], rows: Tensor, present: Tensor) -> list[Tensor]:
        """Rows of the tracks that are there, put among the others."""
        spread = []
        for stream, width in enumerate(self.widths):
            like = features[stream] if features else present
            empty = self._absent(stream, like).expand(len(present), width)
            spread.append(empty.index_copy(0, rows, features[stream]) if features else empty)
        return spread


def _vector(shape: tuple[int | None, ...], where: str) -> int:
    if len(shape) != 1 or shape[0] is None:
        found = f"the last block ends in {written(shape)} but heads read a vector"
        raise ExperimentError(where, found, 'End it with "globalavgpool", "globalmaxpool" or "flatten".')
    return shape[0]

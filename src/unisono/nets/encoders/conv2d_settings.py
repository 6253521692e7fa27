"""Settings of the convolutional encoder of mel spectrograms."""

from __future__ import annotations

from unisono.nets.layers import Layer, parse_block
from unisono.nets.settings import BlockSettings
from unisono.parts import Settings

_PYRAMID = tuple(
    BlockSettings(layers=(f"conv {width} 3x3 same", "batchnorm", "relu", "maxpool 2x2", *last))
    for width, last in ((32, ()), (64, ()), (64, ()), (128, ("globalavgpool", "dropout 0.3")))
)


class Conv2dSettings(Settings):
    """Blocks of 2-d layers; the last one ends in a vector ("globalavgpool", "globalmaxpool" or "flatten")."""

    blocks: tuple[BlockSettings, ...] = _PYRAMID

    def parsed(self, where: str) -> list[tuple[Layer, ...]]:
        """The layers of each block; `where` is the key to name in messages."""
        return [parse_block(block.layers, f"{where}.blocks, block {i}") for i, block in enumerate(self.blocks, 1)]

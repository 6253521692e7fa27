"""Settings of the dense encoder of vectors."""

from __future__ import annotations

from typing import ClassVar

from unisono.nets.layers import Layer, parse_block
from unisono.nets.settings import BlockSettings
from unisono.parts import Settings


class MlpSettings(Settings):
    """Blocks of dense layers.

    Args:
        linear_path: also a linear map from the values straight to each task's logits.
    """

    stacks: ClassVar[bool] = True  # several such networks can be one program, see `nets.stacked`

    blocks: tuple[BlockSettings, ...] = (BlockSettings(layers=("linear 128", "relu", "dropout 0.5")),)
    linear_path: bool = False

    def parsed(self, where: str) -> list[tuple[Layer, ...]]:
        """The layers of each block; `where` is the key to name in messages."""
        return [parse_block(block.layers, f"{where}.blocks, block {i}") for i, block in enumerate(self.blocks, 1)]

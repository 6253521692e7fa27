"""Settings of the pre-trained encoder of texts."""

from __future__ import annotations

from typing import Literal

from unisono.nets.layers import Layer, parse_block
from unisono.nets.settings import BlockSettings, Rate
from unisono.parts import Settings


class TransformerSettings(Settings):
    """A pre-trained encoder and the pooling of what it says of each piece (block 1), then further blocks.

    Args:
        pooling: "mean" over the pieces, "cls" for the first one, or "pooled": the first one through the dense layer
            that the model was trained with.
        dropout: on the pooled vector; inside the encoder the model's own configuration says.
        blocks: further blocks.
    """

    pooling: Literal["mean", "cls", "pooled"] = "mean"
    dropout: Rate = 0.1
    blocks: tuple[BlockSettings, ...] = ()

    def parsed(self, where: str) -> list[tuple[Layer, ...]]:
        """The layers of each block, those of the first beside its own; `where` is the key to name in messages."""
        rest = [parse_block(block.layers, f"{where}.blocks, block {i}") for i, block in enumerate(self.blocks, 1)]
        own = [f"dropout {self.dropout}"] if self.dropout else []
        return [parse_block(own, where), *rest]

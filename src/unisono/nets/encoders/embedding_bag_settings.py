"""Settings of the encoder of bags of words."""

from __future__ import annotations

from typing import ClassVar

from unisono.nets.layers import Layer, parse_block
from unisono.nets.settings import BlockSettings, Rate, Width
from unisono.parts import Settings


class EmbeddingBagSettings(Settings):
    """A weighted sum of word vectors, then layers.

    Args:
        width: of the word vectors; the bag is a dense layer from the vocabulary to this width, computed sparsely.
        layers: the rest of the first block, after the bag.
        blocks: further blocks.
        word_dropout: chance that a word is left out of a track in training (the others are scaled up).
        linear_path: also a linear map from the bag straight to each task's logits (logistic regression beside it).
    """

    stacks: ClassVar[bool] = True  # several such networks can be one program, see `nets.stacked`

    width: Width = 128
    layers: tuple[str, ...] = ("relu", "dropout 0.5")
    blocks: tuple[BlockSettings, ...] = ()
    word_dropout: Rate = 0.0
    linear_path: bool = False

    def parsed(self, where: str) -> list[tuple[Layer, ...]]:
        """The layers of each block (the first after its bag); `where` is the key to name in messages."""
        rest = [parse_block(block.layers, f"{where}.blocks, block {i}") for i, block in enumerate(self.blocks, 1)]
        return [parse_block(self.layers, f"{where}.layers"), *rest]

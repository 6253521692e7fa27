"""Settings of the convolutional encoder of texts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from unisono.nets.layers import Layer, parse_block
from unisono.nets.settings import BlockSettings, Rate, Width
from unisono.parts import Settings


class TextCnnSettings(Settings):
    """Word vectors (block 1), parallel convolutions with the maximum over time (block 2), then further blocks.

    Args:
        embedding: width of the word vectors.
        widths: how many words each convolution sees.
        channels: of each convolution.
        dropout: on their concatenated maxima.
        word_dropout: chance that a word's vector is zero in training.
        deviation: of the word vectors' first values. Torch's own 1 is large beside what adam moves in a few epochs.
    """

    embedding: Width = 300
    widths: Annotated[tuple[Width, ...], Field(min_length=1)] = (2, 4, 6)
    channels: Width = 120
    activation: Literal["relu", "elu", "leakyrelu", "selu", "tanh", "sigmoid"] = "relu"
    dropout: Rate = 0.5
    word_dropout: Rate = 0.0
    deviation: Annotated[float, Field(gt=0)] = 1.0
    blocks: tuple[BlockSettings, ...] = ()

    def parsed(self, where: str) -> list[tuple[Layer, ...]]:
        """The layers of each block, those of the first two beside their own; `where` is the key to name."""
        rest = [parse_block(block.layers, f"{where}.blocks, block {i}") for i, block in enumerate(self.blocks, 1)]
        own = [f"dropout {self.dropout}"] if self.dropout else []
        return [(), parse_block(own, where), *rest]

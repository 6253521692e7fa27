"""Bags of words: a weighted sum of word vectors, then dense layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from unisono.errors import ExperimentError
from unisono.inputs import Input
from unisono.nets.dropout import dropout
from unisono.nets.encoders.embedding_bag_settings import EmbeddingBagSettings
from unisono.nets.layers import Layer, Shape
from unisono.nets.modules import Arrays, Block, LayerBlock, layer_block


class EmbeddingBag:
    """Word ids and their weights become a vector.

    Args:
        source: an input with the arrays ids and weights, and a `vocabulary_size`.
    """

    def __init__(self, settings: EmbeddingBagSettings, source: Input, where: str) -> None:
        if not {"ids", "weights"} <= set(source.shapes):
            found = f"embedding_bag needs ids and weights but gets {', '.join(source.shapes)}"
            raise ExperimentError(where, found, "Use the input bag_of_words.")
        self.rows: int = source.vocabulary_size  # type: ignore[attr-defined]  # of inputs with ids
        self.settings = settings
        self.shape: Shape = (None,)
        first, *rest = settings.parsed(where)
        shown = (f"bag {settings.width}", *(layer.text for layer in first))
        self.blocks: list[Block] = [Block(shown, lambda _: self._first(first)), *map(layer_block, rest)]

    def prepare(self, arrays: Mapping[str, Tensor]) -> Tensor:
        """The words' ids. Shape: (n, words)"""
        return arrays["ids"]

    def direct(self, width: int) -> nn.Module | None:
        """A bag with as many columns as there are logits, if asked for; it begins at zero as a linear model would."""
        if not self.settings.linear_path:
            return None
        bag = Bag(self.rows, width, 0.0, bias=False)
        nn.init.zeros_(bag.weight)
        return bag

    def _first(self, layers: Sequence[Layer]) -> tuple[nn.Module, Shape]:
        block = _BagBlock(Bag(self.rows, self.settings.width, self.settings.word_dropout), layers)
        return block, block.shape


class Bag(nn.Module):
    """The sum of the words' vectors, each times its weight, plus a bias: a dense layer over a sparse input.

    Training gathers and sums in one pass (torch's embedding bag); otherwise it is a gather and a product, which
    exports to a fast graph. Both give the same numbers.
    """

    def __init__(self, rows: int, width: int, word_dropout: float, bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(rows, width) / width**0.5)  # a unit-length bag gives a unit vector
        self.bias = nn.Parameter(torch.zeros(width)) if bias else None
        self.word_dropout = word_dropout

    def forward(self, ids: Tensor, arrays: Arrays) -> Tensor:
        """Shape: (n, words) -> (n, width)"""
        weights = dropout(arrays["weights"], self.word_dropout, self.training)
        if self.training:
            bag = nn.functional.embedding_bag(ids, self.weight, mode="sum", per_sample_weights=weights)
        else:
            bag = torch.matmul(weights.unsqueeze(1), nn.functional.embedding(ids, self.weight)).squeeze(1)
        return bag if self.bias is None else bag + self.bias


class _BagBlock(nn.Module):
    def __init__(self, bag: Bag, layers: Sequence[Layer]) -> None:
        super().__init__()
        self.bag = bag
        self.layers = LayerBlock(layers, (bag.weight.shape[1],))
        self.shape = self.layers.shape

    def forward(self, ids: Tensor, arrays: Arrays) -> Tensor:
        x: Tensor = self.layers(self.bag(ids, arrays))
        return x

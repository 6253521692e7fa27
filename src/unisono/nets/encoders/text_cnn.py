"""Texts: word vectors, parallel convolutions of several widths, the maximum over time (Kim, 2014)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from unisono.errors import ExperimentError
from unisono.inputs import Input
from unisono.nets.dropout import dropout
from unisono.nets.encoders._lengths import by_length
from unisono.nets.encoders.text_cnn_settings import TextCnnSettings
from unisono.nets.layers import Layer, Shape
from unisono.nets.modules import Arrays, Block, LayerBlock, activation, layer_block


class TextCnn:
    """Word ids become a vector; id 0 pads the end of a text and changes nothing.

    Args:
        source: an input with the array ids, and a `vocabulary_size`.
    """

    def __init__(self, settings: TextCnnSettings, source: Input, where: str) -> None:
        if set(source.shapes) != {"ids"}:
            found = f"text_cnn needs the array ids alone but gets {', '.join(source.shapes)}"
            raise ExperimentError(where, found, "Use the input words.")
        self.rows: int = source.vocabulary_size  # type: ignore[attr-defined]  # of inputs with ids
        self.settings = settings
        self.shape: Shape = (None,)
        _, last, *rest = settings.parsed(where)
        words = Block((f"embedding {settings.embedding}",), self._words)
        shown = (*(f"conv {settings.channels} {k}" for k in settings.widths), "globalmaxpool", settings.activation)
        windows = Block((*shown, *(layer.text for layer in last)), lambda shape: self._windows(shape, last))
        self.blocks: list[Block] = [words, windows, *map(layer_block, rest)]

    def prepare(self, arrays: Mapping[str, Tensor]) -> Tensor:
        """The words' ids. Shape: (n, words)"""
        return arrays["ids"]

    def direct(self, width: int) -> nn.Module | None:
        """No linear path."""
        return None

    def _words(self, shape: Shape) -> tuple[nn.Module, Shape]:
        block = _Words(self.rows, self.settings)
        return block, (self.settings.embedding, *shape)

    def _windows(self, shape: Shape, layers: Sequence[Layer]) -> tuple[nn.Module, Shape]:
        block = _Windows(shape[0] or 0, self.settings, layers)
        return block, block.layers.shape


class _Words(nn.Module):
    """Ids to vectors, channels first. Shape: (n, words) -> (n, embedding, words)"""

    def __init__(self, rows: int, settings: TextCnnSettings) -> None:
        super().__init__()
        self.embedding = nn.Embedding(rows, settings.embedding, padding_idx=0)
        with torch.no_grad():
            self.embedding.weight.mul_(settings.deviation)
        self.word_dropout = settings.word_dropout

    def forward(self, ids: Tensor, arrays: Arrays) -> Tensor:
        vectors: Tensor = self.embedding(ids)
        if self.training and self.word_dropout:
            vectors = vectors * dropout(torch.ones_like(vectors[..., :1]), self.word_dropout, self.training)
        return vectors.transpose(1, 2)


class _Windows(nn.Module):
    """Convolutions over windows of words, the largest value of each channel. Shape: (n, channels, words) -> (n, width)

    A window counts where it lies in the text; a text shorter than a window counts once, zeros behind it.
    """

    def __init__(self, channels: int, settings: TextCnnSettings, layers: Sequence[Layer]) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(nn.Conv1d(channels, settings.channels, k) for k in settings.widths)
        self.activation = activation(settings.activation)
        self.widths = settings.widths
        self.layers = LayerBlock(layers, (settings.channels * len(settings.widths),))

    def forward(self, x: Tensor, arrays: Arrays) -> Tensor:
        # The maximum goes before the activation, which is monotone: same numbers.
        largest = by_length(self._largest, x, arrays, (arrays["ids"] != 0).sum(1))
        features: Tensor = self.layers(self.activation(largest))
        return features

    def _largest(self, x: Tensor, arrays: Arrays) -> Tensor:
        known = (arrays["ids"] != 0).sum(1, keepdim=True)
        starts = torch.arange(x.shape[2], device=x.device).unsqueeze(0)
        padded = nn.functional.pad(x, (0, max(self.widths) - 1))
        largest = []
        for width, convolution in zip(self.widths, self.convolutions, strict=True):
            outside = starts > (known - width).clamp(min=0)
            values = convolution(padded[..., : x.shape[2] + width - 1])
            largest.append(values.masked_fill(outside.unsqueeze(1), -torch.inf).amax(2))
        return torch.cat(largest, 1)

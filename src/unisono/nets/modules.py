"""Layers as torch modules, and blocks of them that know the shape they give."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from unisono.nets.dropout import Dropout
from unisono.nets.layers import Layer, Shape, pool_first, shape_after

Arrays = Mapping[str, Tensor]  # one input's arrays of a batch


class Block(NamedTuple):
    """A block of an encoder, of which the sharing makes as many copies as it needs.

    Args:
        layers: its layers as the report shows them.
        make: shape of one example -> a new module, called with (x, arrays of the input), and the shape it gives.
    """

    layers: tuple[str, ...]
    make: Callable[[Shape], tuple[nn.Module, Shape]]


class LayerBlock(nn.Module):
    """Layers one after the other, each under its kind and position: `conv1`, `relu2`.

    Max-pooling goes before a monotone activation where only activations stand between.
    """

    def __init__(self, layers: Sequence[Layer], shape: Shape) -> None:
        super().__init__()
        for layer in pool_first(layers):
            after = shape_after(layer, shape)
            self.add_module(layer.name, _module(layer, shape))
            shape = after
        self.shape = shape

    def forward(self, x: Tensor, arrays: Arrays | None = None) -> Tensor:
        """The layers' result; `arrays` are not looked at."""
        for layer in self.children():
            x = layer(x)
        return x


class BatchNorm(nn.BatchNorm1d):
    """Batch normalisation of vectors and of pictures; a single value a channel is normalised by the running statistics.

    One value has no variance: the last batch of an epoch may hold a single track.
    """

    def _check_input_dim(self, x: Tensor) -> None:
        """Any number of axes after the channels."""

    def forward(self, x: Tensor) -> Tensor:
        """Same shape as `x`."""
        if self.training and x.numel() == x.shape[1]:
            return nn.functional.batch_norm(
                x, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps
            )
        return super().forward(x)


class _EvenConv2d(nn.Conv2d):
    """A convolution with an even kernel whose output is as large as its input: the odd zero goes behind."""

    def forward(self, x: Tensor) -> Tensor:
        (up, left), (down, right) = ([(k - 1) // 2 for k in self.kernel_size], [k // 2 for k in self.kernel_size])
        return super().forward(nn.functional.pad(x, (left, right, up, down)))


class _GlobalPool(nn.Module):
    def __init__(self, largest: bool) -> None:
        super().__init__()
        self.largest = largest

    def forward(self, x: Tensor) -> Tensor:
        return torch.amax(x, dim=(2, 3)) if self.largest else torch.mean(x, dim=(2, 3))


class _StatisticsPool(nn.Module):
    """Statistics over time of each channel and band, side by side as channels of a picture one frame long.

    Shape: (n, channels, bands, frames) -> (n, channels x statistics, bands, 1)
    """

    def __init__(self, statistics: Sequence[tuple[str, int]]) -> None:
        super().__init__()
        self.statistics = tuple(statistics)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([_STATISTICS[name](x, frames) for name, frames in self.statistics], dim=1)


def _deviation(x: Tensor) -> Tensor:
    """Of silence it is a small number, not zero, for the root of zero has no gradient."""
    centred = x - x.mean(dim=3, keepdim=True)
    return (centred.square().mean(dim=3, keepdim=True) + 1e-6).sqrt()


_STATISTICS: dict[str, Callable[[Tensor, int], Tensor]] = {  # the number is that of frames that a change spans
    "mean": lambda x, _: x.mean(dim=3, keepdim=True),
    "deviation": lambda x, _: _deviation(x),
    "max": lambda x, _: x.amax(dim=3, keepdim=True),
    "change": lambda x, frames: _deviation(x[..., frames:] - x[..., :-frames]),
}


def layer_block(layers: Sequence[Layer]) -> Block:
    """A block made of layers only."""

    def make(shape: Shape) -> tuple[nn.Module, Shape]:
        block = LayerBlock(layers, shape)
        return block, block.shape

    return Block(tuple(layer.text for layer in layers), make)


def activation(kind: str) -> nn.Module:
    """An activation by its name in `nets.layers`."""
    return _ACTIVATIONS[kind]()


_ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU, "elu": nn.ELU, "leakyrelu": nn.LeakyReLU, "selu": nn.SELU, "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid, "gelu": nn.GELU, "silu": nn.SiLU,
}  # fmt: skip
_MADE: dict[str, Callable[[Layer, int], nn.Module]] = {  # layer, channels that come in
    "conv": lambda layer, n: _convolution(layer, n),
    "linear": lambda layer, n: nn.Linear(n, layer.width),
    "maxpool": lambda layer, n: nn.MaxPool2d(layer.kernel, layer.stride),
    "avgpool": lambda layer, n: nn.AvgPool2d(layer.kernel, layer.stride),
    "globalmaxpool": lambda layer, n: _GlobalPool(largest=True),
    "globalavgpool": lambda layer, n: _GlobalPool(largest=False),
    "statspool": lambda layer, n: _StatisticsPool(layer.statistics),
    "dropout": lambda layer, n: Dropout(layer.rate),
    "batchnorm": lambda layer, n: BatchNorm(n),
    "layernorm": lambda layer, n: nn.LayerNorm(n),
    "flatten": lambda layer, n: nn.Flatten(),
}


def _module(layer: Layer, shape: Shape) -> nn.Module:
    if layer.kind in _ACTIVATIONS:
        return activation(layer.kind)
    channels = shape[0]
    assert channels is not None  # shape_after has looked
    return _MADE[layer.kind](layer, channels)


def _convolution(layer: Layer, channels: int) -> nn.Module:
    height, width = layer.kernel
    if not layer.same:
        return nn.Conv2d(channels, layer.width, layer.kernel, layer.stride, layer.padding)
    if height % 2 and width % 2:
        return nn.Conv2d(channels, layer.width, layer.kernel, padding=(height // 2, width // 2))
    return _EvenConv2d(channels, layer.width, layer.kernel)

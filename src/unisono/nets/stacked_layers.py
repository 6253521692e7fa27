"""Layers of several networks of one shape as one layer: every parameter with a leading axis, one place a network.

Rows of a batch stand network by network, the same number for each, so that whatever looks at one row alone
(activations, concatenation, softmax) needs no form of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from unisono.nets.dropout import Dropout, Luck, factor, factors
from unisono.nets.encoders.embedding_bag import Bag
from unisono.nets.modules import BatchNorm

_SMALL = 2**12  # numbers of a layer whose gradient is turned faster than a function of our own is called
_WIDTH = 32  # numbers that a processor computes at once, at the most: what is left over may be rounded otherwise


@dataclass
class Whose:
    """Which rows of a batch are whose, and where each network's dropout comes from.

    Args:
        luck: random bits of each network.
        counts: rows of each network in this batch; what stands behind them is padding.
        lengths: words of each network's longest row, where rows are bags.
    """

    luck: Luck
    counts: Sequence[int] = ()
    lengths: Sequence[int] = ()

    @property
    def number(self) -> int:
        """How many networks there are."""
        return self.luck.number

    def apart(self, x: Tensor) -> Tensor:
        """Shape: (networks x rows, ...) -> (networks, rows, ...)"""
        return x.reshape(self.number, -1, *x.shape[1:])

    def kept(self, shape: Sequence[int], rate: float, dtype: torch.dtype, widths: Sequence[int] = ()) -> Tensor:
        """What dropout multiplies by: the numbers that each network alone would draw for its rows.

        Args:
            shape: of what is multiplied, (networks x rows, ...).
            widths: how much of the last axis is a network's own; default: all of it.
        """
        rows, many = shape[0] // self.number, math.prod(shape[1:])
        if not widths and list(self.counts) == [rows] * self.number:
            return factors(self.luck.take([rows * many] * self.number), rate, dtype).view(*shape)
        own = widths or [many] * self.number
        bits = self.luck.take([count * width for count, width in zip(self.counts, own, strict=True)])
        found = factors(bits, rate, dtype)
        mask = torch.zeros(self.number, rows, many, dtype=dtype)
        for at, (count, width) in enumerate(zip(self.counts, own, strict=True)):
            mask[at, :count, :width] = found[at, : count * width].view(count, width)
        return mask.view(*shape)


class StackedLinear(nn.Module):
    """Dense layers side by side. Shape: (networks x rows, before) -> (networks x rows, after)

    What follows each of them may be computed with them: a ReLU (`relu`), and dropout behind it (`dropout`, its rate).
    """

    def __init__(self, layers: Sequence[nn.Linear], whose: Whose) -> None:
        super().__init__()
        self.whose, self.relu, self.dropout = whose, False, 0.0
        self.weight = _stacked([layer.weight for layer in layers])
        self.bias = None if layers[0].bias is None else _stacked([layer.bias for layer in layers])

    def forward(self, x: Tensor) -> Tensor:
        rows = self.whose.apart(x)
        if self.relu:
            kept = None
            if self.dropout and self.training:
                kept = self.whose.kept((len(x), self.weight.shape[1]), self.dropout, x.dtype)
            found: Tensor = _Rectified.apply(rows, self.weight, self.bias, kept, self.dropout)  # type: ignore[no-untyped-call]
            return found.flatten(0, 1)
        if self.bias is not None and self.weight[0].numel() < _SMALL and self.weight[0].numel() % _WIDTH == 0:
            return products(rows, self.weight, self.bias).flatten(0, 1)
        found = _Linear.apply(rows, self.weight, self.bias)  # type: ignore[no-untyped-call]
        return found.flatten(0, 1)


class _Linear(torch.autograd.Function):
    """As autograd would have it, but the weights' gradient is written in their own order, not transposed."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(rows, weight)
        return products(rows, weight, bias)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor, Tensor | None]:
        return _at_dense(ctx, gradients[0], *ctx.saved_tensors)


class _Rectified(torch.autograd.Function):
    """A dense layer, ReLU and dropout: where the result is above zero, the gradient passes, times dropout's factor."""

    @staticmethod
    def forward(
        ctx: Any, rows: Tensor, weight: Tensor, bias: Tensor | None, kept: Tensor | None, rate: float
    ) -> Tensor:
        found = products(rows, weight, bias).relu_()
        if kept is not None:
            found.mul_(kept.view(found.shape))
        ctx.save_for_backward(rows, weight, found)
        ctx.factor = 1.0 if kept is None else factor(rate)
        return found

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        rows, weight, found = ctx.saved_tensors
        at_rows: Tensor = torch.ops.aten.threshold_backward(gradients[0], found, 0.0)
        if ctx.factor != 1.0:
            at_rows.mul_(ctx.factor)
        return *_at_dense(ctx, at_rows, rows, weight), None, None


def _at_dense(ctx: Any, at_rows: Tensor, rows: Tensor, weight: Tensor) -> tuple[Tensor | None, Tensor, Tensor | None]:
    """What flows back to rows, weight and bias."""
    below = torch.bmm(at_rows, weight) if ctx.needs_input_grad[0] else None
    return below, weight_gradient(at_rows, rows), at_rows.sum(dim=1) if ctx.needs_input_grad[2] else None


def products(rows: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Of dense layers. Shape: (networks, rows, before), (networks, after, before) -> (networks, rows, after)"""
    if len(rows) == 1 and weight.shape[1] == 1:  # a lone vector is multiplied, and rounded, otherwise
        rows, weight = torch.cat([rows, rows]), torch.cat([weight, weight])
        return products(rows, weight, None if bias is None else torch.cat([bias, bias]))[:1]
    turned = weight.transpose(1, 2)
    return torch.bmm(rows, turned) if bias is None else torch.baddbmm(bias.unsqueeze(1), rows, turned)


def weight_gradient(at_rows: Tensor, rows: Tensor) -> Tensor:
    """Of dense layers. Shape: (networks, rows, after), (networks, rows, before) -> (networks, after, before)"""
    many, uneven = rows.shape[2], (at_rows.shape[2] * rows.shape[2]) % _WIDTH
    even = fn.pad(rows, (0, -many % _WIDTH)) if uneven else rows  # else a sum's order tells a network's place
    return torch.bmm(at_rows.transpose(1, 2), even)[..., :many]


class StackedDropout(nn.Module):
    """Dropout with a mask of its own for each network."""

    def __init__(self, layers: Sequence[Dropout], whose: Whose) -> None:
        super().__init__()
        self.whose, self.rate = whose, layers[0].p

    def forward(self, x: Tensor) -> Tensor:
        return x * self.whose.kept(x.shape, self.rate, x.dtype) if self.training and self.rate else x


class StackedBatchNorm(nn.Module):
    """Batch normalisation, each network by the statistics of its own rows."""

    def __init__(self, layers: Sequence[BatchNorm], whose: Whose) -> None:
        super().__init__()
        self.whose, self.eps, self.momentum = whose, layers[0].eps, layers[0].momentum
        self.weight = _stacked([layer.weight for layer in layers])
        self.bias = _stacked([layer.bias for layer in layers])
        for name in ("running_mean", "running_var", "num_batches_tracked"):
            self.register_buffer(name, torch.stack([layer.get_buffer(name) for layer in layers]))

    def forward(self, x: Tensor) -> Tensor:
        rows, counts = self.whose.apart(x), self.whose.counts
        many = rows.shape[1]
        if rows.shape[2] % _WIDTH == 0 and (not self.training or (set(counts) == {many} and many > 1)):
            self._count(range(self.whose.number))
            side = rows.transpose(0, 1).reshape(many, -1)  # channels of all networks side by side
            means, variances = self.get_buffer("running_mean"), self.get_buffer("running_var")
            found = self._normed(side, means, variances, self.weight, self.bias)
            return found.view(many, *rows.shape[::2]).transpose(0, 1).reshape(x.shape)
        return self._one_by_one(rows).reshape(x.shape)

    def _one_by_one(self, rows: Tensor) -> Tensor:
        """Statistics of each network by itself: where numbers of rows differ, or its channels would not lie evenly."""
        found, means, variances = [], self.get_buffer("running_mean"), self.get_buffer("running_var")
        for at, count in enumerate(self.whose.counts):
            one = rows[at, :count]
            if count > 1:
                self._count([at])
                one = self._normed(one, means[at], variances[at], self.weight[at], self.bias[at])
            elif count:  # one value has no variance
                one = fn.batch_norm(one, means[at], variances[at], self.weight[at], self.bias[at], eps=self.eps)
            found.append(fn.pad(one, (0, 0, 0, rows.shape[1] - count)))
        return torch.stack(found)

    def _normed(self, x: Tensor, means: Tensor, variances: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        (mean, variance), (factor, shift) = (
            (means.reshape(-1), variances.reshape(-1)),
            (weight.reshape(-1), bias.reshape(-1)),
        )
        return fn.batch_norm(x, mean, variance, factor, shift, self.training, self.momentum or 0.0, self.eps)

    def _count(self, networks: Sequence[int]) -> None:
        if self.training:
            self.get_buffer("num_batches_tracked")[list(networks)] += 1


class StackedLayerNorm(nn.Module):
    """Layer normalisation, each network with its own factors."""

    def __init__(self, layers: Sequence[nn.LayerNorm], whose: Whose) -> None:
        super().__init__()
        self.whose, self.eps = whose, layers[0].eps
        self.weight = _stacked([layer.weight for layer in layers])
        self.bias = _stacked([layer.bias for layer in layers])

    def forward(self, x: Tensor) -> Tensor:
        rows = self.whose.apart(fn.layer_norm(x, x.shape[1:], eps=self.eps))
        return (rows * self.weight.unsqueeze(1) + self.bias.unsqueeze(1)).reshape(x.shape)


class StackedBag(nn.Module):
    """Bags of words, each network's summed up for itself: how its words are sorted depends on no other's.

    Vocabularies may differ: a shorter table ends in rows that no bag names.
    """

    def __init__(self, layers: Sequence[Bag], whose: Whose) -> None:
        super().__init__()
        self.whose, self.word_dropout = whose, layers[0].word_dropout
        longest = max(len(layer.weight) for layer in layers)
        self.weight = _stacked([fn.pad(layer.weight, (0, 0, 0, longest - len(layer.weight))) for layer in layers])
        self.bias = (
            None if layers[0].bias is None else _stacked([b for layer in layers if (b := layer.bias) is not None])
        )

    def forward(self, ids: Tensor, arrays: dict[str, Tensor]) -> Tensor:
        weights = arrays["weights"]
        if self.training and self.word_dropout:
            weights = weights * self.whose.kept(weights.shape, self.word_dropout, weights.dtype, self.whose.lengths)
        many, found = zip(self.whose.apart(ids), self.whose.apart(weights), self.weight.unbind(), strict=True), []
        for (places, counted, table), rows, words in zip(many, self.whose.counts, self.whose.lengths, strict=True):
            own, times = places[:rows, :words].contiguous(), counted[:rows, :words].contiguous()
            bag = fn.embedding_bag(own, table, mode="sum", per_sample_weights=times)
            found.append(fn.pad(bag, (0, 0, 0, len(places) - rows)))
        bags = torch.stack(found)
        return (bags if self.bias is None else bags + self.bias.unsqueeze(1)).flatten(0, 1)


def _stacked(parameters: Sequence[Tensor]) -> nn.Parameter:
    return nn.Parameter(torch.stack([p.detach() for p in parameters]))


def fuse(layers: nn.Module) -> None:
    """Of layers that follow each other: let dense ones compute the ReLU and the dropout behind them."""
    named = list(layers.named_children())
    for at, (_, dense) in enumerate(named):
        after = named[at + 1 : at + 3]
        if not isinstance(dense, StackedLinear) or not after or not isinstance(after[0][1], nn.ReLU):
            continue
        dense.relu = True
        delattr(layers, after[0][0])
        if isinstance(after[-1][1], StackedDropout):
            dense.dropout = after[-1][1].rate
            delattr(layers, after[-1][0])


FORMS: dict[type[nn.Module], Callable[[Any, Whose], nn.Module]] = {  # a layer -> its form for several networks
    nn.Linear: StackedLinear,
    Dropout: StackedDropout,
    BatchNorm: StackedBatchNorm,
    nn.LayerNorm: StackedLayerNorm,
    Bag: StackedBag,
}

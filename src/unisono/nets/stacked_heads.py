"""Heads of several networks that read the same features by a dense layer each: one call, one node of autograd."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from unisono.nets.heads import Head
from unisono.nets.network import Network
from unisono.nets.stacked_layers import StackedLinear, products, weight_gradient


class WideHead:
    """Several heads side by side; their parameters stay where they are.

    Args:
        outputs: task -> the dense layer of its head.
    """

    def __init__(self, outputs: Mapping[str, StackedLinear]) -> None:
        self.outputs = dict(outputs)
        self.whose = next(iter(outputs.values())).whose

    def __call__(self, features: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Logits of each task. Shape: (networks x rows, d) -> (networks x rows, width)"""
        layers = self.outputs.values()
        rows = self.whose.apart(features[next(iter(self.outputs))])
        found = _Wide.apply(rows, *(p for layer in layers for p in (layer.weight, layer.bias)))  # type: ignore[no-untyped-call]
        return {task: logits.flatten(0, 1) for task, logits in zip(self.outputs, found, strict=True)}


class _Wide(torch.autograd.Function):
    """One call for all heads, one product for all gradients of weights.

    Logits are a product for each head, and what flows back is summed as autograd sums it: so they are rounded as those
    of a network alone, and Adam, to which the smallest gradient is a whole step, finds no difference to enlarge.
    """

    @staticmethod
    def forward(ctx: Any, rows: Tensor, *parameters: Tensor) -> tuple[Tensor, ...]:
        weights, biases = parameters[::2], parameters[1::2]
        ctx.save_for_backward(rows, *weights)
        pairs = zip(weights, biases, strict=True)
        return tuple(products(rows, weight, bias) for weight, bias in pairs)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        rows, *weights = ctx.saved_tensors
        below = None
        for gradient, weight in zip(reversed(gradients), reversed(weights), strict=True):
            one = torch.bmm(gradient, weight)
            below = one if below is None else below.add_(one)
        at_rows, widths = torch.cat(gradients, dim=2), [one.shape[1] for one in weights]
        parts = torch.split(weight_gradient(at_rows, rows), widths, dim=1)
        biases = torch.split(at_rows.sum(dim=1), widths, dim=1)
        return below, *(one for pair in zip(parts, biases, strict=True) for one in pair)


def widen(program: Network) -> None:
    """Let heads without hidden layers and links that read the same features be computed at once."""
    groups: dict[object, dict[str, StackedLinear]] = {}
    for task, key in program.reads.items():
        output = _only_layer(program, task)
        if output is not None:
            groups.setdefault(key, {})[task] = output
    program.heads.wide = tuple(WideHead(group) for group in groups.values() if len(group) > 1)


def _only_layer(program: Network, task: str) -> StackedLinear | None:
    head = program.heads.of(task)
    assert isinstance(head, Head)
    output: object = head.output
    hidden: Sequence[object] = list(head.hidden.children())
    plain = not hidden and not program.heads.linked.get(task)
    return output if plain and isinstance(output, StackedLinear) and output.bias is not None else None

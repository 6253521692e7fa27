"""Gradients at weights below a tensor are linear in those at the tensor: from one the other, the cheapest way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from unisono.balancing.step.pooled_convolution import gathered, pooled_convolution

Found = dict[Tensor, Tensor | None]


def through(shared: Tensor, weights: Sequence[Tensor], at_shared: Sequence[Tensor]) -> list[Found]:
    """Gradient at each weight, None where the tensor does not depend on it, from each gradient at the tensor."""
    if not weights:
        return [{} for _ in at_shared]
    looked = {weight: pooled_convolution(shared, weight, len(at_shared)) for weight in weights}
    pooled = {weight: found for weight, found in looked.items() if found is not None}
    dense = [weight for weight in weights if weight not in pooled]
    places: list[Any] = [*dense, *(found.edge for found in pooled.values())]
    rows = [torch.autograd.grad(shared, places, at, retain_graph=True, allow_unused=True) for at in at_shared]
    result: list[Found] = [dict(zip(dense, row[: len(dense)], strict=True)) for row in rows]
    for number, (weight, found) in enumerate(pooled.items(), start=len(dense)):
        for of, gradient in zip(result, gathered(found, [row[number] for row in rows], weight), strict=True):
            of[weight] = gradient
    return result

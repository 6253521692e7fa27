"""Dropout whose random numbers cost little: sixteen bits decide on a value, four values a number of the generator."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

_STEPS = 2**16  # what a rate is rounded to: shares of 65,536
_LOWEST = -(2**15)


class Dropout(nn.Dropout):
    """As torch's, with random numbers of its own on the processor, where drawing them takes most of its time."""

    def forward(self, x: Tensor) -> Tensor:
        """Same shape as `x`."""
        return dropout(x, self.p, self.training)


def dropout(x: Tensor, rate: float, training: bool) -> Tensor:
    """Set values to zero with probability `rate` and divide the others by what is left of one.

    On the processor the rate is rounded to a 65,536th; what is divided by is rounded with it, so that the mean stays.
    """
    if not training or not rate:
        return x
    if x.device.type != "cpu":
        return nn.functional.dropout(x, rate)
    bits = drawn([x.numel()], [None])
    if x.dim() == 4 and x.is_contiguous(memory_format=torch.channels_last):  # as the values lie in memory
        count, channels, height, width = x.shape
        return x * factors(bits.view(count, height, width, channels), rate, x.dtype).permute(0, 3, 1, 2)
    return x * factors(bits.view(x.shape), rate, x.dtype)


def drawn(counts: Sequence[int], generators: Sequence[torch.Generator | None]) -> Tensor:
    """Random bits, int16, of several generators, each as it would draw them alone; what is not asked for is zero.

    Args:
        counts: how many numbers of each.
        generators: None is torch's own.
    Returns:
        Shape (generators, largest count), or (count,) of a single generator.
    """
    words = torch.zeros(len(counts), -(-max(counts) // 4), dtype=torch.int64)
    for row, count, generator in zip(words, counts, generators, strict=True):
        row[: -(-count // 4)].random_(-(2**63), None, generator=generator)
    bits = words.view(torch.int16)[:, : max(counts)]
    return bits[0] if len(counts) == 1 else bits


def factors(bits: Tensor, rate: float, dtype: torch.dtype) -> Tensor:
    """What values are multiplied by: zero with probability `rate`, else its inverse share. Shape: as `bits`"""
    dropped = min(round(rate * _STEPS), _STEPS - 1)
    kept = torch.ge(bits, _LOWEST + dropped, out=torch.empty(bits.shape, dtype=dtype))
    return kept.mul_(_STEPS / (_STEPS - dropped))

"""Texts of a batch in groups of like length: the same numbers with less padding to compute."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from unisono.nets.modules import Arrays

_GROUPS = 4


def by_length(read: Callable[[Tensor, Arrays], Tensor], x: Tensor, arrays: Arrays, lengths: Tensor) -> Tensor:
    """What `read` makes of a batch, computed in groups of rows that are each cut to their longest text.

    A batch is as wide as its longest text, twice as wide as the mean one in lyrics. On a processor the work is what
    counts; a graph cannot choose rows, and a graphics card rather computes one large batch.

    Args:
        read: makes a vector of each row of (x, arrays); padding must not matter to it.
        x: whose last axis is the text.
        arrays: of the input, all with the text as second axis.
        lengths: of each row's text.
    Shape: (n, ..., longest), (n,) -> (n, width)
    """
    if torch.compiler.is_exporting() or x.device.type != "cpu" or len(x) < 2 * _GROUPS:
        return read(x, arrays)
    order = lengths.argsort(stable=True)
    made = []
    for rows in order.tensor_split(_GROUPS):
        longest = max(int(lengths[rows].max()), 1)
        cut = {name: array[rows, :longest] for name, array in arrays.items()}
        made.append(read(x[rows][..., :longest], cut))
    return torch.cat(made)[order.argsort()]

"""Encoders: an input's arrays become features, by a list of blocks that tasks may share.

Contract of an encoder (`encoders/<name>.py`, a class named like its file, and `<Name>Settings` in the torch-free
`<name>_settings.py` beside it, with `parsed(where)` that gives an item a block):

* `shape` is the shape of one example of what the first block takes, channels first, None where it varies by track.
* `prepare` turns the input's arrays into that tensor; it has no parameters.
* `blocks` are makers: the sharing makes as many copies of each as it needs. A copy is called with what the block below
  gave and with the input's arrays (for masks and weights), and gives a tensor with the channels on axis 1.
* The last block gives a vector. Padding changes nothing; a row of a batch is as in a batch of one (in eval mode).
* `direct` is None, or makes a linear path from the arrays straight to a task's logits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from torch import Tensor, nn

    from unisono.nets.layers import Shape
    from unisono.nets.modules import Block


class Encoder(Protocol):
    """An encoder of one input, made of (settings, input, where); see the module for the contract."""

    @property
    def shape(self) -> Shape: ...
    @property
    def blocks(self) -> Sequence[Block]: ...
    def prepare(self, arrays: Mapping[str, Tensor]) -> Tensor: ...
    def direct(self, width: int) -> nn.Module | None: ...

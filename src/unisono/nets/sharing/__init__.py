"""Sharing: how several tasks use the blocks of one encoder.

Contract of a sharing part (`sharing/<name>.py`, a torch module named like its file, and `<Name>Settings` in the
torch-free `<name>_settings.py` beside it, with `check(tasks, blocks, where)`, `shares(tasks, blocks)`, which is
False where no block's weights are those of all tasks, `forks`, true where some block's output lies on every task's
path, `joins`, true where all get the same features, and, where blocks can be named before they are made, `trunk`):

* Made of (settings, blocks, tasks, shape of the first block's input, where), it gives *streams*: one feature tensor for
  every set of tasks that share the whole computation. `stream_of` says which is a task's, `shapes` what comes out.
* Called with what the encoder prepared and the input's arrays, it gives the streams and the *fork*: the last tensor
  that every task's path goes through, or None.
* `last_shared` gives the weights, without biases, of the last block that all tasks share, or an empty list.
* `rows` describes each block: its copies, their tasks, parameters and shapes.
* With one task every scheme of the grid and cross_stitch are the same network.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from torch import Tensor, nn

    from unisono.nets.layers import Shape


class Streams(NamedTuple):
    """The features that a sharing gives.

    Args:
        features: one tensor a stream.
        fork: the last tensor on every task's path; None when there is none.
    """

    features: list[Tensor]
    fork: Tensor | None


class Sharing(Protocol):
    """A way of sharing; see the module for the contract."""

    @property
    def stream_of(self) -> Mapping[str, int]: ...
    @property
    def shapes(self) -> list[Shape]: ...
    def __call__(self, x: Tensor, arrays: Mapping[str, Tensor]) -> Streams: ...
    def last_shared(self) -> list[nn.Parameter]: ...
    def rows(self) -> list[dict[str, Any]]: ...

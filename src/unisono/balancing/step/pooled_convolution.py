"""Weight gradients of a convolution right below max-pooling, from the few positions that won a pool.

Backward through max-pooling a gradient is zero everywhere but at the winners, the same ones for every task: the input's
patches there are gathered once for all tasks. Exact, and several times faster than a dense pass a task.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.graph import GradientEdge
from torch.nn import functional

_WORTH = 100  # tasks x positions a pool, from which gathering beats the dense passes


class PooledConvolution(NamedTuple):
    """A convolution whose only reader is a max-pooling, as nodes of autograd's tape."""

    pool: Any
    convolution: Any

    @property
    def edge(self) -> GradientEdge:
        """Where the gradient of what the pooling gives can be asked for."""
        return GradientEdge(self.pool, 0)


def pooled_convolution(above: Tensor, weight: Tensor, tasks: int) -> PooledConvolution | None:
    """The pooled convolution that a weight belongs to, or None where there is none or gathering is not worth it.

    Args:
        above: a tensor computed from the weight.
        tasks: how many gradients will be asked for.
    """
    readers = _readers(above)
    own = [node for node in readers if getattr(node, "variable", None) is weight]
    convolution = _only(readers, own[0]) if own else None
    pool = _only(readers, convolution) if convolution is not None else None
    if pool is None or pool.name() != "MaxPool2DWithIndicesBackward0":
        return None
    height, width = _pair(pool._saved_kernel_size)
    fits = weight.device.type == "cpu" and tasks * height * width >= _WORTH
    return PooledConvolution(pool, convolution) if fits and _is_plain(convolution) else None


def gathered(found: PooledConvolution, gradients: Sequence[Tensor], weight: Tensor) -> list[Tensor]:
    """Gradients at the convolution's weight from those at what the pooling gives.

    Shape: (n, out, bands, frames) each -> the weight's (out, in, kernel bands, kernel frames) each
    """
    source, starts, width = _positions(found)
    batched = torch.stack(list(gradients)).permute(2, 0, 1, 3, 4).flatten(2)  # (out, tasks, winners)
    down, right = _pair(found.convolution._saved_dilation)
    result = weight.new_empty(len(gradients), *weight.shape)
    for y in range(weight.shape[2]):
        for x in range(weight.shape[3]):
            patches = source.index_select(0, starts + (y * down * width + x * right))
            result[..., y, x] = torch.bmm(batched, patches.view(len(weight), -1, weight.shape[1])).transpose(0, 1)
    return list(result.unbind())


def _positions(found: PooledConvolution) -> tuple[Tensor, Tensor, int]:
    """The padded input as rows of channels, the row where each winner's patch starts, and the padded width."""
    convolution, winners = found.convolution, found.pool._saved_result1
    (above, left), (tall, wide) = _pair(convolution._saved_padding), _pair(convolution._saved_stride)
    columns = found.pool._saved_self.shape[3]
    padded = functional.pad(convolution._saved_input, (left, left, above, above)).permute(0, 2, 3, 1).contiguous()
    count, height, width, channels = padded.shape
    flat = winners.transpose(0, 1).flatten(2)  # (out, n, winners)
    rows = flat // columns * tall * width + flat % columns * wide
    rows = rows + torch.arange(count).view(1, -1, 1) * (height * width)
    return padded.view(-1, channels), rows.flatten(), width


def _readers(tensor: Tensor) -> dict[Any, list[Any]]:
    """Every node of the tape below a tensor, with the nodes that read it."""
    readers: dict[Any, list[Any]] = {tensor.grad_fn: []}
    waiting: list[Any] = [tensor.grad_fn]
    while waiting:
        node = waiting.pop()
        for below, _ in node.next_functions:
            if below is not None and below not in readers:
                readers[below] = []
                waiting.append(below)
            if below is not None:
                readers[below].append(node)
    return readers


def _only(readers: dict[Any, list[Any]], node: Any) -> Any:
    return readers[node][0] if len(readers[node]) == 1 else None


def _is_plain(node: Any) -> bool:
    if node.name() != "ConvolutionBackward0" or node._saved_transposed or node._saved_groups != 1:
        return False
    return bool(node._saved_input.ndim == 4)


def _pair(values: tuple[int, ...]) -> tuple[int, int]:
    """Torch may keep one number for both axes."""
    return values[0], values[-1]

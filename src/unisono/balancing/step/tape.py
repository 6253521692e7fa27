"""Which parameters stand below a tensor on autograd's tape, and which between a loss and that tensor."""

from __future__ import annotations

from typing import Any

from torch import Tensor


def parameters_of(tensor: Tensor, stop: Tensor | None = None) -> list[Tensor]:
    """The leaves a tensor was computed from, in the order of the tape.

    Args:
        tensor: a loss, or what a trunk gives out.
        stop: a tensor on the way; what lies behind it is left out.
    """
    border = None if stop is None else stop.grad_fn
    seen: set[Any] = {border}
    found: list[Tensor] = []
    waiting: list[Any] = [tensor.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        leaf = getattr(node, "variable", None)  # only the node that adds to a leaf's .grad has one
        if leaf is not None:
            found.append(leaf)
        waiting.extend(below for below, _ in node.next_functions)
    return found

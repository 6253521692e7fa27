"""Copies of a block: their names in the network, and what the report says of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import nn

from unisono.nets.layers import Shape


def copy_name(group: Sequence[str], tasks: Sequence[str]) -> str:
    """Name of the copy that a group of tasks uses, part of its parameters' names.

    Example:
        >>> copy_name(["genre", "energy"], ["genre", "energy", "mood"])
        'for_genre+energy'
    """
    return "for_all" if len(group) == len(tasks) else "for_" + "+".join(group)


def row(layers: Sequence[str], streams: int, copies: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One block of a description: its layers, its copies and how many times it is computed."""
    return {"layers": list(layers), "streams": streams, "copies": list(copies)}


def copy(name: str, group: Sequence[str], module: nn.Module, shapes: tuple[Shape, Shape]) -> dict[str, Any]:
    """One copy of a description; `shapes` are those of one example before and after."""
    return {
        "name": name,
        "tasks": list(group),
        "parameters": trainable(module),
        "statistics": statistics(module),
        "shape": [list(shape) for shape in shapes],
    }


def trainable(module: nn.Module) -> int:
    """How many numbers of a module are learned."""
    return sum(p.numel() for p in module.parameters())


def statistics(module: nn.Module) -> int:
    """How many numbers of a module are running means and variances."""
    return sum(b.numel() for b in module.buffers() if b.is_floating_point())


def weights(module: nn.Module) -> list[nn.Parameter]:
    """The matrices and kernels of a block; no biases, no norms."""
    return [p for p in module.parameters() if p.dim() > 1]

"""Norm of each task's gradient, and cosine and magnitude similarity of each pair, as one JSON-able record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from unisono.balancing import Step
from unisono.balancing.step import gradients_at, norms


class Conflicts:
    """Looks at every n-th step before it is balanced; the step keeps the gradients, so that looking costs little.

    Args:
        every: steps from one look to the next; 0 never looks.
        at: "representation" (the tensor all heads read: almost free, but tasks that are labelled on different tracks
            have a cosine of 0 there), "weights" (of the last block all tasks share) or a block's dotted name.
        done: steps that were taken before, when a run resumes.
    """

    def __init__(self, every: int, at: str = "representation", done: int = 0) -> None:
        self._every, self._at, self._steps = every, at, done

    def look(self, step: Step) -> dict[str, Any] | None:
        """The record of this step, or None when it is not its turn. Call it before `Balancer.step`."""
        turn = self._every > 0 and self._steps % self._every == 0
        self._steps += 1
        return {"at": self._at, **conflicts(gradients_at(step, self._at))} if turn else None


def conflicts(gradients: Mapping[str, Sequence[Tensor]]) -> dict[str, Any]:
    """Agreement of gradients, of the losses without weights.

    The magnitude similarity of lengths a and b is 2ab / (a^2 + b^2): 1 for equal ones (Yu et al., 2020).

    Returns: "tasks", "norm" (one a task), "cosine" and "magnitude" (a row a task); null where a gradient is zero.
    Raises: TrainingError when a norm is not finite.
    Example:
        >>> found = conflicts({"a": [torch.tensor([3.0, 4.0])], "b": [torch.tensor([4.0, -3.0])]})
        >>> found["norm"], found["cosine"]
        ([5.0, 5.0], [[1.0, 0.0], [0.0, 1.0]])
    """
    lengths = list(norms(gradients).values())
    products = _products([torch.cat([part.flatten() for part in parts]) for parts in gradients.values()])
    pairs = range(len(lengths))
    return {
        "tasks": list(gradients),
        "norm": lengths,
        "cosine": [[_cosine(products[i][j], lengths[i] * lengths[j]) for j in pairs] for i in pairs],
        "magnitude": [[_magnitude(lengths[i], lengths[j]) for j in pairs] for i in pairs],
    }


def _products(rows: list[Tensor]) -> list[list[float]]:
    matrix = torch.stack(rows)
    matrix = matrix.to(torch.promote_types(matrix.dtype, torch.float32))
    found: list[list[float]] = (matrix @ matrix.T).tolist()
    return found


def _cosine(product: float, lengths: float) -> float | None:
    return max(-1.0, min(1.0, product / lengths)) if lengths > 0 else None


def _magnitude(one: float, other: float) -> float | None:
    if min(one, other) <= 0:
        return None
    ratio = min(one, other) / max(one, other)
    return 2 * ratio / (1 + ratio * ratio)

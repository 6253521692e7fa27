"""Losses and gradient norms as numbers of Python, fetched from the device in one go."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from unisono.balancing import Step
from unisono.errors import TrainingError


def loss_values(losses: Mapping[str, Tensor]) -> dict[str, float]:
    """The losses as floats.

    Raises: TrainingError when one is not finite.
    """
    return _finite("loss", list(losses), [loss.detach() for loss in losses.values()])


def norms(gradients: Mapping[str, Sequence[Tensor]]) -> dict[str, float]:
    """Euclidean length of each task's gradient over all its tensors.

    Raises: TrainingError when one is not finite.
    """
    return _finite("gradient norm", list(gradients), [_norm(tensors) for tensors in gradients.values()])


def gradients_at(step: Step, at: str) -> dict[str, tuple[Tensor, ...]]:
    """Gradients of a step's losses at one place.

    Args:
        at: "representation", "weights" (of the last block all tasks share) or a block's dotted name.
    """
    if at == "representation":
        return {task: (gradient,) for task, gradient in step.representation_gradients().items()}
    return step.shared_weight_gradients(None if at == "weights" else at)


def gradient_norms(step: Step, at: str) -> dict[str, float]:
    """Length of each loss's gradient at one place, as `gradients_at`."""
    return norms(gradients_at(step, at))


def _norm(tensors: Sequence[Tensor]) -> Tensor:
    lengths: list[Tensor] = [
        torch.linalg.vector_norm(t, dtype=torch.promote_types(t.dtype, torch.float32)) for t in tensors
    ]
    if len(lengths) > 1:
        lengths = [torch.linalg.vector_norm(torch.stack(lengths))]
    return lengths[0]


def _finite(what: str, tasks: list[str], values: list[Tensor]) -> dict[str, float]:
    numbers = dict(zip(tasks, torch.stack(values).tolist(), strict=True))
    for task, number in numbers.items():
        if not math.isfinite(number):
            raise TrainingError(
                f"balancing: {task}",
                f"its {what} is {number} but must be finite",
                "Training diverged; lower the learning rate or clip gradients.",
            )
    return numbers

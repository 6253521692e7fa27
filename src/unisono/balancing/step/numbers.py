"""Losses and gradient norms as numbers of Python, fetched from the device in one go."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

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

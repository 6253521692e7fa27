"""A step whose rows are spread over several processes, as a balancer sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import torch
from torch import Tensor

from unisono.balancing.step import TrainingStep


class _Exchange(Protocol):
    """What a joint step asks of a group."""

    def sum(self, tensor: Tensor) -> Tensor: ...
    def side_by_side(self, tensor: Tensor) -> tuple[Tensor, int]: ...


class JointStep:
    """The gradients of all processes' rows (a `Step`); each process has only its own in its graph.

    Args:
        step: of this process's rows, with losses whose numbers are those of all rows.
        group: the processes.
    """

    def __init__(self, step: TrainingStep, group: _Exchange) -> None:
        self.losses: Mapping[str, Tensor] = step.losses
        self._step, self._group = step, group
        self._rows: dict[str, Tensor] | None = None
        self._first, self._count = 0, 0
        self._at_weights: dict[str | None, dict[str, tuple[Tensor, ...]]] = {}

    def representation_gradients(self) -> dict[str, Tensor]:
        """Gradient of each loss at the tensor that all heads read, the rows of all processes in the step's order."""
        if self._rows is None:
            own = self._step.representation_gradients()
            stacked = torch.stack(list(own.values()), dim=1)  # (n, tasks, ...): one exchange for all tasks
            whole, self._first = self._group.side_by_side(stacked)
            self._count = len(stacked)
            self._rows = dict(zip(own, whole.unbind(dim=1), strict=True))
        return self._rows

    def shared_weight_gradients(self, block: str | None = None) -> dict[str, tuple[Tensor, ...]]:
        """Gradient of each loss at shared weights, summed over the processes."""
        if block not in self._at_weights:
            own = self._step.shared_weight_gradients(block)
            parts = [part for gradients in own.values() for part in gradients]
            whole = self._group.sum(torch.cat([part.flatten() for part in parts]))
            pieces = iter(torch.split(whole, [part.numel() for part in parts]))
            self._at_weights[block] = {
                task: tuple(next(pieces).view_as(part) for part in gradients) for task, gradients in own.items()
            }
        return self._at_weights[block]

    def backward(self, weights: Mapping[str, float]) -> None:
        """This process's part of the gradient; the group adds them up afterwards."""
        self._step.backward(weights)

    def backward_representation(self, gradient: Tensor) -> None:
        """The trunk gets the rows of this gradient that are this process's."""
        self.representation_gradients()
        self._step.backward_representation(gradient[self._first : self._first + self._count])

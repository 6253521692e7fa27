"""One training step: forward, losses of the tasks that are present, balancing, update."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from unisono.balancing import Balancer, Step
from unisono.balancing.diagnostics import conflicts
from unisono.balancing.step import TrainingStep, gradients_at
from unisono.errors import ExperimentError, TrainingError
from unisono.nets.network import Network, Outcome
from unisono.tasks import Task
from unisono.training.devices import Alone, Group
from unisono.training.rows import Batch
from unisono.training.settings import TrainingSettings


class Stepped(NamedTuple):
    """What one step did.

    Args:
        losses: of each task present.
        weights: that the balancer used.
        conflicts: how much the tasks' gradients agree, where it was asked for.
    """

    losses: dict[str, Tensor]
    weights: dict[str, float]
    conflicts: dict[str, Any] | None = None


@dataclass(frozen=True)
class Learner:
    """What a step works on.

    Args:
        network: the multi-task network.
        tasks: every fitted task.
        balancer: weighs the tasks' losses.
        optimizer: updates the network.
        still: parts of the network that are frozen whole.
        group: the processes that learn the same network.
    """

    network: Network
    tasks: Mapping[str, Task]
    balancer: Balancer
    optimizer: Optimizer
    settings: TrainingSettings
    still: tuple[nn.Module, ...] = ()
    group: Group = field(default_factory=Alone)

    def to_train(self) -> None:
        """Dropout and batch statistics as in learning, but for what is frozen."""
        self.network.train()
        for part in self.still:
            part.eval()

    def step(self, batch: Batch, place: str, look: bool = False) -> Stepped:
        """Learn from one batch.

        Args:
            place: epoch and step, for messages.
            look: also compare the tasks' gradients.
        Raises: TrainingError when a loss is not a finite number; nothing was updated then.
        """
        self.optimizer.zero_grad(set_to_none=True)
        outcome = self.forward(batch)
        losses = self.losses(outcome, batch)
        if not losses:
            return Stepped({}, {})
        if not torch.isfinite(torch.stack([loss.detach() for loss in losses.values()])).all():
            check_finite({n: float(loss.detach()) for n, loss in losses.items()}, place, self.settings)
        step = self.group.step(TrainingStep(losses, outcome.fork, self.network))
        seen = self._compared(step) if look and len(losses) > 1 else None
        weights = self.balancer.step(step)
        self.group.add_gradients(self.network.parameters())
        if self.settings.clip:
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.clip)
        self.optimizer.step()
        return Stepped({n: loss.detach() for n, loss in losses.items()}, weights, seen)

    def _compared(self, step: Step) -> dict[str, Any]:
        """How much the tasks' gradients agree; what cannot be compared is no fault of the balancer."""
        try:
            return conflicts(gradients_at(step, self.settings.diagnostics_at))
        except ExperimentError as error:
            found = error.found.replace("which this method needs", "so gradients cannot be compared there")
            advice = "Name a place that all tasks share, or set training.diagnostics_every = 0."
            advice = error.advice if error.where == "balancing.at" and error.advice else advice  # the nearest name
            raise ExperimentError("training.diagnostics_at", found, advice) from error

    def forward(self, batch: Batch) -> Outcome:
        """Logits and representations of one batch, under autocast where the settings say bf16."""
        with self._autocast():
            outcome: Outcome = self.network(batch.inputs)
        return outcome

    def losses(self, outcome: Outcome, batch: Batch) -> dict[str, Tensor]:
        """The loss of each task that has a label in this batch, or in another process's."""
        present = self.group.present(tuple(batch.targets), batch.present)
        sums = {name: self._loss(name, outcome.logits[name], batch) for name in present}
        means = {
            name: total / weight.clamp_min(torch.finfo(weight.dtype).tiny)
            for name, (total, weight) in self.group.sums(sums).items()
        }
        return {name: self.tasks[name].finish(mean) for name, mean in means.items()}

    def _loss(self, name: str, logits: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Sum and weight of one task; of mixed rows the losses of both labels, each by its share."""
        total, weight = self.tasks[name].loss(logits, batch.targets[name])
        if batch.partners is None:
            return total, weight
        other, its_weight = self.tasks[name].loss(logits, batch.partners[name])
        return batch.share * total + (1 - batch.share) * other, batch.share * weight + (1 - batch.share) * its_weight

    def _autocast(self) -> AbstractContextManager[object]:
        if self.settings.precision == "fp32":
            return nullcontext()
        kind = next(self.network.parameters()).device.type
        return torch.autocast(kind, dtype=torch.bfloat16)


def check_finite(losses: Mapping[str, float], place: str, settings: TrainingSettings) -> None:
    """Stop when a loss is no finite number.

    Raises: TrainingError with the place and the likely cause.
    """
    bad = ", ".join(f"{n} = {loss:g}" for n, loss in losses.items() if not math.isfinite(loss))
    if bad:
        advice = f"The learning rate {settings.learning_rate:g} may be too high: lower it or set training.clip = 1."
        raise TrainingError(place, f"the loss is {bad} but must be finite", advice)

"""The geometric mean of the losses: equal relative progress counts equally, whatever the losses' scales.

Chennupati et al., "MultiNet++: multi-stream feature aggregation and geometric loss strategy for multi-task learning"
(2019). Times the number of tasks, so that equal losses count once each: w_i = (product of L)^(1/T) / L_i.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from unisono.balancing import Facts, State, Step
from unisono.balancing.geometric_settings import GeometricSettings
from unisono.balancing.step import loss_values

_LEAST = 1e-8  # of the largest loss: a solved task must not take all the weight


class Geometric:
    """Weights that are one over the loss (a `Balancer`)."""

    def __init__(self, settings: GeometricSettings, facts: Mapping[str, Facts], seed: int) -> None:
        self._facts = facts

    def step(self, step: Step) -> dict[str, float]:
        weights = _weights(loss_values(step.losses))
        step.backward(weights)
        return weights

    def start_epoch(self, epoch: int) -> None:
        pass

    def state(self) -> State:
        return {}

    def restore(self, state: State) -> None:
        pass


def _weights(losses: Mapping[str, float]) -> dict[str, float]:
    largest = max(losses.values())
    if largest <= 0:
        return dict.fromkeys(losses, 1.0)
    relative = {task: math.log(max(loss / largest, _LEAST)) for task, loss in losses.items()}
    mean = math.fsum(relative.values()) / len(relative)
    return {task: math.exp(mean - logarithm) for task, logarithm in relative.items()}

"""The plain sum of the losses: every task counts once."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from unisono.balancing import Facts, State, Step
from unisono.balancing.sum_settings import SumSettings


class Sum:
    """Weights of one (a `Balancer`)."""

    def __init__(self, settings: SumSettings, facts: Mapping[str, Facts], seed: int) -> None:
        self._facts = facts

    def step(self, step: Step) -> dict[str, float]:
        weights = self.fixed_weights(step.losses)
        step.backward(weights)
        return weights

    def fixed_weights(self, tasks: Collection[str]) -> dict[str, float]:
        return dict.fromkeys(tasks, 1.0)

    def start_epoch(self, epoch: int) -> None:
        pass

    def state(self) -> State:
        return {}

    def restore(self, state: State) -> None:
        pass

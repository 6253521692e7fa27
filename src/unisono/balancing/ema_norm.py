"""Fixed shares of the gradient norm: every task moves the trunk by its share, whatever its loss's scale.

The balancer of EnCodec (Défossez et al., 2022): each task's gradient is divided by a moving average of its norm. Here
the norms keep the sum they would have unweighted (theirs is set to 1), so that learning rates stay comparable.
"""

from __future__ import annotations

from collections.abc import Mapping

from unisono.balancing import Facts, State, Step
from unisono.balancing._weights import rescaled, same_tasks, total_of
from unisono.balancing.ema_norm_settings import EmaNormSettings
from unisono.balancing.step import gradient_norms

_LEAST = 1e-12  # share of the norms' sum below which a gradient counts as none


class EmaNorm:
    """Weights from moving averages of gradient norms (a `Balancer`)."""

    def __init__(self, settings: EmaNormSettings, facts: Mapping[str, Facts], seed: int) -> None:
        self._shares = {task: settings.shares.get(task, 1.0) for task in facts}
        self._decay, self._at = settings.decay, settings.at
        self._averages = dict.fromkeys(facts, (0.0, 0.0))  # decayed sums: of the norms, of their count

    def step(self, step: Step) -> dict[str, float]:
        self._average(gradient_norms(step, self._at))
        everyone = self._weights()
        weights = {task: everyone[task] for task in step.losses}
        step.backward(weights)
        return weights

    def start_epoch(self, epoch: int) -> None:
        pass

    def state(self) -> State:
        return {"averages": {task: list(sums) for task, sums in self._averages.items()}}

    def restore(self, state: State) -> None:
        same_tasks(state["averages"], self._averages)
        self._averages = {task: (total, count) for task, (total, count) in state["averages"].items()}

    def _average(self, norms: Mapping[str, float]) -> None:
        for task, norm in norms.items():
            total, count = self._averages[task]
            self._averages[task] = total * self._decay + norm, count * self._decay + 1

    def _weights(self) -> dict[str, float]:
        """Of every task seen so far, present or not; a gradient that was always zero has no share and counts once."""
        norms = {task: total / count for task, (total, count) in self._averages.items() if count > 0}
        whole = total_of(norms, norms)
        alive = {task: self._shares[task] for task, norm in norms.items() if norm > _LEAST * whole}
        wanted = rescaled(alive, whole) if alive else {}
        return {task: wanted[task] / norm if task in wanted else 1.0 for task, norm in norms.items()}

"""Dynamic weight averaging: a task whose loss fell less from one epoch to the next counts more.

Liu, Johns, Davison, "End-to-end multi-task learning with attention" (2019): T softmax(r / temperature), r = the ratio
of the mean training losses of the last two epochs; the first two epochs count every task once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from unisono.balancing import Facts, State, Step
from unisono.balancing._weights import rescaled, same_tasks
from unisono.balancing.dwa_settings import DwaSettings
from unisono.balancing.step import loss_values


class Dwa:
    """Weights that change once an epoch (a `Balancer`)."""

    def __init__(self, settings: DwaSettings, facts: Mapping[str, Facts], seed: int) -> None:
        self._temperature = settings.temperature
        self._weights = dict.fromkeys(facts, 1.0)
        self._means: dict[str, list[float]] = {task: [] for task in facts}  # of the last two epochs that had the task
        self._sums = {task: [0.0, 0] for task in facts}  # of this epoch: losses, steps

    def step(self, step: Step) -> dict[str, float]:
        for task, loss in loss_values(step.losses).items():
            self._sums[task][0] += loss
            self._sums[task][1] += 1
        weights = {task: self._weights[task] for task in step.losses}
        step.backward(weights)
        return weights

    def start_epoch(self, epoch: int) -> None:
        for task, (total, steps) in self._sums.items():
            if steps:
                self._means[task] = [*self._means[task][-1:], total / steps]
        self._sums = {task: [0.0, 0] for task in self._sums}
        self._reweigh()

    def state(self) -> State:
        return {
            "weights": dict(self._weights),
            "means": {task: list(means) for task, means in self._means.items()},
            "sums": {task: list(sums) for task, sums in self._sums.items()},
        }

    def restore(self, state: State) -> None:
        same_tasks(state["weights"], self._weights)
        self._weights = dict(state["weights"])
        self._means = {task: list(means) for task, means in state["means"].items()}
        self._sums = {task: list(sums) for task, sums in state["sums"].items()}

    def _reweigh(self) -> None:
        """A task without two epochs yet has the ratio 1."""
        ratios = {t: m[1] / m[0] if len(m) == 2 and m[0] > 0 else 1.0 for t, m in self._means.items()}
        largest = max(ratios.values())
        shares = {task: math.exp((ratio - largest) / self._temperature) for task, ratio in ratios.items()}
        self._weights = rescaled(shares, len(shares))

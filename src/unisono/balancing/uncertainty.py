"""Uncertainty weighting: each task learns how noisy its labels are, and a noisy task counts less.

Kendall, Gal, Cipolla, "Multi-task learning using uncertainty to weigh losses for scene geometry and semantics" (2018):
a regression adds L / (2 s^2) + log s, every other kind L / s^2 + log s, s^2 learnt as its logarithm.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from unisono.balancing import Facts, State, Step
from unisono.balancing._adam import Adam
from unisono.balancing._weights import same_tasks
from unisono.balancing.step import loss_values
from unisono.balancing.uncertainty_settings import UncertaintySettings


class Uncertainty:
    """Learnt log variances (a `Balancer`)."""

    def __init__(self, settings: UncertaintySettings, facts: Mapping[str, Facts], seed: int) -> None:
        self._factors = {task: 0.5 if fact.kind == "regression" else 1.0 for task, fact in facts.items()}
        self._log_variances = dict.fromkeys(facts, settings.start)
        self._adam = Adam(settings.learning_rate)

    def step(self, step: Step) -> dict[str, float]:
        weights = {t: self._factors[t] * math.exp(-self._log_variances[t]) for t in step.losses}
        losses = loss_values(step.losses)
        step.backward(weights)
        self._adam.step(self._log_variances, {task: 0.5 - weights[task] * loss for task, loss in losses.items()})
        return weights

    def start_epoch(self, epoch: int) -> None:
        pass

    def state(self) -> State:
        return {"log_variances": dict(self._log_variances), "moments": self._adam.state()}

    def restore(self, state: State) -> None:
        same_tasks(state["log_variances"], self._log_variances)
        self._log_variances = dict(state["log_variances"])
        self._adam.restore(state["moments"])

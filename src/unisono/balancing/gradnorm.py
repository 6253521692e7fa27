"""GradNorm: weights that learn to give every task the gradient norm its training rate deserves.

Chen et al., "GradNorm: gradient normalization for adaptive loss balancing in deep multitask networks" (2018), in the
form of the artist group factor system: weights themselves (no softmax), their own Adam, renormalised to the number of
tasks after each update. A step uses the weights from before its own update.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from unisono.balancing import Facts, State, Step
from unisono.balancing._adam import Adam
from unisono.balancing._weights import rescaled, same_tasks, total_of
from unisono.balancing.gradnorm_settings import GradnormSettings
from unisono.balancing.step import gradient_norms, loss_values

_LEAST = 1e-6  # Adam could take a weight below zero; the paper does not say what then


class Gradnorm:
    """Learnt weights (a `Balancer`)."""

    def __init__(self, settings: GradnormSettings, facts: Mapping[str, Facts], seed: int) -> None:
        self._settings = settings
        self._weights = dict.fromkeys(facts, 1.0)
        self._adam = Adam(settings.learning_rate)
        self._l0 = _chance_losses(facts) if settings.l0 == "log_classes" else {}
        self._started: set[str] = set()  # tasks whose first loss of this epoch was seen
        self._steps = 0

    def step(self, step: Step) -> dict[str, float]:
        weights = {task: self._weights[task] for task in step.losses}
        losses = loss_values(step.losses)
        self._see(losses)
        if len(losses) > 1 and self._steps % self._settings.update_every == 0:
            lengths = gradient_norms(step, self._settings.at)
            step.backward(weights)
            self._update(weights, losses, lengths)
        else:
            step.backward(weights)
        self._steps += 1
        return weights

    def start_epoch(self, epoch: int) -> None:
        self._started.clear()

    def state(self) -> State:
        return {
            "weights": dict(self._weights),
            "moments": self._adam.state(),
            "l0": dict(self._l0),
            "started": sorted(self._started),
            "steps": self._steps,
        }

    def restore(self, state: State) -> None:
        same_tasks(state["weights"], self._weights)
        self._weights = dict(state["weights"])
        self._adam.restore(state["moments"])
        self._l0 = dict(state["l0"])
        self._started = set(state["started"])
        self._steps = state["steps"]

    def _update(self, weights: dict[str, float], losses: dict[str, float], lengths: dict[str, float]) -> None:
        """One step of the weights of the present tasks; they keep the sum they had."""
        gradients = weight_gradients(weights, lengths, self._rates(losses), self._settings.alpha)
        moved = dict(weights)
        self._adam.step(moved, gradients)
        positive = {task: max(weight, _LEAST) for task, weight in moved.items()}
        self._weights |= rescaled(positive, total_of(weights, weights))

    def _see(self, losses: dict[str, float]) -> None:
        """Keep the losses that progress is measured against."""
        for task in losses.keys() - self._started:
            if self._settings.l0 == "epoch" or (self._settings.l0 == "first" and task not in self._l0):
                self._l0[task] = losses[task]
            elif self._settings.l0 == "ema":
                kept = self._settings.l0_decay
                before = self._l0.get(task, losses[task])
                self._l0[task] = kept * before + (1 - kept) * losses[task]
        self._started |= losses.keys()

    def _rates(self, losses: dict[str, float]) -> dict[str, float]:
        """Relative inverse training rates r_i: above 1 for a task that learns *slower* than the others."""
        left = {task: max(loss, 0.0) / self._l0[task] if self._l0[task] > 0 else 1.0 for task, loss in losses.items()}
        return rescaled(left, len(left)) if any(left.values()) else dict.fromkeys(left, 1.0)


def weight_gradients(
    weights: Mapping[str, float], lengths: Mapping[str, float], rates: Mapping[str, float], alpha: float
) -> dict[str, float]:
    """Gradient of GradNorm's loss, the sum of |G_i - mean(G) r_i^alpha|, with respect to each weight.

    G_i = w_i |g_i| is linear in its weight and the target is a constant, so the derivative is the gradient's norm with
    the sign of the difference: no second backward pass is needed.

    Args:
        weights: w_i.
        lengths: |g_i|, the gradients' norms, of the unweighted losses.
        rates: r_i, relative inverse training rates.
        alpha: strength.
    Example:
        >>> weight_gradients({"a": 1.0, "b": 1.0}, {"a": 3.0, "b": 1.0}, {"a": 1.0, "b": 1.0}, alpha=0.5)
        {'a': 3.0, 'b': -1.0}
    """
    weighted = {task: weights[task] * lengths[task] for task in weights}
    mean = math.fsum(weighted.values()) / len(weighted)
    return {task: _sign(weighted[task] - mean * rates[task] ** alpha) * lengths[task] for task in weights}


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)


def _chance_losses(facts: Mapping[str, Facts]) -> dict[str, float]:
    """Loss of a uniform answer: log C of a cross-entropy over C classes, log 2 a label of binary cross-entropies."""
    return {t: math.log(2 if fact.kind == "multilabel" else max(fact.classes, 2)) for t, fact in facts.items()}

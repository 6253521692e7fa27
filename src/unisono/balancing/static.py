"""Fixed weights: given by task, the target's classes over the task's own, or how many tracks have its label."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from unisono.balancing import Facts, State, Step
from unisono.balancing.static_settings import StaticSettings


class Static:
    """Weights that never change (a `Balancer`).

    The ratio of classes is the language and artist system's (its target has 68 classes, the other task 17: 4).
    """

    def __init__(self, settings: StaticSettings, facts: Mapping[str, Facts], seed: int) -> None:
        ratios = dict.fromkeys(facts, 1.0)
        if settings.label_ratio is not None:
            ratios = _ratios(settings.label_ratio, facts, given=settings.weights)
        if settings.known_share:
            most = max(fact.labelled for fact in facts.values())
            ratios = {task: ratio * facts[task].labelled / most for task, ratio in ratios.items()}
        self._weights = {**ratios, **settings.weights}

    def step(self, step: Step) -> dict[str, float]:
        weights = self.fixed_weights(step.losses)
        step.backward(weights)
        return weights

    def fixed_weights(self, tasks: Collection[str]) -> dict[str, float]:
        return {task: self._weights[task] for task in tasks}

    def start_epoch(self, epoch: int) -> None:
        pass

    def state(self) -> State:
        return {}

    def restore(self, state: State) -> None:
        pass


def _ratios(target: str, facts: Mapping[str, Facts], given: Mapping[str, float]) -> dict[str, float]:
    needed = [task for task in facts if task == target or task not in given]
    return {task: facts[target].classes / facts[task].classes for task in needed}

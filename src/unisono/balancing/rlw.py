"""Random loss weighting: new random weights in every step; a baseline that is hard to beat.

Lin, Ye, Zhang, Tsang, "Reasonable effectiveness of random weighting" (2022), scaled so that the present tasks' weights
sum to their number (theirs to 1). A step's weights depend on the seed and the step's number alone.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from unisono.balancing import Facts, State, Step
from unisono.balancing._weights import rescaled
from unisono.balancing.rlw_settings import RlwSettings


class Rlw:
    """Random weights (a `Balancer`)."""

    def __init__(self, settings: RlwSettings, facts: Mapping[str, Facts], seed: int) -> None:
        self._draw = settings.draw
        self._seed = seed
        self._tasks = sorted(facts)  # who gets which number does not depend on the order of the tasks
        self._steps = 0

    def step(self, step: Step) -> dict[str, float]:
        drawn = dict(zip(self._tasks, self._numbers(), strict=True))
        weights = rescaled({task: drawn[task] for task in step.losses}, len(step.losses))
        step.backward(weights)
        self._steps += 1
        return weights

    def start_epoch(self, epoch: int) -> None:
        pass

    def state(self) -> State:
        return {"steps": self._steps}

    def restore(self, state: State) -> None:
        self._steps = state["steps"]

    def _numbers(self) -> list[float]:
        """Positive numbers whose shares are the drawn ones, whichever tasks are present."""
        generator = np.random.default_rng([self._seed, self._steps])
        count = len(self._tasks)
        drawn = generator.exponential(size=count) if self._draw == "dirichlet" else np.exp(generator.normal(size=count))
        return [float(number) for number in drawn]

"""Adam over a few named numbers: each has its own moments and its own count, and the state is JSON-able."""

from __future__ import annotations

import math
from collections.abc import Mapping

_BETA1, _BETA2 = 0.9, 0.999


class Adam:
    """Kingma and Ba's update, for numbers of Python.

    A number that gets no gradient keeps its moments and its count. Without a constant under the root (their epsilon),
    a common factor of all gradients changes nothing; a gradient that was always 0 moves nothing.
    """

    def __init__(self, learning_rate: float) -> None:
        self.learning_rate = learning_rate
        self._moments: dict[str, tuple[float, float, int]] = {}

    def step(self, values: dict[str, float], gradients: Mapping[str, float]) -> None:
        """Move the values that have a gradient."""
        for name, gradient in gradients.items():
            first, second, count = self._moments.get(name, (0.0, 0.0, 0))
            first = _BETA1 * first + (1 - _BETA1) * gradient
            second = _BETA2 * second + (1 - _BETA2) * gradient * gradient
            count += 1
            self._moments[name] = first, second, count
            if second > 0:
                mean = first / (1 - _BETA1**count)
                values[name] -= self.learning_rate * mean / math.sqrt(second / (1 - _BETA2**count))

    def state(self) -> dict[str, list[float]]:
        return {name: list(moments) for name, moments in self._moments.items()}

    def restore(self, state: Mapping[str, list[float]]) -> None:
        self._moments = {name: (first, second, int(count)) for name, (first, second, count) in state.items()}

"""What several balancers do with their weights: keep a sum, refuse another run's state."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping

from unisono.errors import TrainingError


def rescaled(values: Mapping[str, float], total: float) -> dict[str, float]:
    """The values times one factor, so that they sum to `total`, whatever their order."""
    factor = total / math.fsum(values.values())
    return {name: value * factor for name, value in values.items()}


def total_of(values: Mapping[str, float], names: Iterable[str]) -> float:
    """Sum of the named values, correctly rounded: the order of the names changes no bit."""
    return math.fsum(values[name] for name in names)


def same_tasks(saved: Collection[str], tasks: Collection[str]) -> None:
    """Raise TrainingError when a saved state is of other tasks."""
    if set(saved) != set(tasks):
        raise TrainingError(
            "checkpoint: balancing",
            f"it holds the tasks {', '.join(sorted(saved))} but the experiment has {', '.join(sorted(tasks))}",
            "Resume with the experiment that wrote it, or start anew.",
        )

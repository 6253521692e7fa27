"""Settings that contradict what the experiment has, so that they could do nothing, before anything is read."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from unisono.errors import ExperimentError
from unisono.tasks import Task


def check_levels(tasks: Mapping[str, Task], name: str) -> None:
    """Levels of a number lie in its range, or no track could have them.

    Raises: ExperimentError.
    """
    for key, task in tasks.items():
        low, high = getattr(task, "range", None) or (-inf, inf)
        outside = [f"{level:g}" for level in getattr(task, "levels", ()) if not low <= level <= high]
        if outside:
            which = "is outside" if len(outside) == 1 else "are outside"
            found = f"{', '.join(outside)} {which} the range {low:g} to {high:g}"
            raise ExperimentError(f"{name}:tasks.{key}.levels", found, "Correct them or widen the range.")

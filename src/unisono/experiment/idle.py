"""Settings that contradict what the experiment has, so that they could do nothing, before anything is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import inf

from unisono.collection import SplitSettings
from unisono.errors import ExperimentError
from unisono.tasks import Task
from unisono.training.settings import TrainingSettings


def check_stopping(training: TrainingSettings, splits: Iterable[SplitSettings], name: str) -> None:
    """What looks at validation needs tracks that validate. Patience alone is no error: `train` says that it is idle.

    Args:
        splits: of every collection.
        name: of the experiment, for messages.
    Raises: ExperimentError.
    """
    if any(map(_may_validate, splits)):
        return
    asked = {} if training.watch in ("total", "nothing") else {"watch": training.watch}
    asked |= {"schedule": "plateau"} if training.schedule == "plateau" else {}
    for key, value in asked.items():
        found = f'is "{value}", which looks at validation tracks, but split.validation = 0 leaves none'
        raise ExperimentError(f"{name}:training.{key}", found, f"Set split.validation, such as 0.1, or take {key} out.")


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


def _may_validate(split: SplitSettings) -> bool:
    """A file may name validation tracks, whatever `validation` is."""
    return split.protocol == "file" or split.validation > 0 or "select_on_test" in split.on_purpose

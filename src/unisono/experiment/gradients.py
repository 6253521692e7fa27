"""Whether the gradients that an experiment compares can be had, before anything is heard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from unisono.balancing import (
    NO_FORK,
    NO_SHARED_BLOCK,
    PLACES,
    Method,
    check_fork,
    check_frozen,
    check_kinds,
    check_place,
    check_shared,
)
from unisono.errors import ExperimentError
from unisono.training.settings import TrainingSettings

_FROZEN = {
    "representation": "what the tasks share, but all of that is frozen",
    "weights": "the weights of the last block that the tasks share, but they are frozen",
}


def check_gradients(
    balancing: Method,
    training: TrainingSettings,
    kinds: Mapping[str, str],
    there: tuple[bool, bool],
    inputs: Sequence[str],
    name: str,
) -> None:
    """What balancing and diagnostics read, against what the network has.

    Args:
        kinds: of the tasks that are learned, by their names.
        there: whether some block's weights are those of all tasks, and whether a tensor lies on every task's path.
        inputs: by their names.
        name: of the experiment, for messages.
    Raises: ExperimentError.
    """
    shared, forked = there
    check_shared(balancing, shared, inputs, f"{name}:balancing")
    check_fork(balancing, forked, f"{name}:balancing")
    check_kinds(balancing, kinds, f"{name}:balancing")
    if not training.diagnostics_every or len(kinds) < 2:
        return
    where = f"{name}:training.diagnostics_at"
    check_place(training.diagnostics_at, inputs, where)
    told = dict(zip(PLACES, ((forked, NO_FORK), (shared, NO_SHARED_BLOCK)), strict=True))
    has, lacks = told.get(training.diagnostics_at, (True, ""))
    if not has:
        found = lacks.replace("which this method needs", "so gradients cannot be compared there")
        raise ExperimentError(where, found, "Name a place that all tasks share, or set training.diagnostics_every = 0.")


def check_kept(balancing: Method, training: TrainingSettings, tasks: int, frozen: frozenset[str], name: str) -> None:
    """What balancing and diagnostics read, against what a stage freezes.

    Args:
        tasks: how many are learned.
        frozen: the places where no gradient can be read.
        name: of the stage, for messages.
    Raises: ExperimentError.
    """
    kept = {place: what for place, what in _FROZEN.items() if place in frozen}
    check_frozen(balancing, kept, f"{name}.freeze")
    if training.diagnostics_every and tasks > 1 and training.diagnostics_at in kept:
        found = f"training.diagnostics_at compares gradients at {kept[training.diagnostics_at]} here"
        raise ExperimentError(f"{name}.freeze", found, "Set training.diagnostics_every = 0 in this stage.")

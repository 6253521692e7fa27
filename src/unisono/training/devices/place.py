"""Which of several processes this one is, as `torchrun` says it in the environment; torch-free."""

from __future__ import annotations

import os
from typing import NamedTuple

from unisono.errors import ExperimentError

_SAID = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")


class Place(NamedTuple):
    """Where a process stands among all that learn together.

    Args:
        rank: its number, from 0; that one writes the run folder.
        size: of the group.
        local: its number on its own machine.
    """

    rank: int
    size: int
    local: int


def place() -> Place | None:
    """This process's place where it was started as one of several, else None.

    Raises: ExperimentError when the environment's numbers are none.
    """
    said = {name: os.environ.get(name, "") for name in _SAID}
    if not all(said.values()):
        return None
    numbers = {"LOCAL_RANK": os.environ.get("LOCAL_RANK") or said["RANK"], **said}
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"):
        if not numbers[name].isdecimal():
            raise ExperimentError(f"environment: {name}", f'is "{numbers[name]}" but must be a number', "Use torchrun.")
    rank, size, local = (int(numbers[name]) for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"))
    return Place(rank, size, local) if size > 1 else None

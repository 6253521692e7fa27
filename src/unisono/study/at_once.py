"""Cells that differ in their seed alone learn as one program; each is then finished for itself, as an ordinary run."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unisono.files import commit_bytes
from unisono.study.cells import Cell
from unisono.study.workers import Tell
from unisono.training.together import Asked, Learnt, learn_together, unfit

MARK = "together.json"  # in a cell's folder: it has learned, nothing of it is to be learned together again


@dataclass(frozen=True)
class Group:
    """Cells that are learned together.

    Args:
        folder: of all cells.
    """

    cells: tuple[Cell, ...]
    folder: Path

    @property
    def configuration(self) -> str:
        """The configuration of all its cells."""
        return self.cells[0].place.configuration

    @property
    def title(self) -> str:
        """Configuration, protocol and sizes, as in the study's tables."""
        place = self.cells[0].place
        sizes = (("size", place.size), ("auxiliary size", place.auxiliary_size))
        said = [place.configuration, place.protocol, *(f"{name} {size}" for name, size in sizes if size is not None)]
        return ", ".join([*filter(None, said), *(["pilot runs"] if self.cells[0].pilot else [])])


def groups(cells: Sequence[Cell], folder: Path) -> tuple[list[Group], dict[str, list[str]]]:
    """Cells that may be learned together, two or more a group.

    Returns: the groups, and reason -> the configurations that it keeps from it.
    """
    found: dict[tuple[Any, ...], list[Cell]] = {}
    for cell in cells:
        at = cell.place
        if not (folder / cell.name / MARK).is_file():
            found.setdefault((at.configuration, at.protocol, at.size, at.auxiliary_size, cell.pilot), []).append(cell)
    made, against = [], {}  # type: list[Group], dict[str, list[str]]
    for same in found.values():
        why = unfit(same[0].experiment()) if len(same) > 1 else ""
        if why:
            named = against.setdefault(why, [])
            named += [same[0].place.configuration] if same[0].place.configuration not in named else []
        elif len(same) > 1:
            made.append(Group(tuple(same), folder))
    return made, against


def learn_group(group: Group, tell: Tell) -> Learnt:
    """Bring every cell's run to its last epoch; `run_cell` goes on from there.

    Args:
        tell: called with the name of a cell, the number of an epoch and how many there may be.
    """
    learnt = learn_together([_asked(cell, group.folder, tell) for cell in group.cells])
    if learnt.runs:
        for cell in group.cells:
            if (group.folder / cell.name).is_dir():
                commit_bytes(group.folder / cell.name / MARK, json.dumps({"runs": learnt.runs}).encode())
    return learnt


def spoken(group: Group, learnt: Learnt) -> str:
    """What became of a group, a full sentence."""
    if learnt.why_not:
        return f"{group.title}: seeds learn one by one, for they {learnt.why_not}."
    return f"{group.title}: {learnt.runs} seeds learned at once, as one batched program."


def spoken_against(why: str, names: Sequence[str]) -> str:
    """Why configurations learn seed by seed, a full sentence."""
    return f"{', '.join(names)}: seeds learn one by one, for they {why}."


def _asked(cell: Cell, folder: Path, tell: Tell) -> Asked:
    experiment = cell.experiment()
    return Asked(experiment, folder / cell.name, cell.place.seed, _show(cell.name, experiment.training.epochs, tell))


def _show(name: str, epochs: int, tell: Tell) -> Callable[[dict[str, Any]], None]:
    return lambda line: tell((name, line["epoch"], epochs))

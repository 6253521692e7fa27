"""What can be asked of a track: a kind of task says what a label, a target and an answer are.

Contract of a kind (`tasks/<kind>.py`, a frozen settings class named like its file, `Multiclass` in `multiclass.py`):

* `fit` learns the label names and class weights from the cells of a collection and returns a fitted copy.
* `encode` turns cells into targets: float32 (tracks, k), **NaN where a track is not labelled**.
* `reference` turns targets and `scores` turns logits into the same answer space: float32 (tracks, width).
* `answer` turns one row of scores into an `Answer`: decode(encode(label)) = label.
* `loss` (torch imported inside) gives the sum of the known rows' terms and their total weight; the task's loss is
  `finish(sum / weight)`. Unknown rows change neither the loss nor any gradient. Axes before the last two stay: of
  logits (runs, rows, width) there is a sum and a weight for each run.
* `same_loss` says whether another fitted task of this kind computes the same loss, so that one call serves both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from unisono.errors import ExperimentError
from unisono.parts import names, part_class

if TYPE_CHECKING:
    import torch

Array = NDArray[np.float32]
Value = str | float | int | bool | None
Cell = Value | tuple[Value, ...]  # one column's cell, or one cell of each of a task's columns
Role = Literal["target", "auxiliary"]

NOT_LABELLED = ""  # an empty cell: nobody has said yet
NO_LABEL = "-"  # somebody has said: no label applies


@dataclass(frozen=True)
class Problem:
    """A cell that cannot be a label.

    Args:
        index: position in the cells that were given.
        found: what was found but what is needed.
        advice: what to do, may be empty.
    """

    index: int
    found: str
    advice: str = ""


@dataclass(frozen=True)
class Given:
    """One label of an answer.

    Args:
        label: its name; empty for a regression.
        value: the number for a regression or a share, else None.
        confidence: probability in [0, 1], None where the task has none.
    """

    label: str
    value: float | None
    confidence: float | None


@dataclass(frozen=True)
class Answer:
    """What a model says of one track for one task: one given label (multiclass, regression) or several, or none.

    Args:
        unsure: nothing is given because the model was not sure enough, which is not the same as "no label applies".
        withheld: what would have been given had the model been surer; of a number the label is its nearest level.
    """

    task: str
    given: tuple[Given, ...]
    unsure: bool = False
    withheld: tuple[Given, ...] = ()


class Task(Protocol):
    """A fitted task; see the module for the contract."""

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def role(self) -> Role: ...
    @property
    def columns(self) -> tuple[str, ...]:
        """The table's columns that hold this task's labels; empty for a computed target."""
        ...

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the `width` outputs; one empty name for a regression. Empty before `fit`."""
        ...

    @property
    def width(self) -> int: ...
    def facts(self) -> dict[str, Any]:
        """What the metrics of this kind need beside arrays, such as a regression's levels (keyword arguments)."""
        ...

    def problems(self, cells: Sequence[Cell]) -> list[Problem]: ...
    def fit(self, cells: Sequence[Cell], train: NDArray[np.bool_]) -> Self: ...
    def encode(self, cells: Sequence[Cell]) -> Array: ...
    def reference(self, targets: Array) -> Array: ...
    def scores(self, logits: Array) -> Array: ...
    def answer(self, scores: Array) -> Answer: ...
    def loss(self, logits: torch.Tensor, targets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]: ...
    def same_loss(self, other: Self) -> bool: ...
    def finish(self, mean: torch.Tensor) -> torch.Tensor: ...


def task(name: str, settings: dict[str, Any]) -> Task:
    """The task that a `[tasks.name]` table of an experiment describes."""
    kind = settings.get("kind")
    if kind is None:
        raise ExperimentError(f"tasks.{name}", "has no kind", f"Set kind to one of {', '.join(names('tasks'))}.")
    built: Task = part_class("tasks", str(kind))(name=name, **settings)
    return built

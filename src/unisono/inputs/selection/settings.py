"""What an experiment says of feature selection, and what is learned by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field

from unisono.errors import ExperimentError, nearest
from unisono.parts import Settings

Keep = Annotated[int, Field(ge=1)] | Annotated[float, Field(gt=0, lt=1)]  # a number of features, or a share of them


class Ranking(Settings):
    """How one task chooses; its steps follow each other, and one that is left out lets everything pass.

    Args:
        rfecv: recursive feature elimination; how many stay is decided by cross-validation inside the training tracks.
        mutual_information: keep those that say most of a label, by nearest neighbours (Kraskov et al. 2004).
        anova: keep those with the greatest F value, of the classes' means or of a straight line.
    """

    rfecv: bool = False
    mutual_information: Keep | None = None
    anova: Keep | None = None

    @property
    def asks(self) -> bool:
        """Whether labels are needed."""
        return self.rfecv or self.mutual_information is not None or self.anova is not None


class Selection(Settings):
    """`[inputs.NAME.selection]`: filters first, then each task chooses, and what any of them has chosen is kept.

    The labels of a multilabel task choose one by one, and so do the components of a distribution.

    Args:
        variance: features whose variance, as they stand in the table, is this or less are left out; constants always.
        correlation: of two that correlate more strongly than this, either way, the later one is left out.
        rfecv: see `Ranking`; likewise `mutual_information` and `anova`: of every task without a table of its own.
        tasks: task -> a `Ranking` of its own.
        by: the tasks that choose; empty: all.
    """

    variance: float = Field(default=0.0, ge=0)
    correlation: float | None = Field(default=None, gt=0, lt=1)
    rfecv: bool = False
    mutual_information: Keep | None = None
    anova: Keep | None = None
    tasks: dict[str, Ranking] = {}
    by: tuple[str, ...] = ()

    def rankings(self, tasks: Sequence[str]) -> dict[str, Ranking]:
        """How each of the tasks chooses, without those that have no say."""
        general = Ranking(rfecv=self.rfecv, mutual_information=self.mutual_information, anova=self.anova)
        chosen = {t: self.tasks.get(t, general) for t in tasks if t in (self.by or tasks)}
        return {t: ranking for t, ranking in chosen.items() if ranking.asks}

    @property
    def asks(self) -> bool:
        """Whether labels are needed."""
        general = Ranking(rfecv=self.rfecv, mutual_information=self.mutual_information, anova=self.anova)
        return general.asks or any(ranking.asks for ranking in self.tasks.values())


class Selected(Settings):
    """What was chosen.

    Args:
        offered: number of features before.
        positions: of those that are kept, ascending.
        names: of the same.
        left_out: step -> how many it took away.
        by_task: task -> names of what it chose.
    """

    offered: int
    positions: tuple[int, ...]
    names: tuple[str, ...]
    left_out: dict[str, int]
    by_task: dict[str, tuple[str, ...]] = {}


def check(inputs: Mapping[str, Any], tasks: Sequence[str]) -> None:
    """The tasks that selections name.

    Args:
        inputs: of an experiment, by name.
        tasks: names of all its tasks.
    Raises: ExperimentError for a task that is not there.
    """
    for name, part in inputs.items():
        asked = getattr(part, "selection", None)
        for key in ("by", "tasks"):
            for task in () if asked is None else getattr(asked, key):
                if task not in tasks:
                    found = f'"{task}" is no task, which are {", ".join(tasks)}'
                    raise ExperimentError(f"inputs.{name}.selection.{key}", found, nearest(task, tasks))


def of_tasks(table: Mapping[str, Any], tasks: Sequence[str]) -> dict[str, Any]:
    """An `[inputs.NAME]` table in which no other tasks choose, as a stage needs it.

    What is of the wrong kind stays as it is, for the input to refuse.

    Example:
        >>> of_tasks({"kind": "columns", "selection": {"by": ["genre", "mood"]}}, ["mood"])
        {'kind': 'columns', 'selection': {'by': ['mood']}}
    """
    if not isinstance(table.get("selection"), Mapping):
        return dict(table)
    asked = dict(table["selection"])
    if isinstance(asked.get("by"), list | tuple):
        asked["by"] = [t for t in asked["by"] if t in tasks]
    if isinstance(asked.get("tasks"), Mapping):
        asked["tasks"] = {t: ranking for t, ranking in asked["tasks"].items() if t in tasks}
    return {**table, "selection": asked}

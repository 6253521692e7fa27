"""Which rows a step sees; torch-free, read by the experiment file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from unisono.errors import ExperimentError, nearest
from unisono.parts import Settings


class SamplingSettings(Settings):
    """The `[sampling]` table: where a step's rows come from and which of their labels count.

    Args:
        method: "all_labels": every row once an epoch, with all labels it has. The others draw from *units*, one unit a
            step: "alternate" each unit as often, "size_proportional" by its rows, "temperature" by its rows to the
            power 1 / temperature, "ratios" as given.
        by: units are "task"s (the rows it is labelled for; only its label counts) or "collection"s (all their labels
            count); default: tasks for "alternate" and where there is one collection, else collections.
        order: of "alternate": "round_robin", or "random" draws.
        ratios: unit -> how often it is drawn, relative to the others.
        temperature: 1 is size_proportional; the higher, the more equal.
        mixed: rows of every step are drawn from all units in these proportions.
        steps: of an epoch; 0: as many as all units together need to show every row once.
    """

    method: Literal["all_labels", "alternate", "size_proportional", "ratios", "temperature"] = "all_labels"
    by: Literal["task", "collection"] | None = None
    order: Literal["round_robin", "random"] = "round_robin"
    ratios: dict[str, Annotated[float, Field(gt=0)]] = {}
    temperature: float = Field(default=2.0, gt=0)
    mixed: bool = False
    steps: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.method == "ratios") != bool(self.ratios):
            raise ValueError('method = "ratios" and a table of ratios go together')
        if self.mixed and self.method in ("all_labels", "alternate"):
            raise ValueError(f'mixed does not go with "{self.method}", which has no proportions')
        if self.method == "all_labels" and self.by is not None:
            raise ValueError('"all_labels" has no units: set another method, or take `by` out')
        return self

    def unit(self, collections: int) -> Literal["task", "collection"]:
        """What a unit is where rows come from this many collections."""
        by_task = self.method == "alternate" or collections < 2
        return self.by or ("task" if by_task else "collection")


def most_together(settings: SamplingSettings, homes: Mapping[str, Sequence[str]]) -> int:
    """How many tasks one step can show at most.

    Args:
        homes: task -> its collections, of the tasks that are learned.
    Example:
        >>> most_together(SamplingSettings(method="alternate"), {"genre": ["a"], "energy": ["a"]})
        1
    """
    if settings.method == "all_labels" or settings.mixed:
        return len(homes)
    counts = Counter(collection for home in homes.values() for collection in dict.fromkeys(home))
    return 1 if settings.unit(len(counts)) == "task" else max(counts.values())


def check_sampling(settings: SamplingSettings, homes: Mapping[str, Sequence[str]], where: str) -> None:
    """Look whether ratios are given for every unit and nothing else.

    Args:
        homes: task -> its collections, of the tasks that are learned.
    Raises: ExperimentError with the nearest name.
    """
    collections = list(dict.fromkeys(c or "collection" for home in homes.values() for c in home))
    if not settings.ratios:
        return
    by = settings.unit(len(collections))
    units = list(homes) if by == "task" else collections
    for name in settings.ratios:
        if name not in units:
            found = f'"{name}" is no {by} here, which are {", ".join(units)}'
            raise ExperimentError(f"{where}.ratios", found, nearest(name, units))
    left = [name for name in units if name not in settings.ratios]
    if left:
        raise ExperimentError(f"{where}.ratios", f"leaves out {', '.join(left)}", "Give every unit a number.")

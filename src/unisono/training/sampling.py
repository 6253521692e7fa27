"""Which rows make a step: the order of an epoch is a function of seed and epoch, so a resumed run needs no more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unisono.training.sampling_settings import SamplingSettings

Positions = NDArray[np.intp]


class Unit(NamedTuple):
    """What rows are drawn from.

    Args:
        name: of a task or a collection, empty where there is one unit.
        rows: their positions.
        task: number of the one task whose labels count; None: all labels do.
    """

    name: str
    rows: Positions
    task: int | None = None


class Draw(NamedTuple):
    """The rows of one step.

    Args:
        rows: their positions.
        only: of each row the number of the one task whose label counts; None: all labels do.
    """

    rows: Positions
    only: Positions | None = None


class Sampler:
    """Makes the steps of an epoch.

    Args:
        units: from which rows are drawn, at least one row each.
        settings: how.
        size: rows a step.
        seed: of the orders.
    """

    def __init__(self, units: Sequence[Unit], settings: SamplingSettings, size: int, seed: int) -> None:
        self.units, self.settings = tuple(units), settings
        self._size, self._seed = size, seed
        self.shares = _shares(self.units, settings)
        self._steps = self._counted()

    def __len__(self) -> int:
        """Steps of an epoch."""
        return self._steps

    def epoch(self, number: int, skip: int = 0) -> Iterator[Draw]:
        """The steps of one epoch; a unit that is shown whole begins again in another order.

        Args:
            skip: steps that an interrupted run has done already.
        """
        rng = np.random.default_rng([self._seed, number])
        draws = self._mixed(rng) if self.settings.mixed else self._pure(rng)
        for step, draw in enumerate(draws):
            if step >= skip:
                yield draw

    def describe(self) -> dict[str, Any]:
        """What an epoch is: its steps, and of each unit the rows and how often it is drawn."""
        rows = {u.name: {"rows": len(u.rows), "share": float(s)} for u, s in zip(self.units, self.shares, strict=True)}
        return {"method": self.settings.method, "steps": len(self), "batch_size": self._size, "units": rows}

    def _pure(self, rng: np.random.Generator) -> Iterator[Draw]:
        """Every step's rows are of one unit."""
        count = len(self.units)
        alternating = self.settings.method == "alternate" and self.settings.order == "round_robin"
        if count == 1 or alternating:
            order = np.arange(len(self)) % count
        else:
            order = rng.choice(count, size=len(self), p=self.shares)
        streams = [_passes(len(u.rows), self._size, rng) for u in self.units]
        for at in order:
            unit = self.units[at]
            rows = unit.rows[next(streams[at])]
            yield Draw(rows, None if unit.task is None else np.full(len(rows), unit.task))

    def _counted(self) -> int:
        if self.settings.steps:
            return self.settings.steps
        if self.settings.mixed:
            return -(-sum(len(u.rows) for u in self.units) // self._size)
        return sum(_batches(len(u.rows), self._size) for u in self.units)

    def _mixed(self, rng: np.random.Generator) -> Iterator[Draw]:
        """Every step's rows are of all units, in their proportions."""
        streams = [_passes(len(u.rows), 1, rng) for u in self.units]
        for _ in range(len(self)):
            drawn = rng.choice(len(self.units), size=self._size, p=self.shares)
            rows = np.array([self.units[u].rows[next(streams[u])[0]] for u in drawn], np.intp)
            tasks = [self.units[u].task for u in drawn]
            yield Draw(rows, None if None in tasks else np.array(tasks, np.intp))


def units_of(
    labelled: Mapping[str, NDArray[np.bool_]], homes: Positions, names: Sequence[str], settings: SamplingSettings
) -> list[Unit]:
    """The units of rows.

    Args:
        labelled: task -> whether each row has a label of it.
        homes: number of each row's collection.
        names: of the collections.
    """
    if settings.method == "all_labels":
        return [Unit("", np.arange(len(homes)))]
    present = np.unique(homes)
    if settings.unit(len(present)) == "task":
        return [Unit(task, np.flatnonzero(known), i) for i, (task, known) in enumerate(labelled.items())]
    return [Unit(names[home] or "collection", np.flatnonzero(homes == home)) for home in present]


def sampling_sentence(facts: Mapping[str, Any]) -> str:
    """What `Sampler.describe` says, in words.

    Example:
        >>> sampling_sentence({"method": "all_labels", "steps": 9, "batch_size": 32,
        ...                    "units": {"": {"rows": 280, "share": 1.0}}})
        'An epoch is 9 steps of 32 rows: each of the 280 rows once, with all its labels.'
    """
    start = f"An epoch is {facts['steps']:,} steps of {facts['batch_size']} rows"
    if list(facts["units"]) == [""]:
        return f"{start}: each of the {facts['units']['']['rows']:,} rows once, with all its labels."
    parts = [f"{name} {unit['share']:.0%} of {unit['rows']:,} rows" for name, unit in facts["units"].items()]
    return f"{start} ({facts['method']}): {', '.join(parts)}."


def _shares(units: Sequence[Unit], settings: SamplingSettings) -> NDArray[np.float64]:
    sizes = np.array([len(u.rows) for u in units], np.float64)
    if settings.method == "alternate":
        sizes = np.ones(len(units))
    if settings.method == "temperature":
        sizes = (sizes / sizes.max()) ** (1 / settings.temperature)
    if settings.method == "ratios":
        sizes = np.array([settings.ratios[u.name] for u in units], np.float64)
    return np.asarray(sizes / sizes.sum(), np.float64)


def _batches(rows: int, size: int) -> int:
    """Batches that show every row once: a last batch of one row is left out, for it has no batch statistics."""
    whole, rest = divmod(rows, size)
    return whole + (rest > 1 or (rest == 1 and whole == 0))


def _passes(rows: int, size: int, rng: np.random.Generator) -> Iterator[Positions]:
    """Batches of positions, pass after pass, each in another order."""
    while True:
        order = rng.permutation(rows)
        for at in range(_batches(rows, size)):
            yield order[at * size : (at + 1) * size]

"""All tracks of a run: of one collection, or of several one after another, with their labels and their split."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unisono.collection import Collection, Split, Track, check_labels, load, make_split
from unisono.collection.several import join_splits, unique_ids
from unisono.collection.split_file import save_parts
from unisono.experiment import Experiment
from unisono.targets import leak_of
from unisono.tasks import Cell
from unisono.tasks.computed import computed_target

_SHUFFLE = 0x5F  # apart from whatever else a seed draws


@dataclass(frozen=True)
class Corpus:
    """Tracks in order, collection by collection.

    Args:
        collections: by name; "" is `[collection]`.
        names: the tracks' ids, unique over all collections.
        homes: number of each track's collection.
        cells: task -> one cell a track; not labelled in collections that are not the task's.
        split: which track is in which part of which fold.
    """

    collections: Mapping[str, Collection]
    names: tuple[str, ...]
    homes: NDArray[np.intp]
    cells: Mapping[str, list[Cell]]
    split: Split

    @property
    def tracks(self) -> tuple[Track, ...]:
        """Every track; its id is the one that it has in its collection."""
        return tuple(t for c in self.collections.values() for t in c.tracks)

    @property
    def where(self) -> str:
        """Name for messages."""
        return ", ".join(c.where for c in self.collections.values())

    def fingerprint(self) -> str:
        """Hash of all rows: of the data that a score was made with."""
        prints = [c.fingerprint() for c in self.collections.values()]
        return prints[0] if len(prints) == 1 else hashlib.sha256("".join(prints).encode()).hexdigest()

    def groups(self) -> dict[str, int] | None:
        """Number of the group of each track; None where no collection knows groups."""
        found = [c.groups() for c in self.collections.values()]
        if all(codes is None for codes in found):
            return None
        known = [np.arange(len(c)) if g is None else g for c, g in zip(self.collections.values(), found, strict=True)]
        starts = np.cumsum([0, *(int(g.max(initial=-1)) + 1 for g in known[:-1])])
        codes = np.concatenate([g + start for g, start in zip(known, starts, strict=True)])
        return dict(zip(self.names, codes.tolist(), strict=True))

    def write_split(self, path: Path) -> None:
        """Save the split as `id,fold,part`, with the ids of all collections."""
        save_parts(path, self.names, self.split.folds, self.split.final)


def gather(experiment: Experiment, seed: int) -> Corpus:
    """Read the collections, check their labels and split each by its own rule.

    Raises: TableError, LabelError, ExperimentError.
    """
    collections: dict[str, Collection] = {}
    splits: dict[str, Split] = {}
    cells: dict[str, list[Cell]] = {name: [] for name in experiment.tasks}
    for name, settings in experiment.collections.items():
        tasks = {n: task for n, task in experiment.tasks.items() if name in experiment.homes[n]}
        columns = [column for task in tasks.values() for column in task.columns]
        collection = collections[name] = load(settings, experiment.base, columns)
        own = {n: collection.cells(task.columns) for n, task in tasks.items() if task.columns}
        whole = check_labels(collection, tasks)
        targets = {n: whole[n].encode(cells_) for n, cells_ in own.items()}
        rule = experiment.split_of(name)
        splits[name] = make_split(collection, targets, rule, seed, experiment.base)
        if rule.shuffled:
            order = _within_parts(splits[name], seed)
            own = {n: [column[i] for i in order] for n, column in own.items()}
        for n, task in experiment.tasks.items():
            empty: Cell = None if len(task.columns) == 1 else (None,) * len(task.columns)
            cells[n] += _learned(own.get(n, [empty] * len(collection)), splits[name], n, empty)
    homes = np.repeat(np.arange(len(collections)), [len(c) for c in collections.values()])
    split = join_splits(collections, splits, f"{experiment.name}:collections")
    leaks = [leak_of(asked, n) for n, task in experiment.tasks.items() if (asked := computed_target(task)) is not None]
    split = replace(split, leaks=(*split.leaks, *(leak for leak in leaks if leak)))
    return Corpus(collections, unique_ids(collections), homes, cells, split)


def _learned(column: list[Cell], split: Split, task: str, empty: Cell) -> list[Cell]:
    """A task's cells; those of training rows that the split keeps from learning count as not labelled."""
    if task not in split.masked:
        return column
    hidden = split.masked[task] & (split.folds[0].part == "train")
    return [empty if hide else cell for cell, hide in zip(column, hidden.tolist(), strict=True)]


def _within_parts(split: Split, seed: int) -> list[int]:
    """An order of the rows that exchanges those of each part (of the first fold) with each other."""
    rng, part = np.random.default_rng([seed, _SHUFFLE]), split.folds[0].part
    order = np.arange(len(part))
    for name in np.unique(part):
        rows = np.flatnonzero(part == name)
        order[rows] = rng.permutation(rows)
    return [int(i) for i in order]

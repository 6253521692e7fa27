"""What a run learns from: the collection, what was heard of it, its split, and one fold's fitted parts and rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.collection import Collection, Fold, Split, check_labels, load, make_split
from unisono.errors import LabelError, TableError
from unisono.experiment import Experiment
from unisono.inputs import Input, LearnsFromExamples
from unisono.inputs.batching import rows_of
from unisono.inputs.extraction import Extracted, Failure, extract
from unisono.tasks import Array, Cell, Task
from unisono.training.tracks import Excerpts, Tracks

Progress = Callable[[str, int, int], None]  # (what, done, all)


@dataclass(frozen=True)
class Material:
    """All of a run that does not depend on the fold.

    Args:
        collection: the tracks, in order.
        cells: task -> one cell a track.
        split: which track is in which part of which fold.
        heard: the costly inputs' examples, from the cache.
        failures: costly inputs of tracks that could not be read; a track without any example is in no part.
    """

    experiment: Experiment
    collection: Collection
    cells: Mapping[str, list[Cell]]
    split: Split
    heard: Extracted
    failures: tuple[Failure, ...]


@dataclass(frozen=True)
class FoldMaterial:
    """One fold: parts fitted on its training tracks, targets, and the tracks of each part.

    Args:
        targets: task -> float32 (tracks, k), NaN where not labelled.
        tracks: examples of each track, in the collection's order.
        parts: "train", "validation", "test" -> positions of usable tracks.
        names: the tracks' ids, for messages.
        failures: inputs of tracks that could not be read, by name and reason.
    """

    inputs: Mapping[str, Input]
    tasks: Mapping[str, Task]
    targets: Mapping[str, Array]
    tracks: Tracks
    parts: Mapping[str, NDArray[np.intp]]
    names: tuple[str, ...]
    failures: tuple[Failure, ...]

    def rows(self, part: str) -> list[tuple[int, int]]:
        """(track, excerpt) of every excerpt of a part's tracks."""
        return [(int(i), at) for i in self.parts[part] for at in range(rows_of(self.tracks[i]))]


def prepare(
    experiment: Experiment, seed: int, progress: Progress | None = None, workers: int | None = None
) -> Material:
    """Read the collection, check its labels, split it and hear its tracks.

    Raises: TableError, LabelError, ExperimentError: everything that can be said before training.
    """
    columns = [column for task in experiment.tasks.values() for column in task.columns]
    collection = load(experiment.collection, experiment.base, columns)
    cells = {name: collection.cells(task.columns) for name, task in experiment.tasks.items()}
    whole = check_labels(collection, experiment.tasks)
    targets = {name: task.encode(cells[name]) for name, task in whole.items()}
    split = make_split(collection, targets, experiment.split, seed, experiment.base)
    costly = {name: part for name, part in experiment.inputs.items() if part.costly}
    heard = extract(costly, collection.tracks, progress=_named(progress, "hearing"), workers=workers)
    return Material(experiment, collection, cells, split, heard, tuple(heard.failures))


def fold_material(material: Material, fold: Fold) -> FoldMaterial:
    """Fit inputs and tasks on a fold's training tracks and make its targets.

    Raises: LabelError when a task has no labelled track to learn from; TableError when a part is empty.
    """
    everyone = material.collection.tracks
    train = fold.part == "train"
    tasks = {n: t.fit(material.cells[n], train) for n, t in material.experiment.tasks.items()}
    learners = [int(i) for i in np.flatnonzero(train)]
    inputs = {n: _fitted(material, n, part, learners) for n, part in material.experiment.inputs.items()}
    read = extract({n: part for n, part in inputs.items() if not part.costly}, everyone)
    memory = round(material.experiment.training.memory * 2**30)
    tracks = Tracks(len(everyone), lambda i: _examples(material, read, inputs, i), memory)
    usable = np.array([rows_of(t) > 0 for t in tracks], np.bool_)
    parts = {p: np.flatnonzero((fold.part == p) & usable) for p in ("train", "validation", "test")}
    targets = {n: t.encode(material.cells[n]) for n, t in tasks.items()}
    _check(material, tasks, targets, parts["train"])
    names = tuple(t.id for t in everyone)
    return FoldMaterial(inputs, tasks, targets, tracks, parts, names, (*material.failures, *read.failures))


def _fitted(material: Material, name: str, part: Input, learners: Sequence[int]) -> Input:
    """Fit on the training tracks; a costly input learns from what was heard already."""
    if isinstance(part, LearnsFromExamples):
        return part.fit_examples(material.heard.examples(name, i) for i in learners)
    return part.fit(material.collection.tracks[i] for i in learners)


def _examples(material: Material, read: Extracted, inputs: Mapping[str, Input], index: int) -> Excerpts:
    return {n: (material.heard if part.costly else read).examples(n, index) for n, part in inputs.items()}


def _check(
    material: Material, tasks: Mapping[str, Task], targets: Mapping[str, Array], train: NDArray[np.intp]
) -> None:
    where = material.collection.where
    if not len(train):
        found = f"no track is left to learn from ({len(material.failures)} could not be read)"
        raise TableError(where, found, "See failures.csv; check paths and the split.")
    for name, task in tasks.items():
        known = targets[name][train]
        if np.isnan(known).all():
            found = "no training track is labelled but the task needs some"
            raise LabelError(f"{where}: task {name}", found, "Label tracks, or leave the task out.")
        if task.kind == "multiclass" and len(np.unique(known[~np.isnan(known)])) < 2:
            found = "all training tracks have the same label but two are needed"
            raise LabelError(f"{where}: task {name}", found, "Label more tracks, or leave the task out.")


def _named(progress: Progress | None, what: str) -> Callable[[int, int], None] | None:
    return None if progress is None else lambda done, of: progress(what, done, of)


def facts_of(fold: FoldMaterial) -> dict[str, Any]:
    """Counts of a fold for its model card: tracks a part and labelled tracks a task."""
    labelled = {n: int((~np.isnan(t[fold.parts["train"]])).any(axis=1).sum()) for n, t in fold.targets.items()}
    return {"tracks": {p: len(i) for p, i in fold.parts.items()}, "labelled": labelled}

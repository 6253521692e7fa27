"""Targets of one fold: labels as they stand, and those that are computed from its training tracks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np

from unisono.collection import Fold
from unisono.errors import LabelError
from unisono.experiment import Experiment
from unisono.inputs import Labels
from unisono.targets import ArtistFactors, compute
from unisono.tasks import Array, Task
from unisono.tasks.computed import computed_target
from unisono.training.corpus import Corpus


def targets_of(
    corpus: Corpus, tasks: Mapping[str, Task], experiment: Experiment, fold: Fold
) -> tuple[dict[str, Array], dict[str, ArtistFactors]]:
    """Task -> targets of all tracks, and the factors of those tasks whose targets are computed.

    A computed target is that of the tracks of the task's own collections; the others are not labelled.

    Args:
        tasks: fitted on the fold.
    Raises: LabelError when artist group factors have too few artists; TableError for absent columns.
    """
    targets: dict[str, Array] = {}
    factors: dict[str, ArtistFactors] = {}
    for name, task in tasks.items():
        asked = computed_target(task)
        if asked is None:
            targets[name] = task.encode(corpus.cells[name])
            continue
        homes = [i for i, home in enumerate(corpus.collections) if home in experiment.homes[name]]
        mine = np.flatnonzero(np.isin(corpus.homes, homes))
        where = f"{experiment.name}:tasks.{name}"
        with _said_of(where):
            done = compute(asked, [corpus.tracks[i] for i in mine], fold.part[mine], where)
        targets[name] = np.full((len(corpus.names), task.width), np.nan, np.float32)
        targets[name][mine] = done.targets
        factors[name] = done.factors
    return targets, factors


@contextmanager
def _said_of(where: str) -> Iterator[None]:
    """What the tracks cannot give, such as labels or words enough, is said with the key of the target."""
    try:
        yield
    except LabelError as error:
        if error.where.startswith(where):
            raise
        raise LabelError(f"{where}.target: {error.where}", error.found, error.advice, error.problems) from error


def labels_of(tasks: Mapping[str, Task], targets: Mapping[str, Array], learners: Sequence[int]) -> dict[str, Labels]:
    """The training tracks' labels, for inputs that learn from them."""
    return {n: Labels(task.kind, targets[n][list(learners)]) for n, task in tasks.items()}

"""Labels that a split leaves out of one of its parts: said before anything is learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from unisono.collection.faults import several
from unisono.collection.split_file import Fold
from unisono.collection.stratify import Array, classes_of
from unisono.collection.tracks import Collection
from unisono.errors import LabelError


def label_gaps(collection: Collection, targets: Mapping[str, Array], folds: Sequence[Fold]) -> list[str]:
    """Sentences on labels that are not in train and in test of every fold.

    Raises: LabelError for a task that has no label at all in some training part.
    """
    sentences = []
    for name, array in targets.items():
        known = np.asarray(~np.isnan(array).all(axis=1))
        for number, fold in enumerate(folds):
            if known.any() and not known[fold.rows("train")].any():
                found = f'no training row of fold {number} is labelled for the task "{name}"'
                raise LabelError(collection.where, found, "Label more rows or remove the task.")
        if not all(known[fold.rows("test")].any() for fold in folds):
            sentences.append(f"{name}: some test part has no labelled row, so its score is undefined.")
            continue
        classes = classes_of(array)
        if classes is not None:
            sentences += _missing(collection, name, classes, folds)
    return sentences


def _missing(collection: Collection, name: str, classes: NDArray[np.float64], folds: Sequence[Fold]) -> list[str]:
    sentences = []
    for part in ("train", "test"):
        there = np.all([classes[fold.rows(part)].any(axis=0) for fold in folds], axis=0)
        absent = np.flatnonzero(~there & classes.any(axis=0))
        if absent.size:
            row = int(np.flatnonzero(classes[:, absent[0]])[0])
            every = f"{part} of every fold" if len(folds) > 1 else part
            sentences.append(
                f"{name}: {several(absent.size, 'label')} too rare to be in {every}, such as that of "
                f"{collection.place(row)}. Label more such tracks, or merge it with another label."
            )
    return sentences

"""What an experiment could not learn with its own split: said by `inspect`, before anything is heard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unisono.collection.faults import quoted
from unisono.collection.folder import clean
from unisono.collection.labels import check_labels
from unisono.collection.settings import SplitSettings
from unisono.collection.several import dropped_between, unique_ids
from unisono.collection.split import Split, make_split
from unisono.collection.table import text_of
from unisono.collection.tracks import Collection, alike
from unisono.errors import UserError
from unisono.tasks import Task
from unisono.tasks.computed import ArtistGroups, computed_target

_ADVICE = "Add tracks, lower min_tracks, or leave the task out."


def unlearnable(
    collection: Collection, tasks: Mapping[str, Task], rule: SplitSettings, base: Path = Path()
) -> tuple[list[str], tuple[str, ...]]:
    """What an experiment's split makes of its rows, before anything is heard.

    Args:
        tasks: of the experiment, whose labels have no fault of their own.
        rule: of the split, drawn with the seed 0 where it names none.
        base: the folder that the rule's file starts from.
    Returns: sentences on what training would refuse (a split that cannot be made, a task without any training label,
        artist group factors of fewer than two artists), and the reasons why the split's scores would flatter.
    """
    told, parts = list[str](), [np.full(len(collection), "train")]
    leaks: tuple[str, ...] = ()
    try:
        split = own_split(collection, tasks, rule, 0, base)
        parts, leaks = [fold.part for fold in split.folds], split.leaks
    except UserError as error:
        told.append(clean(" ".join(error.lines())))
    for name, task in tasks.items():
        asked = computed_target(task)
        if asked is not None and (found := _too_few_artists(collection, asked, parts)):
            told.append(f"{collection.where}: task {name}: {found}")
    return told, leaks


def own_split(
    collection: Collection, tasks: Mapping[str, Task], rule: SplitSettings, seed: int, base: Path = Path()
) -> Split:
    """The split of one collection of an experiment, as training draws it.

    Raises: LabelError, TableError.
    """
    fitted = check_labels(collection, {name: t for name, t in tasks.items() if t.columns})
    targets = {name: t.encode(collection.cells(t.columns)) for name, t in fitted.items()}
    return make_split(collection, targets, rule, seed, base)


def between(
    known: Mapping[str, tuple[Collection, Mapping[str, Task]]],
    rule: Callable[[str], SplitSettings],
    seed: int,
    base: Path = Path(),
) -> list[str]:
    """What several collections' splits make of each other's rows, or why they cannot be joined, in sentences.

    Args:
        known: the collections by name, each with its tasks.
        rule: of a collection's split, by its name.
        seed: of splits that name none.
    Returns: nothing where a collection cannot be split by itself: `unlearnable` says so.
    """
    collections = {name: collection for name, (collection, _) in known.items()}
    try:
        splits = {n: own_split(one, tasks, rule(n), seed, base) for n, (one, tasks) in known.items()}
    except UserError:
        return []
    try:
        unique_ids(collections)
        return dropped_between(collections, splits)
    except UserError as error:
        return [clean(" ".join(error.lines()))]


def _too_few_artists(collection: Collection, asked: ArtistGroups, parts: Sequence[NDArray[np.str_]]) -> str:
    """Why artist group factors have no artists to compare, in some fold; empty where there are two."""
    if asked.artist not in collection.frame.columns:
        return f"there is no column {quoted([asked.artist])} but artist group factors need artists. Set target.artist."
    names = [alike(text_of(cell).strip()) for cell in collection.frame[asked.artist].to_list()]
    enough = min(_artists(names, asked, part) for part in parts)
    if enough >= 2:
        return ""
    who = "1 artist has" if enough else "no artist has"
    tracks = f"{asked.min_tracks} {'' if asked.protocol == 'published' else 'training '}tracks or more"
    return f"{who} {tracks} but artist group factors need at least two such artists. {_ADVICE}"


def _artists(names: Sequence[str], asked: ArtistGroups, part: NDArray[np.str_]) -> int:
    """How many artists have tracks enough to learn from."""
    teaches = np.ones(len(names), np.bool_) if asked.protocol == "published" else part == "train"
    tracks = Counter(name for name, one in zip(names, teaches.tolist(), strict=True) if name and one)
    return sum(count >= asked.min_tracks for count in tracks.values())

"""What stands on both sides of a split: the check that makes every leak visible, whatever made the split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from unisono.collection.faults import several
from unisono.collection.split_file import ALSO, HELD_OUT, PARTS, Fold
from unisono.collection.table import text_of
from unisono.collection.tracks import Collection

_LARGE = 0.1  # share of the rows above which one group is worth a warning


def crossing(part: NDArray[np.str_], codes: NDArray[np.int64], sides: tuple[str, ...] = ()) -> NDArray[np.int64]:
    """Codes (of groups or songs) that stand in more than one of the parts; "dropped" is no part.

    Args:
        sides: merge these parts into one first, such as ("validation", "test").
    Shape: (rows,), (rows,) -> (codes that cross,)
    """
    used = part != "dropped"
    merged = np.where(np.isin(part, sides), "merged", part) if sides else part
    pairs = {(c, p) for c, p in zip(codes[used].tolist(), merged[used].tolist(), strict=True)}
    seen = Counter(code for code, _ in pairs)
    return np.array(sorted(code for code, parts in seen.items() if parts > 1), dtype=np.int64)


def leaks_of(collection: Collection, protocol: str, folds: Sequence[Fold]) -> tuple[str, ...]:
    """Reasons why scores made with these folds flatter; none for an honest split.

    Where nobody is named, folds that are one of the columns that their makers call clean are taken at their word.
    """
    groups, songs = collection.groups(), collection.songs()
    leaks = []
    if protocol == "published":
        leaks.append("published protocol: the rows are drawn at random, whoever made them")
    if groups is None:
        why = "no group column" if not collection.roles.groups else collection.why_no_groups()
        given = any(_is_given(collection, column, folds) for column in collection.roles.apart)
        leaks += [] if given else [f"{why}: tracks of one artist may stand on both sides"]
    else:
        worst = max((len(crossing(f.part, groups)) for f in folds), default=0)
        name = " and ".join(collection.roles.groups)
        known = len(np.unique(groups))
        if protocol == "random":
            cross = "crosses" if worst == 1 else "cross"
            leaks.append(f"random split although groups are known ({worst:,} of {known:,} by {name} {cross} the parts)")
        elif worst:
            stand = "stands" if worst == 1 else "stand"
            leaks.append(f"{worst:,} of {several(known, 'group')} by {name} {stand} in more than one part")
    worst = 0 if songs is None else max((len(crossing(f.part, songs, HELD_OUT)) for f in folds), default=0)
    if worst:
        stand = "stands" if worst == 1 else "stand"
        leaks.append(f"{several(worst, 'song')} {stand} in train and in validation or test")
    return tuple(leaks)


def _is_given(collection: Collection, column: str, folds: Sequence[Fold]) -> bool:
    """Whether test is that of a column and only rows that it parts are used; validation may come from its train."""
    said = [text_of(value).strip().lower() for value in collection.frame[column].to_list()]
    given = np.array([ALSO.get(name, name) for name in said])
    return all(
        np.array_equal(fold.part == "test", given == "test") and np.isin(given[fold.part != "dropped"], PARTS).all()
        for fold in folds
    )


def large_groups(collection: Collection) -> list[str]:
    """A sentence for each group of several rows that holds more than a tenth of all."""
    groups = collection.groups()
    if groups is None or len(collection) == 0:
        return []
    sentences = []
    sizes = np.bincount(groups)
    for code in np.flatnonzero((sizes > _LARGE * len(collection)) & (sizes > 1)):
        rows = np.flatnonzero(groups == code)
        name = " / ".join(str(collection.frame[c][int(rows[0])]) for c in collection.roles.groups)
        share = rows.size / len(collection)
        sentences.append(f'One group, "{name}", holds {share:.0%} of the rows ({rows.size:,}): parts cannot be even.')
    return sentences


def warnings_of(collection: Collection, folds: Sequence[Fold]) -> list[str]:
    """What to know of a split before training."""
    warnings = large_groups(collection)
    songs = collection.songs()
    dropped = [0] if songs is None else [int(_again(f.part, songs).sum()) for f in folds]
    if any(dropped):
        spread = f"{min(dropped):,} to {max(dropped):,} rows a fold"
        count = several(dropped[0], "row") if len(dropped) == 1 else spread
        warnings.append(f"Dropped from train: {count} whose song stands in validation or test.")
    return warnings


def _again(part: NDArray[np.str_], songs: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Rows that were dropped because their song stands in validation or test."""
    judged = np.isin(part, HELD_OUT)
    return np.asarray((part == "dropped") & np.isin(songs, songs[judged]))

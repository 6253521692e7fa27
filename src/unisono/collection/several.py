"""Several collections as one: ids that stay unique, and parts that no artist or song stands on both sides of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from unisono.collection.faults import several
from unisono.collection.split import Split
from unisono.collection.split_file import HELD_OUT, Fold, hash_of
from unisono.collection.table import text_of
from unisono.collection.tracks import Collection, alike
from unisono.errors import ExperimentError, TableError

_HONEST = ("grouped", "file")  # protocols after which no track of a judged artist or song may teach


def unique_ids(collections: Mapping[str, Collection]) -> tuple[str, ...]:
    """Ids of all tracks, one collection after another: "name/id", and "id" where a collection has no name.

    Raises: TableError when two tracks get one id.
    """
    ids = tuple(f"{name}/{t.id}" if name else t.id for name, c in collections.items() for t in c.tracks)
    if len(set(ids)) < len(ids):
        twice = next(i for i in ids if ids.count(i) > 1)
        where = next(c.where for name, c in collections.items() if not name)
        raise TableError(where, f'the id "{twice}" is that of a track of another collection', "Name this one as well.")
    return ids


def join_splits(
    collections: Mapping[str, Collection], splits: Mapping[str, Split], where: str = "collections"
) -> Split:
    """One split of all tracks, one collection after another.

    Training rows whose song, sound file or, in grouped splits, group stands in another collection's validation or test
    are dropped and counted.

    Args:
        splits: of each collection.
        where: the key that names them, for messages.
    Raises: ExperimentError when collections have different numbers of folds.
    """
    if len(collections) == 1:
        return next(iter(splits.values()))
    counts = {name: len(split.folds) for name, split in splits.items()}
    if len(set(counts.values())) > 1:
        found = "have different numbers of folds: " + ", ".join(f"{n or '[collection]'} {c}" for n, c in counts.items())
        raise ExperimentError(where, found, "Give every collection's split as many.")
    folds = [[splits[name].folds[i] for name in collections] for i in range(next(iter(counts.values())))]
    finals = [f for name in collections if (f := splits[name].final) is not None]
    final = finals if len(finals) == len(collections) else None
    dropped = np.zeros((len(collections), len(collections)), np.int64)
    joined = [_joined(collections, splits, parts, dropped) for parts in folds]
    last = None if final is None else _joined(collections, splits, final, dropped.copy())
    notes = [*_prefixed(splits, "warnings"), *_sentences(list(collections), dropped, len(folds))]
    protocols = list(dict.fromkeys(s.protocol for s in splits.values()))
    digest = hash_of(unique_ids(collections), joined, last)
    return Split(tuple(joined), "+".join(protocols), tuple(_prefixed(splits, "leaks")), digest, tuple(notes), last)


def dropped_between(collections: Mapping[str, Collection], splits: Mapping[str, Split]) -> list[str]:
    """Which training rows of which collection `join_splits` would drop, in sentences.

    Raises: ExperimentError when collections have different numbers of folds.
    """
    own = _prefixed(splits, "warnings")
    return [note for note in join_splits(collections, splits).warnings if note not in own]


def _joined(
    collections: Mapping[str, Collection],
    splits: Mapping[str, Split],
    folds: Sequence[Fold],
    dropped: NDArray[np.int64],
) -> Fold:
    """One fold of all rows; `dropped` counts the rows of one collection (axis 0) that another one (axis 1) judges."""
    names, parts = list(collections), [fold.part.copy() for fold in folds]
    for one, other in permutations(range(len(names)), 2):
        protocol = splits[names[other]].protocol.partition("+")[0]
        if protocol not in _HONEST:
            continue
        judged = np.isin(folds[other].part, HELD_OUT)
        rows = np.zeros(len(parts[one]), np.bool_)
        ours, theirs = collections[names[one]], collections[names[other]]
        for mine, his in zip(_keys(ours, protocol), _keys(theirs, protocol), strict=True):
            wanted = {key for key, is_judged in zip(his, judged.tolist(), strict=True) if key and is_judged}
            rows |= np.array([bool(key) and key in wanted for key in mine], np.bool_)
        again = rows & (parts[one] == "train")
        parts[one][again] = "dropped"
        dropped[one, other] += int(again.sum())
    return Fold(np.concatenate(parts))


def _keys(collection: Collection, protocol: str) -> Iterator[list[str]]:
    """What tells that two rows belong together, an empty text where nothing does: songs, sound files, groups."""
    yield _named(collection, collection.roles.song, punctuation=False)
    yield ["" if t.audio is None else str(t.audio.resolve()) for t in collection.tracks]
    yield _named(collection, collection.roles.groups if protocol == "grouped" else (), punctuation=True)


def _named(collection: Collection, columns: Sequence[str], punctuation: bool) -> list[str]:
    if not columns:
        return [""] * len(collection)
    read = [[alike(text_of(v), punctuation) for v in collection.frame[c].to_list()] for c in columns]
    return ["\n".join(key) if all(key) else "" for key in zip(*read, strict=True)]


def _prefixed(splits: Mapping[str, Split], kind: str) -> list[str]:
    return [f"{name}: {text}" if name else text for name, split in splits.items() for text in getattr(split, kind)]


def _sentences(names: Sequence[str], dropped: NDArray[np.int64], folds: int) -> list[str]:
    of, called = f" in {folds} folds" if folds > 1 else "", [name or "[collection]" for name in names]
    return [
        f"Dropped from train: {several(int(dropped[one, other]), 'row')} of {called[one]}{of} whose artist or song "
        f"stands in validation or test of {called[other]}."
        for one, other in np.argwhere(dropped).tolist()
    ]

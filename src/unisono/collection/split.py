"""Who teaches, who chooses and who judges: splits by group, and what is said of those that leak."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, hstack

from unisono.collection.crossing import leaks_of, warnings_of
from unisono.collection.gaps import label_gaps
from unisono.collection.settings import SplitSettings
from unisono.collection.split_file import (
    HELD_OUT,
    PART,
    Fold,
    hash_of,
    hash_with,
    parts_of_column,
    read_masked,
    read_parts,
    save_parts,
)
from unisono.collection.stratify import Array, group_counts, share_out, strata
from unisono.collection.tracks import Collection
from unisono.errors import LabelError, TableError

Parts = NDArray[np.str_]
_WHOLE = ("grouped", "songs")  # protocols that keep something whole, and balance the parts
_ON_PURPOSE = {
    "select_on_test": "on purpose: early stopping looks at the test part",
    "copies_cross": "on purpose: altered copies of test tracks teach",
    "fit_on_all": "on purpose: inputs are fitted on the test part too",
    "excerpts_cross": "on purpose: one excerpt of each test track judges, the others teach",
}


@dataclass(frozen=True, eq=False)
class Split:
    """Which rows are in which part.

    Args:
        folds: one without cross-validation; else every row is in test in exactly one of them.
        protocol: how it was made: grouped, songs, random, published or file.
        leaks: reasons why its scores flatter, full sentences; empty for an honest split.
        hash: of all ids and their parts, whatever the order of the rows.
        warnings: what to know before training, full sentences.
        final: with folds, the rows of the model that is kept: train and validation only.
        masked: task -> rows whose label is not learned although they are in train.
    """

    folds: tuple[Fold, ...]
    protocol: str
    leaks: tuple[str, ...]
    hash: str
    warnings: tuple[str, ...] = field(default=())
    final: Fold | None = None
    masked: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)


def make_split(
    collection: Collection,
    targets: Mapping[str, Array],
    settings: SplitSettings,
    seed: int,
    base: Path = Path(),
) -> Split:
    """Split a collection as the experiment says.

    Grouped: no group stands in two parts, parts resemble each other in all tasks, and training rows whose song stands
    in validation or test are dropped. Songs: the same with songs in place of groups, whose tracks may stand in several
    parts. Random and published: rows are drawn, whoever made them.

    Args:
        targets: task -> encoded labels (rows, k), NaN where not labelled; what the parts are balanced by.
        seed: used where the settings have none.
        base: the folder that `settings.file` starts from.
    Raises: LabelError when there are too few groups or a part stays empty; TableError for a split by groups or songs
        of a collection that does not know them.
    """
    protocol = settings.protocol
    rng = np.random.default_rng(seed if settings.seed is None else settings.seed)
    if protocol == "file":
        folds, final, notes = _given(collection, targets, settings, rng, base)
    else:
        groups = _groups(collection, protocol)
        folds, final = _drawn(collection, _balance(collection, targets, protocol), settings, groups, rng)
        notes = []
    if protocol == "grouped":
        folds = [clean_songs(fold, collection.songs()) for fold in folds]
        final = None if final is None else clean_songs(final, collection.songs())
    notes += label_gaps(collection, targets, folds)
    return _as_asked(split_of(collection, settings.made or protocol, folds, final, notes), collection, settings, base)


def write_split(split: Split, collection: Collection, path: Path) -> str:
    """Save a split as CSV (`id, fold, part`) and give its hash."""
    save_parts(path, [t.id for t in collection.tracks], split.folds, split.final)
    return split.hash


def read_split(path: Path, collection: Collection, protocol: str = "file") -> Split:
    """A split that was saved, with the same hash; leaks are counted anew.

    Args:
        protocol: how it was made, where that is known: random splits are stamped as such.
    """
    folds, final, notes = read_parts(path, collection)
    return split_of(collection, protocol, folds, final, notes)


def split_of(collection: Collection, protocol: str, folds: list[Fold], final: Fold | None, notes: list[str]) -> Split:
    """A split of given parts: checked for empty parts, leaks counted, hashed."""
    every = [*folds, *([] if final is None else [final])]
    for number, fold in enumerate(folds):
        for name in ("train", "test"):
            if not (fold.part == name).any():
                at = f"fold {number}" if len(folds) > 1 else "the split"
                raise LabelError(collection.where, f"{at} has no row in {name}", "Use more rows or fewer folds.")
    leaks = leaks_of(collection, protocol, every)
    warnings = (*notes, *warnings_of(collection, folds))
    ids = [t.id for t in collection.tracks]
    return Split(tuple(folds), protocol, leaks, hash_of(ids, folds, final), warnings, final)


def clean_songs(fold: Fold, songs: NDArray[np.int64] | None) -> Fold:
    """The fold without training rows whose song stands in a part that is held out: these are "dropped"."""
    if songs is None:
        return fold
    judged = np.isin(fold.part, HELD_OUT)
    again = (fold.part == "train") & np.isin(songs, songs[judged])
    return Fold(np.where(again, "dropped", fold.part))


def _as_asked(split: Split, collection: Collection, settings: SplitSettings, base: Path) -> Split:
    """The split with the labels that its file keeps from learning, and stamped with what leaks on purpose."""
    leaks = (*split.leaks, *(_ON_PURPOSE[name] for name in settings.on_purpose))
    protocol = "+".join([split.protocol, *settings.on_purpose, *(["shuffled"] if settings.shuffled else [])])
    split = replace(split, leaks=leaks, protocol=protocol)
    if settings.file is None:
        return split
    masked = read_masked(base / Path(settings.file).expanduser(), collection)
    ids = [t.id for t in collection.tracks]
    return replace(split, masked=masked, hash=hash_with(split.hash, ids, masked))


def _groups(collection: Collection, protocol: str) -> NDArray[np.int64]:
    if protocol not in _WHOLE:
        return np.arange(len(collection))
    groups, songs = collection.groups(), collection.songs()
    if protocol == "songs":
        if songs is None:
            named = " or ".join(collection.roles.song)
            why = f"{named} is empty in every row" if named else "no column of songs is named"
            found = f"a split by songs needs to know which tracks are one song, but {why}"
            advice = "Fill it, or" if named else 'Set song = ["artist", "title"] under [collection], or'
            raise TableError(collection.where, found, f'{advice} protocol = "random" under [split] (stamped as leaky).')
        return songs
    if groups is None:
        named = "Fill it" if collection.roles.groups else 'Set groups = ["artist"] under [collection]'
        raise TableError(
            collection.where,
            f"a grouped split needs to know whose each track is, but {collection.why_no_groups()}",
            f'{named}, or protocol = "random" under [split] (stamped as leaky).',
        )
    return groups


def _balance(collection: Collection, targets: Mapping[str, Array], protocol: str) -> csr_array:
    """What the parts are to have alike; where songs are whole, also how many there are of each group."""
    every = strata(targets if protocol in _WHOLE else {}, len(collection))
    groups = collection.groups()
    if protocol != "songs" or groups is None:
        return every
    rows = np.arange(len(collection))
    return csr_array(hstack([every, coo_array((np.ones(len(rows)), (rows, groups)))], format="csr"))


def _drawn(
    collection: Collection,
    balance: csr_array,
    settings: SplitSettings,
    groups: NDArray[np.int64],
    rng: np.random.Generator,
) -> tuple[list[Fold], Fold | None]:
    """Folds in which no group stands in two parts."""
    counts, position = group_counts(balance, groups)
    needed = (settings.folds or 2) + bool(settings.validation) + bool(settings.calibration)
    if counts.shape[0] < needed:
        groups_found = "1 group" if counts.shape[0] == 1 else f"{counts.shape[0]} groups"
        found = f"{groups_found} cannot fill {needed} parts, each with groups of its own"
        raise LabelError(collection.where, found, "Use more tracks, fewer folds, or other groups.")
    everyone = np.arange(counts.shape[0])
    if settings.folds is None:
        given = {"validation": settings.validation, "test": settings.test}
        given |= {"calibration": settings.calibration} if settings.calibration else {}
        names = np.array(["train", *given], dtype=PART)
        rest = 1 - settings.test - settings.validation - settings.calibration
        shares = np.array([rest, *given.values()])
        return [Fold(names[share_out(counts, shares, rng)][position])], None
    tested = share_out(counts, np.full(settings.folds, 1 / settings.folds), rng)
    folds = [
        Fold(_with_validation(counts, everyone[tested != k], settings.validation, rng)[position])
        for k in range(settings.folds)
    ]
    final = Fold(_with_validation(counts, everyone, settings.validation, rng)[position]) if settings.final else None
    return folds, final


def _with_validation(
    counts: csr_array, learning: NDArray[np.int64], validation: float, rng: np.random.Generator
) -> Parts:
    """Parts of all groups: those that learn are shared out in train and validation, the others are test."""
    parts = np.full(counts.shape[0], "test", dtype=PART)
    parts[learning] = "train"
    if validation:
        total = float(counts[:, [0]].sum())
        share = min(validation * total / max(float(counts[learning][:, [0]].sum()), 1.0), 0.5)
        chosen = share_out(counts[learning], np.array([1 - share, share]), rng)
        parts[learning[chosen == 1]] = "validation"
    return parts


def _given(
    collection: Collection,
    targets: Mapping[str, Array],
    settings: SplitSettings,
    rng: np.random.Generator,
    base: Path,
) -> tuple[list[Fold], Fold | None, list[str]]:
    """Folds and a final one, if any, of a file or a column; where no row is in validation, some of train are taken."""
    final: Fold | None = None
    if settings.column is not None:
        folds, notes = parts_of_column(collection, settings.column)
    else:
        folds, final, notes = read_parts(base / Path(settings.file or "").expanduser(), collection)
        final = final if settings.final else None
    for part, share in (("validation", settings.validation), ("calibration", settings.calibration)):
        if share and not any((f.part == part).any() for f in folds):
            folds = [_carve(collection, targets, f, {part: share}, rng) for f in folds]
            final = final and _carve(collection, targets, final, {part: share}, rng)
            kept = (
                f"{share:.0%} of the rows of train are taken for it, by group; {part} = 0.0 under [split] takes none."
            )
            notes.append(f"The given split has no {part} part: {kept}")
    return folds, final, notes


def _carve(
    collection: Collection,
    targets: Mapping[str, Array],
    fold: Fold,
    wanted: Mapping[str, float],
    rng: np.random.Generator,
) -> Fold:
    """The fold with a part of so large a share taken from train, whole groups."""
    (name, share), *_ = wanted.items()
    groups = collection.groups()
    rows = np.flatnonzero(fold.part == "train")
    owners = np.arange(len(collection)) if groups is None else groups
    counts, position = group_counts(strata(targets, len(collection))[rows], owners[rows])
    part = fold.part.astype(PART)
    chosen = share_out(counts, np.array([1 - share, share]), rng)[position]
    part[rows[chosen == 1]] = name
    return clean_songs(Fold(part), collection.songs())

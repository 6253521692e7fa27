"""A split as a file: `id, fold, part`, with a hash that does not depend on the order of its rows."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unisono.collection.faults import Fault, fail, quoted, several
from unisono.collection.table import Table, read_table, text_of
from unisono.collection.tracks import Collection
from unisono.errors import TableError
from unisono.files import commit_bytes

FINAL = "final"
WITHOUT = "without"  # column of the tasks whose labels in this row are not learned, separated by ";"
PARTS = ("train", "validation", "calibration", "test", "dropped")
HELD_OUT = ("validation", "calibration", "test")  # what nothing is learned from
PART = "<U11"  # wide enough for every part's name: numpy cuts longer texts silently
ALSO = {"training": "train", "valid": "validation", "val": "validation", "dev": "validation", "testing": "test"}


@dataclass(frozen=True, eq=False)
class Fold:
    """One way to learn and judge.

    Args:
        part: of each row of the collection: "train", "validation", "calibration", "test" or "dropped".
    """

    part: NDArray[np.str_]

    def rows(self, part: str) -> NDArray[np.int64]:
        """Positions of the rows in a part."""
        return np.flatnonzero(self.part == part)


def hash_of(ids: Sequence[str], folds: Iterable[Fold], final: Fold | None) -> str:
    """SHA-256 over the sorted lines of the file."""
    lines = sorted(f"{fold}\t{part}\t{key}" for key, fold, part in _lines(ids, folds, final))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def save_parts(path: Path, ids: Sequence[str], folds: Iterable[Fold], final: Fold | None) -> None:
    """Write `id,fold,part`: a line for each row and fold."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("id", "fold", "part"))
    writer.writerows(_lines(ids, folds, final))
    commit_bytes(path, text.getvalue().encode())


def save_masked(path: Path, ids: Sequence[str], fold: Fold, masked: Mapping[str, NDArray[np.bool_]]) -> None:
    """Write `id,fold,part,without`: also which tasks' labels are not learned, row by row.

    Args:
        masked: task -> rows whose label counts as unknown in training.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("id", "fold", "part", WITHOUT))
    for row, (key, part) in enumerate(zip(ids, fold.part, strict=True)):
        writer.writerow((key, "0", str(part), ";".join(task for task, rows in masked.items() if rows[row])))
    commit_bytes(path, text.getvalue().encode())


def read_masked(path: Path, collection: Collection) -> dict[str, NDArray[np.bool_]]:
    """Task -> rows whose label is not learned; empty where the file has no such column."""
    table = read_table(path)
    if WITHOUT not in table.frame.columns:
        return {}
    row_of = {track.id: row for row, track in enumerate(collection.tracks)}
    masked: dict[str, NDArray[np.bool_]] = {}
    for key, said in zip(table.frame["id"].to_list(), table.frame[WITHOUT].to_list(), strict=True):
        for task in filter(None, text_of(said).split(";")):
            rows = masked.setdefault(task, np.zeros(len(row_of), np.bool_))
            if text_of(key) in row_of:
                rows[row_of[text_of(key)]] = True
    return masked


def hash_with(parts: str, ids: Sequence[str], masked: Mapping[str, NDArray[np.bool_]]) -> str:
    """The hash of a split whose labels are not all learned; without such it is that of its parts."""
    if not masked:
        return parts
    lines = sorted(f"{task}\t{ids[row]}" for task, rows in masked.items() for row in np.flatnonzero(rows).tolist())
    return hashlib.sha256("\n".join([parts, *lines]).encode()).hexdigest()


def read_parts(path: Path, collection: Collection) -> tuple[list[Fold], Fold | None, list[str]]:
    """Folds, the final one if any, and what the user should know.

    Rows of the collection that the file does not name are "dropped" and counted; ids of the file that the collection
    lacks are counted.

    Raises: TableError for unknown parts, an id that stands twice in a fold, and a file that names no row at all.
    """
    table = read_table(path)
    table.need(["id", "part"], "a split")
    count = table.frame.height
    ids = [text_of(v) for v in table.frame["id"].to_list()]
    parts = _known(table, "part")
    folds = [text_of(v) for v in table.frame["fold"].to_list()] if "fold" in table.frame.columns else ["0"] * count
    row_of = {track.id: row for row, track in enumerate(collection.tracks)}
    if not set(ids) & set(row_of):
        found = f"none of its ids ({quoted(ids, 3)}) is one of {collection.where} ({quoted(list(row_of), 3)})"
        raise TableError(table.where, found, "Was it made for another table?")
    arrays = _placed(table, list(zip(ids, folds, parts, strict=True)), row_of)
    notes = []
    strangers, unnamed = len(set(ids) - set(row_of)), len(set(row_of) - set(ids))
    if strangers:
        are = "is" if strangers == 1 else "are"
        notes.append(f"{several(strangers, 'id')} of {table.where} {are} not in {collection.where}.")
    if unnamed:
        are, stay = ("is", "stays") if unnamed == 1 else ("are", "stay")
        notes.append(f"{several(unnamed, 'row')} of {collection.where} {are} not in {table.where} and {stay} unused.")
    numbered = sorted((f for f in arrays if f != FINAL), key=lambda f: (len(f), f))
    return [Fold(arrays[f]) for f in numbered], Fold(arrays[FINAL]) if FINAL in arrays else None, notes


def parts_of_column(collection: Collection, column: str) -> tuple[list[Fold], list[str]]:
    """One fold from a column of the table; rows with an empty cell are "dropped"."""
    collection.table.need([column], "split.column")
    parts = np.array(_known(collection.table, column), dtype=PART)
    unused = int((parts == "dropped").sum())
    told = f'{several(unused, "row")} {"is" if unused == 1 else "are"} in no part according to the column "{column}".'
    notes = [told] if unused else []
    return [Fold(parts)], notes


def _known(table: Table, column: str) -> list[str]:
    said = [text_of(v).lower() for v in table.frame[column].to_list()]
    parts = [ALSO.get(p, p) or "dropped" for p in said]
    advice = f"Parts are {', '.join(PARTS)}."
    faults = [
        Fault(table.place(row, column), f'"{said[row]}" is no part of a split', advice)
        for row, part in enumerate(parts)
        if part not in PARTS
    ]
    fail(TableError, table.where, faults)
    return parts


def _placed(table: Table, lines: list[tuple[str, str, str]], row_of: dict[str, int]) -> dict[str, NDArray[np.str_]]:
    """Fold -> part of each row of the collection."""
    arrays: dict[str, NDArray[np.str_]] = {}
    seen: set[tuple[str, str]] = set()
    faults = []
    for number, (key, fold, part) in enumerate(lines):
        array = arrays.setdefault(fold, np.full(len(row_of), "dropped", dtype=PART))
        if (key, fold) in seen:
            faults.append(Fault(table.place(number, "id"), f'"{key}" stands twice in fold {fold}', "Remove one line."))
        seen.add((key, fold))
        if key in row_of:
            array[row_of[key]] = part
    fail(TableError, table.where, faults)
    return arrays


def _lines(ids: Sequence[str], folds: Iterable[Fold], final: Fold | None) -> Iterable[tuple[str, str, str]]:
    named = [(str(number), fold) for number, fold in enumerate(folds)] + ([(FINAL, final)] if final else [])
    return [(key, name, str(part)) for name, fold in named for key, part in zip(ids, fold.part, strict=True)]

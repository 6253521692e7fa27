"""What readers of published layouts share: files found, or where to get them; columns and sounds added by id."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from unisono.collection.faults import Fault, fail, several
from unisono.collection.folder import AUDIO_SUFFIXES, shown
from unisono.collection.table import Table, read_table, text_of
from unisono.errors import TableError


def find(root: Path, names: Sequence[str], advice: str) -> Path:
    """The first of these that lies below a folder.

    Args:
        names: the same file or folder in the layouts known; the first is named in the message.
        advice: what to get, from where and where to put it.
    Raises: TableError, one line.
    """
    for name in names:
        if (root / name).exists():
            return root / name
    if not root.is_dir():
        raise TableError(str(root), f"there is no such folder but it must hold {names[0]}", advice)
    raise TableError(str(root), f"holds no {names[0]}", advice)


def found(root: Path, names: Sequence[str]) -> Path | None:
    """The same for what may be absent."""
    return next((root / name for name in names if (root / name).exists()), None)


def chosen(path: Path, columns: Mapping[str, str], delimiter: str | None = None) -> Table:
    """Some columns of a table, named anew.

    Args:
        columns: name in the file -> name here.
    """
    table = read_table(path, delimiter)
    table.need(list(columns), "part of the published layout")
    frame = table.frame.select([pl.col(theirs).alias(ours) for theirs, ours in columns.items()])
    return replace(table, frame=frame.with_columns(pl.all().str.strip_chars()))


def frame_of(columns: Mapping[str, Sequence[str | None]]) -> pl.DataFrame:
    """A frame of texts."""
    return pl.DataFrame({name: pl.Series(name, cells, dtype=pl.String) for name, cells in columns.items()})


def table_of(rows: Sequence[Mapping[str, str]], columns: Iterable[str], where: str, names: Sequence[str]) -> Table:
    """A table that no file holds: of files that were found, for example.

    Args:
        names: what to call each row in messages.
    """
    frame = frame_of({column: [row.get(column) for row in rows] for column in columns})
    return Table(frame, where, np.arange(1, len(rows) + 1), None, tuple(names))


def unique(table: Table, column: str) -> dict[str, int]:
    """Id -> row.

    Raises: TableError for ids that stand twice.
    """
    rows: dict[str, int] = {}
    faults = []
    for row, value in enumerate(table.frame[column].to_list()):
        key = text_of(value)
        if key in rows:
            faults.append(Fault(table.place(row, column), f'"{key}" stands in {table.place(rows[key])} too'))
        rows.setdefault(key, row)
    fail(TableError, table.where, faults)
    return rows


def add(table: Table, key: str, cells: Mapping[str, Mapping[str, str]]) -> Table:
    """The table with further columns, by id; rows that a column does not know get empty cells.

    Args:
        key: the table's column of ids.
        cells: column -> id -> cell.
    """
    ids = [text_of(v) for v in table.frame[key].to_list()]
    columns = [pl.Series(name, [known.get(i) for i in ids], dtype=pl.String) for name, known in cells.items()]
    return replace(table, frame=table.frame.with_columns(columns))


def sounding(table: Table, root: Path, candidates: Callable[[int], Iterable[str]]) -> Table:
    """The table with its sounds; those that are not there are counted in a note.

    Args:
        candidates: row -> the paths below `root` at which its sound may lie.
    """
    paths = tuple(found(root, list(candidates(row))) for row in range(table.frame.height))
    absent = sum(path is None for path in paths)
    table = replace(table, audio=paths)
    if not absent:
        return table
    are, silent = ("is", "this track is") if absent == 1 else ("are", "these tracks are")
    return table.note(f"{absent:,} of {several(len(paths), 'sound')} {are} not below {root}: {silent} silent.")


def sounds_below(folder: Path) -> list[Path]:
    """Every sound file below a folder, relative to it, sorted."""
    there = (
        Path(at, name).relative_to(folder)
        for at, _, files in os.walk(folder)
        for name in files
        if Path(name).suffix.lower() in AUDIO_SUFFIXES and not name.startswith(".")
    )
    return sorted(there, key=shown)

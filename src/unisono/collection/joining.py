"""Columns of further tables are added by id, never by position."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from unisono.collection.faults import Fault, fail, quoted, several
from unisono.collection.settings import LINE, Join
from unisono.collection.table import Table, read_table, text_of
from unisono.errors import TableError


def join(table: Table, settings: Join, key: str | None, base: Path) -> Table:
    """The table with the other's columns; rows without a match get empty cells, and are counted.

    Args:
        key: the table's id column, used where `settings.on` is not set.
    Raises: TableError when keys of the other table stand twice, columns clash, or no key matches.
    """
    other = read_table(base / Path(settings.table).expanduser(), settings.delimiter)
    on = settings.on or key
    if on is None or on == LINE:
        raise TableError(table.where, f'joining "{settings.table}" needs an id', 'Set id = "..." under [collection].')
    table.need([on], "the id of a join")
    other.need([settings.id, *(settings.columns or ())], "part of a join")
    added = [c for c in settings.columns or other.frame.columns if c != settings.id]
    clash = [c for c in added if c in table.frame.columns]
    if clash:
        advice = 'Name the columns to add: columns = ["..."] in this join.'
        raise TableError(other.where, f"{quoted(clash)} stands in {table.where} too", advice)
    row_of = _row_of(other, settings.id)
    keys = [text_of(v) for v in table.frame[on].to_list()]
    rows = [row_of.get(k) for k in keys]
    matched = sum(r is not None for r in rows)
    if not matched:
        found = f"no {settings.id} equals any {on} of {table.where}"
        raise TableError(other.where, f"{found} ({quoted(list(row_of), 3)} against {quoted(keys, 3)})")
    frame = table.frame.hstack(other.frame.select(added)[pl.Series(rows, dtype=pl.UInt32)] if added else [])
    return replace(table, frame=frame).note(*_counts(table, other, keys, row_of))


def _row_of(other: Table, column: str) -> dict[str, int]:
    rows: dict[str, int] = {}
    faults = []
    for row, value in enumerate(other.frame[column].to_list()):
        key = text_of(value)
        if not key:
            faults.append(Fault(other.place(row, column), "is empty but every row needs an id"))
        elif key in rows:
            found = f'the id "{key}" stands in line {other.lines[rows[key]]} too, but must be there once'
            faults.append(Fault(other.place(row, column), found))
        else:
            rows[key] = row
    if faults:
        fail(TableError, other.where, [f._replace(advice="Give each row an id of its own.") for f in faults])
    return rows


def _counts(table: Table, other: Table, keys: list[str], row_of: dict[str, int]) -> list[str]:
    without = int(np.sum([k not in row_of for k in keys]))
    unused = len(set(row_of) - set(keys))
    notes = []
    if without:
        have = "has" if without == 1 else "have"
        notes.append(f"{without:,} of {several(len(keys), 'row')} of {table.where} {have} no match in {other.where}.")
    if unused:
        match = "matches" if unused == 1 else "match"
        notes.append(f"{unused:,} of {several(len(row_of), 'row')} of {other.where} {match} no row of {table.where}.")
    return notes

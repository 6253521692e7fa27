"""Which rows of a table are used: `keep` by value, `latest` by a date or number."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from unisono.collection.faults import Fault, fail, quoted
from unisono.collection.settings import Key, Latest
from unisono.collection.table import Table, text_of
from unisono.errors import TableError, nearest

_DATE = re.compile(r"\d{4}(-\d\d(-\d\d([T ].*)?)?)?")


def keep(table: Table, wanted: Mapping[str, tuple[Key, ...]]) -> Table:
    """The rows whose cells are among the wanted values, in every named column.

    Raises: TableError for a value that stands in no row.
    """
    table.need(list(wanted), "collection.keep")
    inside = np.ones(table.frame.height, dtype=bool)
    faults = []
    for column, values in wanted.items():
        cells = [text_of(v) for v in table.frame[column].to_list()]
        known, asked = set(cells), [text_of(v) for v in values]
        advice = {v: nearest(v, known - {""}) or f"There are {quoted(sorted(known - {''}))}." for v in asked}
        where = f"{table.where}:{column}"
        faults += [
            Fault(where, f'"{v}" is to be kept but stands in no row', advice[v]) for v in asked if v not in known
        ]
        inside &= np.isin(np.array(cells, dtype=object), np.array(asked, dtype=object))
    fail(TableError, table.where, faults)
    if not inside.any():
        raise TableError(table.where, f"no row passes collection.keep ({quoted(list(wanted))} together)")
    return table.take(np.flatnonzero(inside))


def latest(table: Table, settings: Latest) -> Table:
    """The latest rows of the named classes; other classes stay whole, and the order stays.

    Of rows with the same date the later in the table are taken; a row without a date is the oldest.

    Raises: TableError for a class that has no row, and for dates that cannot be compared.
    """
    table.need([settings.by, settings.column], "collection.latest")
    classes = np.array([text_of(v) for v in table.frame[settings.column].to_list()], dtype=object)
    ages = _comparable(table, settings.by)
    inside = np.ones(table.frame.height, dtype=bool)
    for name, count in settings.rows.items():
        rows = np.flatnonzero(classes == name)
        if not rows.size:
            known = sorted(set(classes) - {""})
            raise TableError(
                f"{table.where}:{settings.column}",
                f'collection.latest names "{name}", which stands in no row',
                nearest(name, known) or f"There are {quoted(known)}.",
            )
        if rows.size < count:
            table = table.note(f'Only {rows.size:,} rows are "{name}" (latest {count:,} asked): all are kept.')
        inside[rows] = False
        inside[rows[np.argsort(ages[rows], kind="stable")[-count:]]] = True
    return table.take(np.flatnonzero(inside))


def _comparable(table: Table, column: str) -> NDArray[np.float64]:
    """Numbers that stand in the order of a column's dates or numbers; empty cells come first."""
    cells = [text_of(v) for v in table.frame[column].to_list()]
    if all(_DATE.fullmatch(c) for c in cells if c):
        ranks = {date: float(rank) for rank, date in enumerate(sorted(set(cells) - {""}))}
        return np.array([ranks.get(c, -1.0) for c in cells])
    ages, faults = np.full(len(cells), -np.inf), []
    for row, cell in enumerate(cells):
        try:
            ages[row] = float(cell) if cell else -np.inf
        except ValueError:
            advice = "Write dates year first, such as 2019 or 2019-05-31."
            faults.append(Fault(table.place(row, column), f'"{cell}" is no number and no date', advice))
    fail(TableError, table.where, faults)
    return ages

"""FMA's tables, whose column names stand in two or three lines one above the other."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import polars as pl

from unisono.collection.csv_text import decoded, parse
from unisono.collection.datasets._layout import frame_of, unique
from unisono.collection.faults import Fault, fail
from unisono.collection.table import LIST_SEPARATOR, Table, read_table
from unisono.errors import TableError

ID = "track_id"


def stacked(path: Path, levels: int) -> Table:
    """A table with the names of its columns joined by dots; the line below them names the index alone.

    Args:
        levels: lines of names above it.
    Raises: TableError for another head, and whatever is wrong with a table.
    """
    data = path.read_bytes()
    head = data.split(b"\n", levels + 1)
    names = _names(path, head[: levels + 1], levels)
    text = ",".join(f'"{name}"' for name in names)
    # empty lines stand for the rest of the head, so that messages count lines as an editor does
    rows = parse("\n".join([text, *[""] * levels, decoded(head[-1], path.name)]).encode(), path.name, ",")
    return Table(frame_of(dict(zip(rows.header, rows.columns, strict=True))), path.name, np.array(rows.lines))


def numbers_below(path: Path, levels: int) -> pl.DataFrame:
    """The same for a large table of numbers alone; its ids stay whole numbers."""
    with path.open("rb") as file:
        names = _names(path, [file.readline() for _ in range(levels + 1)], levels)
    kinds = {name: pl.Int64 if name == ID else pl.Float64 for name in names}
    try:
        return pl.read_csv(path, has_header=False, skip_rows=levels + 1, schema=kinds)
    except pl.exceptions.PolarsError as error:
        reason = str(error).split("\n")[0][:120]
        raise TableError(path.name, f"is damaged, or not all numbers ({reason})", "Unpack it again.") from error


def genre_titles(path: Path) -> dict[str, str]:
    """Genre's number -> its title."""
    table = read_table(path)
    table.need(["genre_id", "title"], "part of the published layout")
    rows = unique(table, "genre_id")
    return {key: table.frame["title"][row] for key, row in rows.items()}


def titled(table: Table, column: str, titles: dict[str, str]) -> list[str | None]:
    """Cells such as [21, 4] as the titles of these genres, joined by ";"; empty where there are none."""
    cells: list[str | None] = []
    faults = []
    for row, cell in enumerate(table.frame[column].to_list()):
        keys = [key.strip() for key in cell.strip("[] ").split(",") if key.strip()]
        strange = [key for key in keys if key not in titles]
        if strange:
            faults.append(Fault(table.place(row, column), f'genre "{strange[0]}" is not in genres.csv'))
        cells.append(LIST_SEPARATOR.join(titles.get(key, key) for key in keys) or None)
    fail(TableError, table.where, faults)
    return cells


def _names(path: Path, head: list[bytes], levels: int) -> list[str]:
    lines = [next(csv.reader([decoded(line, path.name).strip("\r\n")]), []) for line in head if line.strip()]
    widths = {len(line) for line in lines}
    if len(lines) <= levels or len(widths) != 1 or lines[-1][0] != ID:
        needed = f"{levels} lines of column names and a line that begins with {ID}"
        raise TableError(f"{path.name}:1", f"does not begin with {needed}", "Unpack fma_metadata.zip again.")
    return [ID, *(".".join(parts) for parts in list(zip(*lines[:levels], strict=True))[1:])]

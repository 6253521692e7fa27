"""Row ids: which track each row of a file of numbers belongs to; never told by position."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from unisono.errors import TableError, nearest


def ids_of(path: Path, column: str | None) -> list[str]:
    """The ids of rows, in their order.

    Args:
        path: .npy of texts or whole numbers, a text file with one id a line, or a CSV, TSV or Parquet table.
        column: which column of the table; None for a file without columns.
    Raises: TableError when the file cannot be read or lacks the column.
    """
    if not path.is_file():
        raise TableError(str(path), "is no file but the ids of the rows must stand there")
    if column is not None:
        return _column(path, column)
    if path.suffix.lower() == ".npy":
        return _array_ids(path)
    if path.suffix.lower() in (".csv", ".tsv", ".parquet"):
        advice = 'Write ids = { table = "...", column = "..." }.'
        raise TableError(str(path), "is a table, so the column of its ids is needed", advice)
    return [line.rstrip("\r") for line in _text(path).removesuffix("\n").split("\n")]


def index_of(ids: Sequence[str], where: str) -> dict[str, int]:
    """Id -> row; every id must be there, and once.

    Raises: TableError for an empty id and for one that stands twice.
    """
    index: dict[str, int] = {}
    for row, name in enumerate(ids):
        if not name.strip():
            raise TableError(f"{where}, row {row + 1}", "the id is empty")
        if name in index:
            raise TableError(
                f"{where}, row {row + 1}",
                f'the id "{name}" stands in row {index[name] + 1} as well but must name one row',
                "Is another column the key?",
            )
        index[name] = row
    return index


def frame_of(path: Path) -> pl.DataFrame:
    """A Parquet file as a table.

    Raises: TableError when it is damaged.
    """
    try:
        with path.open("rb") as stream:
            return pl.read_parquet(stream)
    except (Exception, pl.exceptions.PanicException) as error:  # whatever a reader raises is about this file
        raise TableError(str(path), f"cannot be read as Parquet ({first_line(error)})", "Write it again.") from error


def texts_of(path: Path, frame: pl.DataFrame, column: str) -> list[str]:
    """A column of ids; whole numbers become their digits.

    Raises: TableError when it is not there or holds other things than texts and whole numbers.
    """
    if column not in frame.columns:
        raise TableError(str(path), f'has no column "{column}" to take the ids from', nearest(column, frame.columns))
    ids = frame.get_column(column)
    if not (ids.dtype.is_integer() or ids.dtype in (pl.String, pl.Categorical)):
        raise TableError(f"{path}:{column}", f"holds {ids.dtype} but ids are texts or whole numbers")
    return [str(i) for i in ids.cast(pl.String).fill_null("").to_list()]


def first_line(error: BaseException) -> str:
    """The beginning of another library's message."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:160]


def _column(path: Path, column: str) -> list[str]:
    if path.suffix.lower() == ".parquet":
        return texts_of(path, frame_of(path), column)
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
    rows = csv.reader(io.StringIO(_text(path), newline=""), delimiter=delimiter, strict=True)
    try:
        return _cells(path, rows, column)
    except csv.Error as error:
        raise TableError(f"{path}:{rows.line_num}", f"cannot be read as a table ({first_line(error)})") from error


def _cells(path: Path, rows: Any, column: str) -> list[str]:
    header: list[str] = next(rows, [])
    if header.count(column) != 1:
        found = "has no column" if column not in header else "has more than one column"
        raise TableError(str(path), f'{found} "{column}" to take the ids from', nearest(column, header))
    at, ids = header.index(column), []
    for row in filter(None, rows):
        if len(row) != len(header):
            raise TableError(f"{path}:{rows.line_num}", f"has {len(row)} cells but the header has {len(header)}")
        ids.append(row[at])
    return ids


def _array_ids(path: Path) -> list[str]:
    try:
        ids = np.array(np.lib.format.open_memmap(path, mode="r"))  # never a pickle; the header is checked first
    except Exception as error:  # whatever a reader of damaged bytes raises is about this file
        raise TableError(str(path), f"cannot be read as an array ({first_line(error)})") from error
    if ids.ndim != 1 or ids.dtype.kind not in "Uiu":
        found = f"holds {ids.dtype} of {ids.ndim} axes but ids are one list of texts or whole numbers"
        raise TableError(str(path), found)
    return [str(i) for i in ids.tolist()]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise TableError(str(path), "is not UTF-8 text", "Save it as UTF-8.") from error
    except OSError as error:
        raise TableError(str(path), f"cannot be read ({first_line(error)})") from error

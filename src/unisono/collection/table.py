"""A table of tracks, read strictly: CSV, TSV, Parquet or JSONL become one polars frame of text, numbers and truths."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from unisono.collection.csv_text import decoded, parse
from unisono.collection.faults import Fault, fail, quoted
from unisono.errors import TableError, nearest

LIST_SEPARATOR = ";"  # cells that are lists become texts joined by it


@dataclass(frozen=True, eq=False)
class Table:
    """Rows of tracks with the place each came from.

    Args:
        frame: columns of text, integers, floats or truth values; CSV cells are always text.
        where: name for messages.
        lines: the line (CSV, JSONL) or number (Parquet) of each row.
        audio: each row's sound, where the reader knows it already (folders, datasets).
        names: what to call each row in messages, where that is better than its line.
        notes: what the user should know, full sentences.
    """

    frame: pl.DataFrame
    where: str
    lines: NDArray[np.int64]
    audio: tuple[Path | None, ...] | None = None
    names: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()

    def place(self, row: int, column: str = "") -> str:
        """ "songs.csv:233:genre" """
        at = f"{self.where}:{self.lines[row]}" if self.names is None else f"{self.where}/{self.names[row]}"
        return at + (f":{column}" if column else "")

    def take(self, rows: NDArray[np.int64]) -> Table:
        """The table of these rows only, in this order."""
        audio = None if self.audio is None else tuple(self.audio[i] for i in rows)
        names = None if self.names is None else tuple(self.names[i] for i in rows)
        return replace(self, frame=self.frame[rows], lines=self.lines[rows], audio=audio, names=names)

    def note(self, *sentences: str) -> Table:
        return replace(self, notes=(*self.notes, *sentences))

    def need(self, columns: list[str] | tuple[str, ...], reason: str = "") -> None:
        """Raises: TableError that names every column that is not there, and the nearest that is."""
        known = self.frame.columns
        faults = [
            Fault(
                self.where,
                f'there is no column "{c}"' + (f", needed as {reason}" if reason else ""),
                nearest(c, known) or f"The columns are {quoted(known)}.",
            )
            for c in dict.fromkeys(columns)
            if c not in known
        ]
        fail(TableError, self.where, faults)


def read_table(path: Path, delimiter: str | None = None) -> Table:
    """A table, checked in full before it is used.

    Args:
        path: .csv, .tsv, .tab, .parquet, .jsonl or .ndjson.
        delimiter: what separates the cells of a text table, where its name does not say.
    Raises: TableError that lists every problem found, the first twenty by line and column.
    """
    suffix = path.suffix.lower()
    if suffix not in _READERS:
        raise TableError(path.name, _unknown(suffix), "Export it as CSV UTF-8.")
    try:
        if path.is_dir():
            raise TableError(
                str(path), "is a folder but must be a table", 'Write folder = "..." for a folder of audio.'
            )
        data = path.read_bytes()
    except FileNotFoundError as error:
        there = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        raise TableError(str(path), "there is no such table", nearest(path.name, there)) from error
    except OSError as error:
        raise TableError(str(path), f"cannot be read ({error.strerror})") from error
    return _READERS[suffix](data, path.name, delimiter)


def text_of(value: Any) -> str:
    """A cell as a key: 3, 3.0 and "3" are the same id, and spaces around it do not count."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _csv(data: bytes, where: str, delimiter: str | None, default: str = ",") -> Table:
    rows = parse(data, where, delimiter or default)
    frame = pl.DataFrame(
        {name: pl.Series(name, cells, dtype=pl.String) for name, cells in zip(rows.header, rows.columns, strict=True)}
    )
    return Table(frame, where, np.array(rows.lines, dtype=np.int64))


def _tsv(data: bytes, where: str, delimiter: str | None) -> Table:
    return _csv(data, where, delimiter, "\t")


def _parquet(data: bytes, where: str, _: str | None) -> Table:
    try:
        frame = pl.read_parquet(data)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        reason = str(error).split("\n")[0][:120]
        raise TableError(where, f"is damaged or no Parquet ({reason})", "Write it again.") from error
    if frame.height == 0 or frame.width == 0:
        raise TableError(where, "has no rows")
    columns = [_plain(frame[name]) for name in frame.columns]
    left = [name for name, column in zip(frame.columns, columns, strict=True) if column is None]
    table = Table(pl.DataFrame([c for c in columns if c is not None]), where, np.arange(1, frame.height + 1))
    return table.note(f"{where}: columns that are no text or numbers are left out: {quoted(left)}.") if left else table


def _plain(column: pl.Series) -> pl.Series | None:
    """A column as text, integer, float or truth; None where it is none of these."""
    kind = column.dtype
    if kind in (pl.String, pl.Boolean):
        return column
    if kind.is_integer():
        return column.cast(pl.Int64, strict=False) if kind != pl.UInt64 else column.cast(pl.String)
    if kind.is_numeric():
        return column.cast(pl.Float64).fill_nan(None)
    if kind.is_temporal() or kind in (pl.Categorical, pl.Enum):
        return column.cast(pl.String)
    if isinstance(kind, pl.List) and (kind.inner == pl.String or kind.inner.is_numeric()):
        return column.cast(pl.List(pl.String)).list.join(LIST_SEPARATOR)
    return None


def _jsonl(data: bytes, where: str, _: str | None) -> Table:
    records: list[dict[str, Any]] = []
    lines, faults = [], []
    for number, line in enumerate(decoded(data, where).split("\n"), 1):
        if not line.strip():
            continue
        try:
            records.append(_record(line))
            lines.append(number)
        except ValueError as error:
            faults.append(Fault(f"{where}:{number}", str(error), 'A line is one object: {"path": "a.mp3", ...}.'))
    fail(TableError, where, faults)
    names = list(dict.fromkeys(name for record in records for name in record))
    if not names:
        raise TableError(where, "its objects have no keys but need one for each column")
    frame = pl.DataFrame([_series(name, [record.get(name) for record in records]) for name in names])
    return Table(frame, where, np.array(lines, dtype=np.int64))


def _record(line: str) -> dict[str, Any]:
    try:
        pairs = json.loads(line, object_pairs_hook=_Pairs, parse_constant=lambda _: None)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"no JSON ({error.msg} at character {error.pos + 1})") from error
    if not isinstance(pairs, _Pairs):
        raise ValueError("is no object but every line must be one")
    record = {}
    for key, value in pairs:
        if key in record:
            raise ValueError(f'the key "{key}" stands twice')
        if isinstance(value, _Pairs) or (isinstance(value, list) and any(isinstance(v, list) for v in value)):
            raise ValueError(f'"{key}" is nested but must be a text, a number, true or false, or a list of texts')
        record[key] = LIST_SEPARATOR.join(text_of(v) for v in value) if isinstance(value, list) else value
    return record


class _Pairs(list[tuple[str, Any]]):
    """A JSON object's keys and values as they stand, so that a key that stands twice is seen."""


def _series(name: str, values: list[Any]) -> pl.Series:
    kinds = {type(v) for v in values if v is not None}
    if kinds <= {bool} and kinds:
        return pl.Series(name, values, dtype=pl.Boolean)
    if kinds == {int} and all(v is None or abs(v) < 2**63 for v in values):
        return pl.Series(name, values, dtype=pl.Int64)
    if kinds and kinds <= {int, float} and all(v is None or math.isfinite(v) for v in values):
        return pl.Series(name, [None if v is None else float(v) for v in values], dtype=pl.Float64)
    return pl.Series(name, [None if v is None else str(v) for v in values], dtype=pl.String)


def _unknown(suffix: str) -> str:
    known = ", ".join(_READERS)
    if suffix in (".xlsx", ".xls", ".ods", ".numbers"):
        return f"is a spreadsheet but tables must be one of {known}"
    if suffix == ".json":
        return f"is JSON but tables must be one of {known} (JSONL: one object a line)"
    return f'tables are known by the ends of their names, {known}, not by "{suffix}"'


_READERS: dict[str, Callable[[bytes, str, str | None], Table]] = {
    ".csv": _csv,
    ".tsv": _tsv,
    ".tab": _tsv,
    ".parquet": _parquet,
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
}

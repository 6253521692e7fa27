"""A CSV or TSV file's bytes become rows of text, or one error that names everything wrong with them.

The `csv` module alone parses the file: two parsers would not always agree on what a quote means.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from unisono.collection.faults import Fault, fail, quoted
from unisono.errors import TableError

_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_FORMATS = {b"PK\x03\x04": "a spreadsheet or zip archive", b"PAR1": "Parquet", b"\xd0\xcf\x11\xe0": "an Excel file"}


class Rows:
    """Cells of a checked table, column by column.

    Args:
        header: names of the columns, each once.
        columns: the cells of each column, as they stand.
        lines: the line on which each row begins, as an editor counts.
    """

    def __init__(self, header: list[str]) -> None:
        self.header = header
        self.columns: list[list[str]] = [[] for _ in header]
        self.lines: list[int] = []

    def add(self, line: int, cells: list[str]) -> None:
        self.lines.append(line)
        for column, cell in zip(self.columns, cells, strict=True):
            column.append(cell)


def parse(data: bytes, where: str, delimiter: str) -> Rows:
    """Rows of a table, all its problems found before any row is used.

    Args:
        data: the file's bytes; UTF-8, a byte-order mark is allowed.
        where: the file's name, for messages.
        delimiter: what separates the cells.
    Raises: TableError for another encoding, another delimiter, an open quote, rows of another length than the header,
        a column's name that stands twice, and a table without rows.
    """
    text = decoded(data, where, delimiter)
    records = _records(text, where, delimiter)
    _, first = next(records, (1, []))
    if not any(cell.strip() for cell in first):
        raise TableError(where, "is empty but must begin with a line of column names")
    _check_delimiter(first, where, delimiter)
    rows = Rows(_header(first, where))
    _fill(rows, records, where)
    if not rows.lines:
        raise TableError(f"{where}:1", "has column names but no rows", "Was it exported with a filter switched on?")
    return rows


def decoded(data: bytes, where: str, delimiter: str = ",") -> str:
    """The text of a table's bytes; anything but UTF-8 is an error with its likely name and what mends it."""
    if not data.strip():
        raise TableError(where, "is empty but must hold a line of column names and a line for each track")
    for start, name in _FORMATS.items():
        if data.startswith(start):
            raise TableError(where, f"is {name}, whatever its name says, but must be text", "Export it as CSV UTF-8.")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or data[:4000].count(0) > len(data[:4000]) // 5:
        raise TableError(where, "is UTF-16 text but tables must be UTF-8", _convert("UTF-16", where))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        fail(TableError, where, _undecodable(data, where, delimiter))
        raise


def _undecodable(data: bytes, where: str, delimiter: str) -> list[Fault]:
    windows = any(0x80 <= byte <= 0x9F for byte in data)
    encoding, name = ("cp1252", "WINDOWS-1252") if windows else ("latin-1", "ISO-8859-1")
    lines = data.split(b"\n")
    header = next(csv.reader([lines[0].decode(encoding, "replace")], delimiter=delimiter), [])
    faults = []
    for number, line in enumerate(lines, 1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError as error:
            before = next(csv.reader([line[: error.start].decode(encoding, "replace")], delimiter=delimiter), [""])
            cells = next(csv.reader([line.decode(encoding, "replace").rstrip("\r")], delimiter=delimiter), [""])
            at = min(max(len(before), 1), len(cells)) - 1
            column = f":{header[at]}" if number > 1 and at < len(header) else ""
            cell = cells[at] if len(cells[at]) <= 60 else cells[at][:60] + "..."
            found = f'byte {line[error.start]:02X} is not UTF-8 (as {name} the cell reads "{cell}")'
            faults.append(Fault(f"{where}:{number}{column}", found, _convert(name, where)))
    return faults


def _convert(encoding: str, where: str) -> str:
    stem, _, suffix = where.rpartition(".")
    return f'Save it as "CSV UTF-8", or run: iconv -f {encoding} -t UTF-8 "{where}" > "{stem}-utf8.{suffix}".'


def _records(text: str, where: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """(line on which it begins, cells) of each record that is not blank."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        begins = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _quote_error(error, f"{where}:{begins}", reader.line_num) from error
        if cells:
            yield begins, cells


def _quote_error(error: csv.Error, where: str, ends: int) -> TableError:
    advice = 'Close the quote, or write a quote inside a cell twice: "".'
    reason = str(error)
    if "end of data" in reason or "limit" in reason:
        return TableError(where, f"a quote opened in this row is never closed (read on to line {ends:,})", advice)
    return TableError(where, f"a closed quote is followed by more text ({reason})", advice)


def _check_delimiter(first: list[str], where: str, delimiter: str) -> None:
    if len(first) > 1:
        return
    for other, name in _NAMES.items():
        if other != delimiter and first[0].count(other) > 0:
            found = f"cells are separated by {name} but must be separated by {_NAMES.get(delimiter, repr(delimiter))}"
            told = "\\t" if other == "\t" else other
            raise TableError(f"{where}:1", found, f'Set delimiter = "{told}" under [collection], or save it otherwise.')


def _header(first: list[str], where: str) -> list[str]:
    """Column names without the spaces around them; a column without a name gets its number."""
    names = [name.strip() or f"column {n}" for n, name in enumerate(first, 1)]
    places: dict[str, list[int]] = {}
    for n, name in enumerate(names, 1):
        places.setdefault(name, []).append(n)
    advice = "Rename or remove all but one."
    faults = [
        Fault(f"{where}:1:{name}", f"columns {' and '.join(map(str, at))} have the same name", advice)
        for name, at in places.items()
        if len(at) > 1
    ]
    fail(TableError, where, faults)
    return names


def _fill(rows: Rows, records: Iterator[tuple[int, list[str]]], where: str) -> None:
    width, faults = len(rows.header), []
    for line, cells in records:
        if len(cells) == width:
            rows.add(line, cells)
            continue
        few = len(cells) < width
        cause = f"the last is {quoted([cells[-1][:40]])}" if few else f"too many from {quoted([cells[width][:40]])} on"
        faults.append(
            Fault(
                f"{where}:{line}",
                f"has {len(cells)} {'cell' if len(cells) == 1 else 'cells'} but the header has {width} ({cause})",
            )
        )
    if faults:
        advice = "Put cells that hold the separator in quotes; write numbers as 120.5, not 120,5."
        fail(TableError, where, [f._replace(advice=advice) for f in faults])

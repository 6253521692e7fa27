"""The summary file of the Million Song Dataset: what was known and measured of each song, without its long arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from unisono.collection.datasets._layout import add, found
from unisono.collection.table import Table
from unisono.errors import TableError
from unisono.parts import need

SUMMARIES = ("msd_summary_file.h5", "AdditionalFiles/msd_summary_file.h5", "subset_msd_summary_file.h5",
             "AdditionalFiles/subset_msd_summary_file.h5")  # fmt: skip
SITE = "http://millionsongdataset.com/pages/getting-dataset"
FIELDS = {  # table of the file -> its field -> column here
    "metadata/songs": {
        "artist_name": "artist",
        "title": "title",
        "song_id": "song_id",
        "artist_id": "artist_id",
        "release": "release",
        "artist_familiarity": "artist_familiarity",
        "artist_hotttnesss": "artist_hotttnesss",
        "song_hotttnesss": "song_hotttnesss",
    },
    "analysis/songs": {
        "duration": "duration",
        "loudness": "loudness",
        "tempo": "tempo",
        "key": "key",
        "mode": "mode",
        "time_signature": "time_signature",
    },
    "musicbrainz/songs": {"year": "year"},
}
ELSEWHERE = ("artist", "title", "year")  # which have a file of their own, too
_ID = ("analysis/songs", "track_id")
_ROWS = 20_000  # read at once: a row holds four texts of 1,024 bytes
Cells = dict[str, dict[str, str]]


def summary_cells(table: Table, root: Path) -> Cells:
    """Column -> track id -> cell, of the table's songs; no cell where it is not there, or the file does not know.

    Raises: TableError for a file that is damaged or another one; MissingExtra without h5py.
    """
    cells: Cells = {column: {} for fields in FIELDS.values() for column in fields.values()}
    path = found(root, SUMMARIES)
    if path is None:
        return cells
    h5py = need("h5py", "the summary file of the Million Song Dataset")
    wanted = set(table.frame["track_id"].to_list())
    try:
        with h5py.File(path, "r") as file:
            for track, row in _rows(_tables(file, path, h5py), wanted):
                for column, value in row.items():
                    if value:
                        cells[column][track] = value
    except (OSError, RuntimeError) as error:
        raise TableError(path.name, f"cannot be read as HDF5 ({error})", f"Get it again from {SITE}.") from error
    return cells


def add_summary(table: Table, root: Path, cells: Cells) -> Table:
    """What only the summary file knows; a note where it is absent."""
    table = add(table, "track_id", {name: known for name, known in cells.items() if name not in ELSEWHERE})
    if found(root, SUMMARIES) is not None:
        return table
    return table.note(f"No loudness, tempo and such: {SUMMARIES[0]} is not there; it is at {SITE}.")


def _tables(file: Any, path: Path, h5py: Any) -> dict[str, Any]:
    """The three tables of songs, which must have the same length and the fields that are read."""
    tables = {}
    for name, fields in FIELDS.items():
        held = file.get(name)
        known = (held.dtype.names or ()) if isinstance(held, h5py.Dataset) else ()
        absent = [field for field in (*fields, *([_ID[1]] if name == _ID[0] else [])) if field not in known]
        if absent:
            needed = f'has no field "{absent[0]}" in a table {name} but the summary file of the dataset has'
            raise TableError(path.name, needed, f"Get it again from {SITE}.")
        tables[name] = held
    lengths = {name: held.shape[0] for name, held in tables.items()}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{name} {length:,}" for name, length in lengths.items())
        raise TableError(path.name, f"its tables have different lengths: {said}", f"Get it again from {SITE}.")
    return tables


def _rows(tables: Mapping[str, Any], wanted: set[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """(track id, column -> cell) of each song that is wanted; a table is read piece by piece."""
    for start in range(0, tables[_ID[0]].shape[0], _ROWS):
        at = slice(start, start + _ROWS)
        ids = [_text(value) for value in tables[_ID[0]].fields(_ID[1])[at]]
        mine = [row for row, track in enumerate(ids) if track in wanted]
        if not mine:
            continue
        pieces = {name: tables[name].fields(list(fields))[at] for name, fields in FIELDS.items()}
        for row in mine:
            yield (
                ids[row],
                {
                    column: _cell(column)(pieces[name][field][row])
                    for name, fields in FIELDS.items()
                    for field, column in fields.items()
                },
            )


def _cell(column: str) -> Callable[[Any], str]:
    return _year if column == "year" else _text


def _year(value: Any) -> str:
    """0 stands for a year that is not known."""
    return str(int(value)) if int(value) > 0 else ""


def _text(value: Any) -> str:
    """A text or number as a cell; not a number is not known."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").strip()
    number = value.item()
    return "" if isinstance(number, float) and math.isnan(number) else str(number)

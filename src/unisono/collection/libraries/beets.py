"""A beets library (its SQLite file, opened read-only): fields and flexible attributes become columns."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import polars as pl

from unisono.collection.folder import clean, shown
from unisono.collection.settings import CollectionSettings
from unisono.collection.table import LIST_SEPARATOR, Table
from unisono.errors import TableError

SUFFIXES = (".db", ".blb")
_FIELDS = (  # fields of every library that can be labels or say who belongs together
    "title", "artist", "albumartist", "album", "genre", "genres", "style", "year", "original_year", "bpm",
    "initial_key", "language", "grouping", "comments", "lyrics", "label", "country", "albumtype", "data_source",
    "length",
)  # fmt: skip
_NAMES = {"albumartist": "album_artist", "comments": "comment"}  # as a folder's columns are called
_NOT_KNOWN = {"year", "original_year", "bpm"}  # 0 stands for not known
_MULTI = "\\␀"  # what beets puts between several values


def read(path: Path, settings: CollectionSettings) -> Table:
    """A row an item.

    Columns: path, the fields above that the library has, and every flexible attribute of any item. Several values of a
    field are joined by ";". `genre` is the first of `genres` where the library has no such field.

    Raises: TableError for a file that is no beets library, is locked, or holds no item.
    """
    with _opened(path) as database:
        there = [str(row[1]) for row in database.execute("PRAGMA table_info(items)")]
        if "path" not in there or "id" not in there:
            raise TableError(path.name, "is a database without items but a beets library has them")
        fields = [name for name in _FIELDS if name in there]
        chosen = ", ".join(("id", "path", *fields))
        rows = {row[0]: _row(row[1], fields, row[2:]) for row in database.execute(f"SELECT {chosen} FROM items")}
        for item, name, value in _flexible(database):
            if item in rows:
                rows[item].setdefault(clean(str(name)), _text(value))
    if not rows:
        raise TableError(path.name, "holds no item", "Import music with beets first.")
    columns = list(dict.fromkeys(name for row in rows.values() for name in row))
    frame = pl.DataFrame({n: pl.Series(n, [r.get(n) or None for r in rows.values()], dtype=pl.String) for n in columns})
    used = [n for n in columns if frame[n].null_count() < frame.height]
    names = tuple(str(row["path"]) for row in rows.values())
    return Table(frame.select(used), path.name, np.array(list(rows), dtype=np.int64), names=names)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    if not path.is_file():
        raise TableError(str(path), "there is no such library", "`beet config -d` shows where it is.")
    try:
        with closing(sqlite3.connect(f"file:{quote(os.fsencode(path.resolve()))}?mode=ro", uri=True)) as database:
            database.text_factory = lambda data: data.decode("utf-8", "backslashreplace")
            yield database
    except sqlite3.Error as error:
        raise TableError(
            path.name, f"cannot be read as a beets library ({error})", "Is beets writing to it?"
        ) from error


def _flexible(database: sqlite3.Connection) -> list[tuple[Any, ...]]:
    tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "item_attributes" not in tables:
        return []
    return database.execute("SELECT entity_id, key, value FROM item_attributes ORDER BY key").fetchall()


def _row(path: Any, fields: list[str], values: tuple[Any, ...]) -> dict[str, str]:
    row = {"path": shown(Path(os.fsdecode(path if isinstance(path, bytes) else str(path))))}
    for name, value in zip(fields, values, strict=True):
        text = _text(value)
        row[_NAMES.get(name, name)] = "" if name in _NOT_KNOWN and text == "0" else text
    if "genre" not in fields and row.get("genres"):
        row["genre"] = row["genres"].split(LIST_SEPARATOR)[0]
    return row


def _text(value: Any) -> str:
    """A cell as text; several values are joined as everywhere else."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "backslashreplace")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return clean(str(value).replace(_MULTI, LIST_SEPARATOR))

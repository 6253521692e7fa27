"""Cells: which columns of a table an input reads, and the numbers in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.errors import ExperimentError, TableError, nearest
from unisono.inputs import Source
from unisono.inputs.reading.numbers import NotANumber, number

SHOWN = 20


def matching(patterns: Sequence[str], exclude: Sequence[str], known: Sequence[str], where: str = "") -> tuple[str, ...]:
    """The columns that patterns name, each once: by pattern, then in the table's order.

    Args:
        patterns: names, or glob patterns such as "*m"; a column of exactly that name comes first.
        exclude: names or patterns of columns to leave out.
        known: the table's columns.
        where: what goes before the keys `columns` and `exclude`, for messages.
    Raises: ExperimentError when a pattern matches no column.
    """
    found: dict[str, None] = {}
    for key, wanted in (("columns", patterns), ("exclude", exclude)):
        for pattern in wanted:
            if not _matches(pattern, known):
                lacks = f'"{pattern}" matches none of the {len(known):,} columns'
                raise ExperimentError(f"{where}{key}", lacks, nearest(pattern, known) or columns_are(known))
    left_out = {name for pattern in exclude for name in _matches(pattern, known)}
    for pattern in patterns:
        found.update(dict.fromkeys(n for n in _matches(pattern, known) if n not in left_out))
    if not found:
        raise ExperimentError(f"{where}exclude", "exclude leaves no column", "")
    return tuple(found)


def numbers_of(track: Source, names: Sequence[str]) -> NDArray[np.float64]:
    """A track's numbers in these columns, NaN where a cell is empty.

    Raises: TableError when a column is not there, or its cell is no number.
    Shape: -> (names,)
    """
    values: Mapping[str, Any] = track.values
    absent = [n for n in names if n not in values]
    if absent:
        advice = nearest(absent[0], values) if len(absent) == 1 else ""
        columns, them = ("column", "it") if len(absent) == 1 else ("columns", "them")
        found = f"has no {columns} {listed(absent)} but the input reads {them}"
        raise TableError(f'track "{track.id}"', found, advice)
    return np.array([_cell(track, name) for name in names], dtype=np.float64)


def table_of(tracks: Iterable[Source], names: Sequence[str], where: str) -> NDArray[np.float64]:
    """The numbers of several tracks, all problems told at once.

    Args:
        where: the key that names the columns, for messages.
    Raises: TableError naming the first problems.
    Shape: -> (tracks, names)
    """
    rows: list[NDArray[np.float64]] = []
    problems: list[TableError] = []
    for track in tracks:
        try:
            rows.append(numbers_of(track, names))
        except TableError as error:
            problems.append(error)
    if problems:
        raise _told(problems, where)
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(names))


def columns_are(known: Iterable[str]) -> str:
    """The columns that there are, as a sentence; empty where there are none."""
    names = list(known)
    return f"The columns are {listed(names)}." if names else ""


def listed(names: Sequence[str]) -> str:
    """Names in quotes, the first of many."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(f'"{name}"' for name in names[:SHOWN]) + more


def _matches(pattern: str, known: Sequence[str]) -> list[str]:
    return [pattern] if pattern in known else [name for name in known if fnmatchcase(name, pattern)]


def _cell(track: Source, name: str) -> float:
    try:
        return number(track.values[name])
    except NotANumber as error:
        raise TableError(f'track "{track.id}", column "{name}"', error.found, error.advice) from error


def _told(problems: Sequence[TableError], where: str) -> TableError:
    if len(problems) == 1:
        return TableError(f"{where}: {problems[0].where}", problems[0].found, problems[0].advice)
    first = f", the first {SHOWN} of them" if len(problems) > SHOWN else ""
    lines = [f"{p.where}: {p.found}." for p in problems[:SHOWN]]
    return TableError(where, f"{len(problems):,} problems{first}", problems[0].advice, lines)

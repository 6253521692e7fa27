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


def matching(patterns: Sequence[str], exclude: Sequence[str], known: Sequence[str], where: str) -> tuple[str, ...]:
    """The columns that patterns name, each once: by pattern, then in the table's order.

    Args:
        patterns: names, or glob patterns such as "*m"; a column of exactly that name comes first.
        exclude: names or patterns of columns to leave out.
        known: the table's columns.
        where: for messages.
    Raises: ExperimentError when a pattern matches no column.
    """
    found: dict[str, None] = {}
    for pattern in (*patterns, *exclude):
        if not _matches(pattern, known):
            raise ExperimentError(
                where, f'"{pattern}" matches none of the {len(known):,} columns', nearest(pattern, known)
            )
    left_out = {name for pattern in exclude for name in _matches(pattern, known)}
    for pattern in patterns:
        found.update(dict.fromkeys(n for n in _matches(pattern, known) if n not in left_out))
    if not found:
        raise ExperimentError(where, "exclude leaves no column", "")
    return tuple(found)


def numbers_of(track: Source, names: Sequence[str]) -> NDArray[np.float64]:
    """A track's numbers in these columns, NaN where a cell is empty.

    Raises: TableError when a column is not there, or its cell is no number.
    Shape: -> (names,)
    """
    values: Mapping[str, Any] = track.values
    absent = [n for n in names if n not in values]
    if absent:
        raise TableError(
            f'track "{track.id}"', f'has no column "{absent[0]}" but the input reads it', nearest(absent[0], values)
        )
    return np.array([_cell(track, name) for name in names], dtype=np.float64)


def table_of(tracks: Iterable[Source], names: Sequence[str]) -> NDArray[np.float64]:
    """The numbers of several tracks, all problems told at once.

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
        raise _told(problems)
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(names))


def _matches(pattern: str, known: Sequence[str]) -> list[str]:
    return [pattern] if pattern in known else [name for name in known if fnmatchcase(name, pattern)]


def _cell(track: Source, name: str) -> float:
    try:
        return number(track.values[name])
    except NotANumber as error:
        raise TableError(f'track "{track.id}", column "{name}"', error.found, error.advice) from error


def _told(problems: Sequence[TableError]) -> TableError:
    if len(problems) == 1:
        return problems[0]
    first = f", the first {SHOWN} of them" if len(problems) > SHOWN else ""
    lines = [f"{p.where}: {p.found}" for p in problems[:SHOWN]]
    advice = problems[0].advice
    return TableError(
        "columns", f"{len(problems):,} problems{first}:\n  " + "\n  ".join(lines), advice and f"\n{advice}"
    )

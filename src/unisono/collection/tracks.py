"""Tracks, and the collection that holds them: rows, labels, groups and songs."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from unisono.collection.table import Table, text_of
from unisono.inputs.reading.lyrics import lyrics_of
from unisono.tasks import Cell, Value


@dataclass(frozen=True)
class Track:
    """One piece of music as a collection knows it.

    Args:
        id: its key, unique in the collection.
        audio: its sound, None where there is none.
        lyrics: its text, None where there is none.
        values: the table's row: column -> cell.
    """

    id: str
    audio: Path | None = None
    lyrics: str | None = None
    values: Mapping[str, Value] = field(default_factory=dict)


class SoundingTrack(Track):
    """A track whose lyrics stand beside its sound or in its tags; they are read when first asked for."""

    def __init__(
        self, id: str, audio: Path | None = None, lyrics: str | None = None, values: Mapping[str, Value] | None = None
    ) -> None:
        super().__init__(id, audio, lyrics, values or {})
        if lyrics is None:
            del self.__dict__["lyrics"]

    @cached_property
    def lyrics(self) -> str | None:
        return None if self.audio is None else lyrics_of(self.audio)


@dataclass(frozen=True)
class Roles:
    """Which columns say who belongs together.

    Args:
        id: the column of keys.
        groups: tracks alike in these stay on one side of a split.
        song: tracks alike in all of these are one song.
        duplicates: a column of cluster names: one cluster, one song.
        apart: columns of splits whose makers say that nobody stands on two sides.
    """

    id: str
    groups: tuple[str, ...] = ()
    song: tuple[str, ...] = ()
    duplicates: str | None = None
    apart: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Collection:
    """The tracks of an experiment, in the order of their table.

    Args:
        table: their rows.
        tracks: one a row.
        roles: which columns say who belongs together.
    """

    table: Table
    tracks: tuple[Track, ...]
    roles: Roles

    @property
    def frame(self) -> pl.DataFrame:
        return self.table.frame

    @property
    def where(self) -> str:
        """Name for messages."""
        return self.table.where

    @property
    def row_numbers(self) -> NDArray[np.int64]:
        """The line of the table on which each track stands."""
        return self.table.lines

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of how the rows came together, full sentences."""
        return self.table.notes

    def __len__(self) -> int:
        return len(self.tracks)

    def place(self, row: int, column: str = "") -> str:
        """Where a cell stands, for messages: "songs.csv:233:genre"."""
        return self.table.place(row, column)

    def take(self, rows: Sequence[int] | NDArray[np.int64]) -> Collection:
        """The collection of these rows only, in this order."""
        chosen = np.asarray(rows, dtype=np.int64)
        return Collection(self.table.take(chosen), tuple(self.tracks[i] for i in chosen), self.roles)

    def cells(self, columns: Sequence[str]) -> list[Cell]:
        """A task's labels: each row's cell, or a tuple of its cells where there are several columns.

        Empty cells are None: not labelled.

        Raises: TableError for a column that is not there.
        """
        self.table.need(list(columns))
        read = [[_labelled(v) for v in self.frame[c].to_list()] for c in columns]
        return list(read[0]) if len(read) == 1 else list(zip(*read, strict=True))

    def groups(self) -> NDArray[np.int64] | None:
        """A number for each row, the same for rows of one group; None when no column says, or no row of it.

        Case and spaces do not count. A row whose group is not known is a group of its own.
        """
        return self._alike(self.roles.groups, punctuation=True)

    def why_no_groups(self) -> str:
        """Why `groups` is None, in words."""
        named = self.roles.groups
        return f"{' and '.join(named)} is empty in every row" if named else "no column of groups is named"

    def songs(self) -> NDArray[np.int64] | None:
        """A number for each row, the same for rows of one song; None when no column says.

        Case, spaces and punctuation do not count. A row whose title or artist is not known is a song of its own,
        unless its cluster of near-duplicates says otherwise.
        """
        named = self._alike(self.roles.song, punctuation=False)
        clusters = self._alike((self.roles.duplicates,) if self.roles.duplicates else (), punctuation=True)
        if named is None or clusters is None:
            return clusters if named is None else named
        count = len(self)
        links = coo_array((np.ones(count), (named, clusters + count)), shape=(2 * count, 2 * count))
        return _codes(connected_components(links, directed=False)[1][named].tolist())

    def fingerprint(self) -> str:
        """Hash of all rows: of the data that a score was made with."""
        text = self.frame.with_columns(pl.all().cast(pl.String)).write_csv()
        return hashlib.sha256(text.encode()).hexdigest()

    def _alike(self, columns: Sequence[str], punctuation: bool) -> NDArray[np.int64] | None:
        if not columns:
            return None
        read = [[alike(text_of(v), punctuation) for v in self.frame[c].to_list()] for c in columns]
        keys = [key if all(key) else row for row, key in enumerate(zip(*read, strict=True))]
        return _codes(keys) if any(isinstance(key, tuple) for key in keys) or not keys else None


def alike(text: str, punctuation: bool = True) -> str:
    """A name with what does not count taken away: case, width, repeated spaces and, if asked, punctuation.

    Example:
        >>> alike("  The  WHO "), alike("I'm Free!", punctuation=False)
        ('the who', 'im free')
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    if not punctuation:
        kept = "".join(c for c in folded if c.isalnum() or c.isspace())
        folded = kept if kept.strip() else folded
    return " ".join(folded.split())


def _labelled(value: Value) -> Value:
    return None if isinstance(value, str) and not value.strip() else value


def _codes(keys: Sequence[object]) -> NDArray[np.int64]:
    """Numbers by first appearance, so that they do not depend on how names sort."""
    number: dict[object, int] = {}
    return np.array([number.setdefault(k, len(number)) for k in keys], dtype=np.int64)

"""Keyed: what every input that finds its rows in files by track id shares."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, Field, PrivateAttr

from unisono.errors import ExperimentError, TableError, nearest
from unisono.inputs import Needs, Source
from unisono.inputs.reading.cells import columns_are
from unisono.inputs.reading.keys import key_of
from unisono.inputs.reading.row_files import RowFile, open_rows
from unisono.parts import Settings

_RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")


class IdsColumn(Settings):
    """A table's column that holds the ids of rows, in their order.

    Args:
        table: CSV, TSV or Parquet.
        column: its name.
    """

    table: str
    column: str


class Keyed(BaseModel):
    """Fields of an input whose numbers stand in files, keyed by track id; never by position.

    Args:
        tables: Parquet, .npy or CSR .npz files, their rows joined end to end; "layer_{0..4}.npy" names five.
        ids: for .npy and .npz: a text file with one id a line, an .npy of ids, or `{ table = ..., column = ... }`.
        id: for Parquet: its column of ids.
        columns: for Parquet: names or patterns of the columns to use; empty: all, or the only column of lists.
        key_column: the collection's column that holds these ids; default: the track's own id.
        missing: a track without a row is an `error`, or is said to `lack` this input.
    """

    needs: ClassVar[Needs] = "id"
    costly: ClassVar[bool] = False

    tables: tuple[str, ...] = Field(min_length=1)
    ids: str | IdsColumn | None = None
    id: str = "id"
    columns: tuple[str, ...] = ()
    key_column: str | None = None
    missing: Literal["error", "lack"] = "error"
    _base: Path = PrivateAttr(default_factory=Path)

    def at(self, base: Path) -> Self:
        """A copy whose relative paths start from `base`, which is not part of its dump."""
        return self._copy({}, Path(base))

    def check_columns(self, columns: Sequence[str]) -> None:
        """Open the files and look for the column of ids.

        Args:
            columns: of the collection's table.
        Raises: TableError for files that cannot be used; ExperimentError for columns that are not there.
        """
        if self.key_column is not None and self.key_column not in columns:
            found = f'"{self.key_column}" is none of the {len(columns):,} columns'
            raise ExperimentError("key_column", found, nearest(self.key_column, columns) or columns_are(columns))
        self._files()

    def with_tables(self, tables: Sequence[str], ids: str | IdsColumn | None = None, base: Path = Path()) -> Self:
        """A copy that reads other files of the same kind, such as those of new tracks; what was learned stays."""
        return self._copy({"tables": tuple(tables), "ids": ids}, base)

    def key(self) -> str:
        """Names the settings and what was learned."""
        return key_of(self)

    def why_missing(self, track: Source) -> str | None:
        """Why a track lacks this input, in words; None when it has it."""
        name = self._id_of(track)
        lacking = next((f for f in self._files() if name not in f.index), None)
        return None if lacking is None else f'{lacking.path} has no row for the id "{name}"'

    def _id_of(self, track: Source) -> str:
        if self.key_column is None:
            return track.id
        cell = track.values.get(self.key_column)
        return "" if cell is None else str(cell)

    def _files(self) -> list[RowFile]:
        column = self.ids.column if isinstance(self.ids, IdsColumn) else None
        ids = self.ids.table if isinstance(self.ids, IdsColumn) else self.ids
        where = None if ids is None else self._base / ids
        return [open_rows(self._base / t, where, column, self.id, self.columns) for t in expanded(self.tables)]

    def _same_files(self, widths: tuple[int, ...] | None) -> list[RowFile]:
        """The open files.

        Raises: TableError when their rows are not as long as those that were learned from.
        """
        files, learned = self._files(), self._learned_widths(widths)
        found = tuple(f.width for f in files)
        if found != learned:
            names = ", ".join(str(f.path) for f in files)
            raise TableError(names, f"rows have {_joined(found)} numbers but {_joined(learned)} were learned from")
        return files

    def _learned_widths(self, widths: tuple[int, ...] | None) -> tuple[int, ...]:
        if widths is None:
            raise ValueError("the input is not fitted: call fit first")
        return widths

    def _known(self, files: Sequence[RowFile], tracks: Iterable[Source]) -> list[str]:
        """The ids of those tracks that have a row in each file.

        Raises: TableError when no track has one, or, unless they may lack it, some do not.
        """
        wanted = [self._id_of(t) for t in tracks]
        known = [i for i in wanted if all(i in f.index for f in files)]
        if not known or (self.missing == "error" and len(known) < len(wanted)):
            raise _no_row(files, wanted)
        return known

    def _copy(self, changes: dict[str, Any], base: Path) -> Self:
        kept = {name: getattr(self, name) for name in type(self).model_fields}
        copy = type(self)(**{**kept, **changes})
        copy._base = base
        return copy


def _no_row(files: Sequence[RowFile], wanted: Sequence[str]) -> TableError:
    if not wanted:
        return TableError(str(files[0].path), "there are no training tracks to learn from")
    file = next((f for f in files if any(i not in f.index for i in wanted)), files[0])
    absent = [i for i in wanted if i not in file.index]
    return TableError(
        str(file.path),
        f'has no row for {len(absent):,} of {len(wanted):,} tracks, such as "{absent[0]}"; '
        f'its ids are such as "{next(iter(file.index), "")}"',
        'Is another column the key? Else set missing = "lack" if tracks may go without.',
    )


def _joined(widths: Sequence[int]) -> str:
    return " + ".join(f"{w:,}" for w in widths)


def expanded(paths: Iterable[str]) -> list[str]:
    """Paths with their ranges written out.

    Example:
        >>> expanded(["layer_{0..2}.npy", "more.npy"])
        ['layer_0.npy', 'layer_1.npy', 'layer_2.npy', 'more.npy']
    """
    found: list[str] = []
    for path in paths:
        span = _RANGE.search(path)
        if span is None:
            found.append(path)
            continue
        numbers = range(int(span[1]), int(span[2]) + 1)
        found += expanded(f"{path[: span.start()]}{n}{path[span.end() :]}" for n in numbers)
    return found

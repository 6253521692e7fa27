"""Row files: Parquet, .npy and CSR .npz files of numbers, opened once, their rows found by id."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import scipy.sparse
from numpy.typing import NDArray

from unisono.errors import TableError
from unisono.inputs.reading.cells import matching
from unisono.inputs.reading.row_ids import first_line, frame_of, ids_of, index_of, texts_of

_WIDEST = 1_000_000
_IN_MEMORY = 2**28  # bytes; larger arrays stay in their file
_UNPACKED = 2**33  # bytes


@dataclass(frozen=True)
class RowFile:
    """A file of rows.

    Args:
        path: for messages.
        index: track id -> row.
        matrix: the numbers: (rows, width), dense or CSR.
    """

    path: Path
    index: dict[str, int]
    matrix: Any

    @property
    def width(self) -> int:
        """Numbers in a row."""
        return int(self.matrix.shape[1])

    def rows(self, ids: Sequence[str]) -> NDArray[np.float64]:
        """The rows of some tracks.

        Raises: TableError when a number is not finite.
        Shape: -> (ids, width)
        """
        found = self.matrix[[self.index[i] for i in ids]]
        rows = np.asarray(found.toarray() if isinstance(found, scipy.sparse.csr_array) else found, dtype=np.float64)
        finite = np.isfinite(rows).all(axis=1)
        if not finite.all():
            raise self._not_finite(ids[int(np.argmin(finite))])
        return rows

    def nonzero(self, name: str) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Columns of one track's row that are not 0, ascending, and their numbers.

        Raises: TableError when a number is not finite.
        """
        row = self.index[name]
        if isinstance(self.matrix, scipy.sparse.csr_array):
            span = slice(self.matrix.indptr[row], self.matrix.indptr[row + 1])
            columns, values = self.matrix.indices[span].astype(np.intp), self.matrix.data[span].astype(np.float64)
        else:
            whole = np.asarray(self.matrix[row], dtype=np.float64)
            columns, values = np.flatnonzero(whole), whole[whole != 0]
        if not np.isfinite(values).all():
            raise self._not_finite(name)
        return columns[values != 0], values[values != 0]

    def _not_finite(self, name: str) -> TableError:
        return TableError(f'{self.path}, id "{name}"', "holds a number that is not finite")


def open_rows(
    path: Path, ids: Path | None, ids_column: str | None, id_column: str, columns: tuple[str, ...]
) -> RowFile:
    """Open a file of rows, or give the one that is open already, if neither it nor its ids have changed.

    Args:
        path: Parquet, .npy or CSR .npz.
        ids: for .npy and .npz: the file of their ids.
        ids_column: the column of that file, if it is a table.
        id_column: for Parquet: its column of ids.
        columns: for Parquet: names or patterns of the columns to use; empty: all, or the only column of lists.
    Raises: TableError when a file is damaged, an id is empty or twice, or lengths do not fit.
    """
    if path.suffix.lower() == ".parquet":
        return _open_parquet(path, _stamp(path), id_column, columns)
    if ids is None:
        raise TableError(str(path), "has no ids of its own", 'Say whose row is whose: ids = "ids.txt" (one a line).')
    return _open_matrix(path, _stamp(path), ids, _stamp(ids), ids_column)


@lru_cache(maxsize=16)
def _open_parquet(path: Path, stamp: tuple[int, int], id_column: str, columns: tuple[str, ...]) -> RowFile:
    frame = frame_of(path)
    index = index_of(texts_of(path, frame, id_column), str(path))
    if not index:
        raise TableError(str(path), "has no rows")
    return RowFile(path, index, _numbers(path, frame.drop(id_column), columns, list(index)))


@lru_cache(maxsize=16)
def _open_matrix(
    path: Path, stamp: tuple[int, int], ids: Path, ids_stamp: tuple[int, int], column: str | None
) -> RowFile:
    loaders = {".npy": _load_array, ".npz": _load_csr}
    if path.suffix.lower() not in loaders:
        raise TableError(str(path), "is of an unknown kind, must be .parquet, .npy or .npz (CSR)")
    try:
        matrix = loaders[path.suffix.lower()](path)
    except Exception as error:  # whatever a reader of damaged bytes raises is about this file
        raise TableError(str(path), f"cannot be read as an array of numbers ({first_line(error)})") from error
    if matrix.ndim != 2 or matrix.dtype.kind not in "fiub" or not 0 < matrix.shape[1] <= _WIDEST:
        found = f"holds {matrix.dtype} of shape {matrix.shape} but needs numbers of shape (tracks, width)"
        raise TableError(str(path), found)
    names = ids_of(ids, column)
    if len(names) != matrix.shape[0]:
        raise TableError(str(path), f"has {matrix.shape[0]:,} rows but {ids} has {len(names):,} ids")
    return RowFile(path, index_of(names, str(ids)), matrix)


def _load_array(path: Path) -> NDArray[Any]:
    # Mapped first: a header that claims more than the file holds is refused before memory is asked for.
    mapped: NDArray[Any] = np.lib.format.open_memmap(path, mode="r")
    return np.array(mapped) if mapped.nbytes <= _IN_MEMORY else mapped


def _load_csr(path: Path) -> Any:
    _check_claims(path)
    matrix: Any = scipy.sparse.csr_array(scipy.sparse.load_npz(path))
    matrix.check_format(full_check=True)
    matrix.sum_duplicates()
    return matrix


def _check_claims(path: Path) -> None:
    """Refuse an archive whose arrays claim other sizes than what is packed, before memory is asked for."""
    with zipfile.ZipFile(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > _UNPACKED:
            raise ValueError(f"it unpacks to more than {_UNPACKED:,} bytes")
        for entry in archive.infolist():
            with archive.open(entry) as stream:
                version = np.lib.format.read_magic(stream)
                read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
                shape, _, dtype = read(stream)
                if math.prod(shape) * dtype.itemsize + stream.tell() != entry.file_size:
                    raise ValueError(f'"{entry.filename}" is not as long as its header claims')


def _numbers(path: Path, frame: pl.DataFrame, columns: tuple[str, ...], ids: Sequence[str]) -> NDArray[Any]:
    lists = [n for n in frame.columns if isinstance(frame.schema[n], (pl.List, pl.Array))]
    if columns or not lists:
        names = matching(columns or ("*",), (), frame.columns, f"{path}: ")
    elif len(lists) == 1:
        names = tuple(lists)
    else:
        raise TableError(str(path), f"has {len(lists)} columns of lists", "Name those to use with columns = [...].")
    return np.concatenate([_column(path, frame.get_column(n), ids) for n in names], axis=1)


def _column(path: Path, column: pl.Series, ids: Sequence[str]) -> NDArray[np.float64]:
    where = f"{path}:{column.name}"
    nested = isinstance(column.dtype, (pl.List, pl.Array))
    kind = column.dtype.inner if isinstance(column.dtype, (pl.List, pl.Array)) else column.dtype
    if not (kind.is_numeric() or kind == pl.Boolean):
        raise TableError(where, f"holds {kind} but numbers are needed", "Name the columns to use with columns = [...].")
    if column.null_count():
        row = int(column.is_null().arg_true()[0])
        raise TableError(f'{where}, id "{ids[row]}"', "is empty")
    if not nested:
        return column.cast(pl.Float64).to_numpy()[:, None]
    lengths = (column.list.len() if isinstance(column.dtype, pl.List) else column.arr.len()).to_numpy()
    for row in np.flatnonzero((lengths != lengths[0]) | (lengths == 0))[:1]:
        raise TableError(f'{where}, id "{ids[row]}"', f"has {lengths[row]} numbers but the first row has {lengths[0]}")
    flat = column.explode().cast(pl.Float64)
    return flat.fill_null(float("nan")).to_numpy().reshape(len(ids), -1)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError as error:
        raise TableError(str(path), f"cannot be opened ({error.strerror})", "Check the path.") from error
    return status.st_size, status.st_mtime_ns

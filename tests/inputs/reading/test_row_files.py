"""Row files: rows by id from three formats; a damaged or dishonest file is refused, and never unpickled."""

from __future__ import annotations

import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import scipy.sparse

from unisono.errors import TableError
from unisono.inputs.reading.row_files import RowFile, open_rows

ROWS = np.array([[1, 0, 2], [0, 0, 3], [4, 5, 0]], dtype=np.float32)
IDS = ["a", "b", "c"]


@pytest.fixture
def ids(tmp_path: Path) -> Path:
    path = tmp_path / "ids.txt"
    path.write_text("\n".join(IDS))
    return path


def opened(path: Path, ids: Path | None = None, columns: tuple[str, ...] = ()) -> RowFile:
    return open_rows(path, ids, None, "id", columns)


def written(folder: Path, kind: str, rows: Any = ROWS) -> Path:
    path = folder / f"rows{kind}"
    if kind == ".npy":
        np.save(path, rows)
    elif kind == ".npz":
        scipy.sparse.save_npz(path, scipy.sparse.csr_array(rows))
    else:
        pl.DataFrame({"id": IDS, "vector": rows.tolist()}).write_parquet(path)
    return path


@pytest.mark.parametrize("kind", [".npy", ".npz", ".parquet"])
def test_rows_are_found_by_id_whatever_their_order(tmp_path: Path, ids: Path, kind: str) -> None:
    file = opened(written(tmp_path, kind), ids)
    assert file.width == 3
    np.testing.assert_array_equal(file.rows(["c", "a"]), ROWS[[2, 0]])
    columns, values = file.nonzero("a")
    assert columns.tolist() == [0, 2]
    assert values.tolist() == [1, 2]


@pytest.mark.parametrize("dtype", [np.float16, np.float64, np.int8, np.uint16, np.bool_])
def test_numbers_of_any_kind(tmp_path: Path, ids: Path, dtype: Any) -> None:
    rows = ROWS.astype(dtype)
    np.testing.assert_array_equal(opened(written(tmp_path, ".npy", rows), ids).rows(IDS), rows.astype(float))


def test_parquet_with_a_column_a_number(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pl.DataFrame({"x1": [1, 2], "id": [7, 8], "x2": [0.5, 1.5], "genre": ["rock", "jazz"]}).write_parquet(path)
    np.testing.assert_array_equal(opened(path, columns=("x*",)).rows(["8"]), [[2, 1.5]])
    with pytest.raises(TableError, match=r"rows.parquet:genre: holds String but numbers are needed. Name the columns"):
        opened(path)


def test_parquet_with_arrays_of_fixed_width(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pl.DataFrame({"id": IDS, "v": ROWS}).write_parquet(path)
    np.testing.assert_array_equal(opened(path).rows(["b"]), ROWS[[1]])


def test_parquet_problems_name_column_and_id(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pl.DataFrame({"id": IDS, "v": [[1.0], [1.0, 2.0], [1.0]]}).write_parquet(path)
    with pytest.raises(TableError, match=r'rows.parquet:v, id "b": has 2 numbers but the first row has 1'):
        opened(path)
    pl.DataFrame({"id": IDS, "v": [[1.0], None, [1.0]]}).write_parquet(path)
    with pytest.raises(TableError, match=r'id "b": is empty'):
        opened(path)
    pl.DataFrame({"id": IDS, "v": [[1.0], [None], [1.0]]}).write_parquet(path)
    with pytest.raises(TableError, match=r'id "b": holds a number that is not finite'):
        opened(path).rows(IDS)
    pl.DataFrame({"id": IDS, "v": [[1.0]] * 3, "w": [[1.0]] * 3}).write_parquet(path)
    with pytest.raises(TableError, match="has 2 columns of lists"):
        opened(path)
    pl.DataFrame({"track": IDS, "v": [1.0] * 3}).write_parquet(path)
    with pytest.raises(TableError, match='has no column "id" to take the ids from'):
        opened(path)
    pl.DataFrame({"id": ["a", "a"], "v": [1.0, 2.0]}).write_parquet(path)
    with pytest.raises(TableError, match=r'row 2: the id "a" stands in row 1 as well'):
        opened(path)
    pl.DataFrame({"id": [], "v": []}, schema={"id": pl.String, "v": pl.Float64}).write_parquet(path)
    with pytest.raises(TableError, match="has no rows"):
        opened(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(TableError, match="cannot be read as Parquet"):
        opened(path)


def test_as_many_ids_as_rows(tmp_path: Path, ids: Path) -> None:
    with pytest.raises(TableError, match=r"rows.npy: has 2 rows but .*ids.txt has 3 ids"):
        opened(written(tmp_path, ".npy", ROWS[:2]), ids)


def test_arrays_need_ids(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"has no ids of its own. Say whose row is whose"):
        opened(written(tmp_path, ".npy"))


def test_missing_files_and_unknown_kinds(tmp_path: Path, ids: Path) -> None:
    with pytest.raises(TableError, match=r"gone.npy: cannot be opened \(No such file"):
        opened(tmp_path / "gone.npy", ids)
    (tmp_path / "rows.h5").touch()
    with pytest.raises(TableError, match=r"rows.h5: is of an unknown kind, must be .parquet, .npy or .npz"):
        opened(tmp_path / "rows.h5", ids)


@pytest.mark.parametrize("rows", [np.zeros(3), np.zeros((3, 2, 2)), np.array([["x"]] * 3), np.zeros((3, 0))])
def test_only_tables_of_numbers(tmp_path: Path, ids: Path, rows: Any) -> None:
    with pytest.raises(TableError, match=r"needs numbers of shape \(tracks, width\)|cannot be read"):
        opened(written(tmp_path, ".npy", rows), ids)


def test_a_number_that_is_not_finite_names_the_track(tmp_path: Path, ids: Path) -> None:
    rows = ROWS.copy()
    rows[1, 1] = np.inf
    for kind in (".npy", ".npz"):
        file = opened(written(tmp_path, kind, rows), ids)
        assert file.rows(["a"]).shape == (1, 3)
        with pytest.raises(TableError, match=r'id "b": holds a number that is not finite'):
            file.rows(IDS)
        with pytest.raises(TableError, match=r'id "b": holds a number that is not finite'):
            file.nonzero("b")


class Trap:
    """What a pickle may do: run code when it is opened."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (os.mkdir, (str(self.path),))


@pytest.mark.parametrize("kind", [".npy", ".npz"])
def test_a_pickle_is_never_opened(tmp_path: Path, ids: Path, kind: str) -> None:
    sprung = tmp_path / "sprung"
    objects = np.array([Trap(sprung)] * 3, dtype=object)
    path = tmp_path / f"rows{kind}"
    if kind == ".npy":
        np.save(path, objects, allow_pickle=True)
    else:
        np.savez(path, data=objects, indices=[0], indptr=[0, 1], shape=[1, 1], format=b"csr")
    with pytest.raises(TableError, match="cannot be read as an array of numbers"):
        opened(path, ids)
    path.write_bytes(pickle.dumps(Trap(sprung)))
    with pytest.raises(TableError, match="cannot be read as an array of numbers"):
        opened(path, ids)
    assert not sprung.exists()
    np.save(tmp_path / "naive.npy", objects, allow_pickle=True)
    np.load(tmp_path / "naive.npy", allow_pickle=True)
    assert sprung.exists()  # the trap does work where pickles are opened


def test_a_header_that_claims_too_much_is_refused_before_memory_is_asked_for(tmp_path: Path, ids: Path) -> None:
    path = tmp_path / "rows.npy"
    header = np.lib.format.header_data_from_array_1_0(ROWS) | {"shape": (2**40, 1000)}
    with path.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, header)
        stream.write(ROWS.tobytes())
    with pytest.raises(TableError, match="cannot be read as an array of numbers"):
        opened(path, ids)
    lying = tmp_path / "rows.npz"
    with zipfile.ZipFile(lying, "w") as archive:
        archive.writestr("data.npy", path.read_bytes())
    with pytest.raises(TableError, match=r'"data.npy" is not as long as its header claims'):
        opened(lying, ids)


def test_indices_outside_the_matrix_are_refused(tmp_path: Path, ids: Path) -> None:
    good = scipy.sparse.csr_array(ROWS)
    path = tmp_path / "rows.npz"
    np.savez(path, data=good.data, indices=good.indices + 99, indptr=good.indptr, shape=good.shape, format=b"csr")
    with pytest.raises(TableError, match="cannot be read as an array of numbers"):
        opened(path, ids)


def test_no_flipped_byte_does_anything_but_give_numbers_or_an_error(tmp_path: Path, ids: Path) -> None:
    rng = np.random.default_rng(2)
    refused = 0
    for kind in (".npy", ".npz", ".parquet"):
        path = written(tmp_path, kind)
        whole = path.read_bytes()
        for at in rng.integers(0, len(whole), 60):
            damaged = bytearray(whole)
            damaged[at] ^= 1 << rng.integers(8)
            path.write_bytes(damaged)
            try:
                opened(path, ids).rows(IDS)
            except (TableError, KeyError) as error:
                refused += isinstance(error, TableError)
    assert refused > 60


def test_an_open_file_is_kept_until_it_changes(tmp_path: Path, ids: Path) -> None:
    path = written(tmp_path, ".npy")
    first = opened(path, ids)
    assert opened(path, ids) is first
    np.save(path, ROWS + 1)
    os.utime(path, ns=(1, 1))
    np.testing.assert_array_equal(opened(path, ids).rows(["a"]), ROWS[[0]] + 1)
    ids.write_text("c\nb\na")
    np.testing.assert_array_equal(opened(path, ids).rows(["c"]), ROWS[[0]] + 1)

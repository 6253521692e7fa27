"""Row ids: read from every kind of file; an id is there, and there once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from unisono.errors import TableError
from unisono.inputs.reading.row_ids import ids_of, index_of


def test_one_id_a_line(tmp_path: Path) -> None:
    path = tmp_path / "ids.txt"
    path.write_bytes("\ufeffa b\r\nc\u2028d\r\né\n".encode())
    assert ids_of(path, None) == ["a b", "c\u2028d", "é"]


def test_ids_of_an_array(tmp_path: Path) -> None:
    np.save(tmp_path / "names.npy", np.array(["x", "yy"]))
    np.save(tmp_path / "numbers.npy", np.array([7, 8]))
    assert ids_of(tmp_path / "names.npy", None) == ["x", "yy"]
    assert ids_of(tmp_path / "numbers.npy", None) == ["7", "8"]


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet"])
def test_ids_of_a_tables_column(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"labels{suffix}"
    frame = pl.DataFrame({"n": [1, 2], "key": ["a,b", 'c\n"d"']})
    if suffix == ".parquet":
        frame.write_parquet(path)
    else:
        frame.write_csv(path, separator="\t" if suffix == ".tsv" else ",")
    assert ids_of(path, "key") == ["a,b", 'c\n"d"']
    assert ids_of(path, "n") == ["1", "2"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,label\na,1\nb\n", r"labels.csv:3: has 1 cells but the header has 2"),
        ("id,id\na,b\n", 'has more than one column "id"'),
        ("ids,label\na,b\n", r'has no column "id" to take the ids from. Did you mean "ids"'),
        ('id,label\n"a"b,c\n', r"labels.csv:2: cannot be read as a table"),
        ("", 'has no column "id"'),
    ],
)
def test_broken_tables_are_errors_with_their_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(TableError, match=message):
        ids_of(tmp_path / "labels.csv", "id")


def test_other_broken_files(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="is no file but the ids"):
        ids_of(tmp_path / "gone.txt", None)
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9\n")
    with pytest.raises(TableError, match="not UTF-8"):
        ids_of(tmp_path / "latin.txt", None)
    (tmp_path / "labels.csv").write_text("id\na\n")
    with pytest.raises(TableError, match=r"is a table, so the column .* Write ids = \{"):
        ids_of(tmp_path / "labels.csv", None)
    np.save(tmp_path / "floats.npy", np.array([1.5]))
    with pytest.raises(TableError, match="float64 of 1 axes but ids are"):
        ids_of(tmp_path / "floats.npy", None)
    np.save(tmp_path / "objects.npy", np.array(["a", None], dtype=object), allow_pickle=True)
    with pytest.raises(TableError, match="cannot be read as an array"):
        ids_of(tmp_path / "objects.npy", None)
    pl.DataFrame({"id": [1.5]}).write_parquet(tmp_path / "ids.parquet")
    with pytest.raises(TableError, match="holds Float64 but ids are"):
        ids_of(tmp_path / "ids.parquet", "id")


def test_an_id_that_stands_twice_or_is_empty_is_an_error() -> None:
    assert index_of(["a", "b"], "x") == {"a": 0, "b": 1}
    with pytest.raises(TableError, match=r'x, row 3: the id "a" stands in row 1 as well'):
        index_of(["a", "b", "a"], "x")
    with pytest.raises(TableError, match="x, row 2: the id is empty"):
        index_of(["a", " "], "x")

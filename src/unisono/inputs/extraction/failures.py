"""Which tracks could not be used, and why: a table that can be mended from."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any, Literal

from unisono.errors import UserError
from unisono.files import commit_bytes, commit_path
from unisono.inputs import Source

OnBad = Literal["skip", "use", "stop"]  # what becomes of damaged files


@dataclass(frozen=True)
class Failure:
    """A track that an input cannot read, or can only read in part.

    Args:
        index: the track's position.
        id: its id.
        path: its file; its id where it has none.
        reason: what was found but what is needed.
        input: the name of the input that failed.
        used: whether what could be read is used all the same.
    """

    index: int
    id: str
    path: str
    reason: str
    input: str
    used: bool = False


def failure_of(error: UserError, index: int, track: Source, name: str, used: bool = False) -> Failure:
    """The row that tells of an error.

    Args:
        index: the track's position.
        name: the input's.
        used: whether what could be read is used all the same.
    """
    path = str(track.audio) if track.audio is not None else track.id
    return Failure(index, track.id, path, f"{error.found}. {error.advice}".strip(), name, used)


def write_failures(failures: Sequence[Failure], path: Path) -> None:
    """Write failures as a table, Parquet when the name says so and CSV otherwise.

    Raises: DiskFull.
    """
    columns = [f.name for f in fields(Failure)]
    # paths are bytes: what is no text in them is written as it prints
    rows = [[printable(v) for v in astuple(failure)] for failure in failures]
    if path.suffix == ".parquet":
        import polars as pl  # here: workers never write tables, and it takes them a tenth of a second

        kinds = {f.name: {"int": pl.Int64, "bool": pl.Boolean}.get(str(f.type), pl.String) for f in fields(Failure)}
        with commit_path(path) as temporary:
            pl.DataFrame(rows, schema=kinds, orient="row").write_parquet(temporary)
        return
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    commit_bytes(path, text.getvalue().encode())


def read_failures(path: Path) -> list[Failure]:
    """The rows of a CSV table of `write_failures`, none where there is no such file."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [Failure(int(row["index"]), row["id"], row["path"], row["reason"], row["input"], row["used"] == "True")
            for row in rows]  # fmt: skip


def printable(value: Any) -> Any:
    """A cell as any table can hold it: what is no text in a path is written as it prints."""
    return value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value

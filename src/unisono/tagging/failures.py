"""The table of what could not be tagged or written: one row a file, with the reason."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from unisono.errors import UserError
from unisono.files import commit_path
from unisono.tagging.rows import text_of

COLUMNS = ("path", "stage", "reason")
SUFFIXES = (".csv", ".parquet")

Failed = tuple[str, str, str]  # the path as it was given, "reading" or "writing", why


def write_failed(failed: Iterable[Failed], path: Path) -> None:
    """Write the table as the suffix says; what was there is replaced whole or not at all. No failure, no rows.

    Raises: UserError for another suffix; DiskFull.
    """
    check_suffix(path)
    rows = [(text_of(file), stage, reason) for file, stage, reason in failed]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")
    with commit_path(path) as temporary:
        if path.suffix.lower() == ".parquet":
            frame.write_parquet(temporary)
        else:
            frame.write_csv(temporary)


def check_suffix(path: Path) -> None:
    """Say before the work what would go wrong after it.

    Raises: UserError.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise UserError(str(path), f"the suffix must be {' or '.join(SUFFIXES)}", "Name a table: failures.csv.")

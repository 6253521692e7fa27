"""Parquet, for tables too large to read as text."""

from __future__ import annotations

from pathlib import Path

from unisono.files import commit_path
from unisono.tagging.rows import table
from unisono.tagging.tagged import Layout, Tagged

SUFFIXES = (".parquet",)


def write(tagged: Tagged, path: Path, layout: Layout) -> None:
    """Write the tags table as Parquet, numbers as 64-bit floats."""
    with commit_path(path) as temporary:
        table(tagged, layout).write_parquet(temporary)

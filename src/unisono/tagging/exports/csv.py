"""CSV as RFC 4180 and every spreadsheet have it: UTF-8, commas, quotes where a text needs them."""

from __future__ import annotations

from pathlib import Path

from unisono.files import commit_path
from unisono.tagging.rows import table
from unisono.tagging.tagged import Layout, Tagged

SUFFIXES = (".csv",)


def write(tagged: Tagged, path: Path, layout: Layout) -> None:
    """Write the tags table as CSV; an empty cell is a value that the task does not have."""
    with commit_path(path) as temporary:
        table(tagged, layout).write_csv(temporary)

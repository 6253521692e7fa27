"""JSON lines: one row of the table a line, for programs that read one at a time."""

from __future__ import annotations

import json
from pathlib import Path

from unisono.files import commit_path
from unisono.tagging.rows import records
from unisono.tagging.tagged import Layout, Tagged

SUFFIXES = (".jsonl", ".ndjson")


def write(tagged: Tagged, path: Path, layout: Layout) -> None:
    """Write the tags table as JSON lines."""
    with commit_path(path) as temporary, temporary.open("w", encoding="utf-8") as stream:
        for record in records(tagged, layout):
            stream.write(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n")

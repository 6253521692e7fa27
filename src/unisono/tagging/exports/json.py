"""One JSON document: an array of the table's rows."""

from __future__ import annotations

import json
from pathlib import Path

from unisono.files import commit_path
from unisono.tagging.rows import records
from unisono.tagging.tagged import Layout, Tagged

SUFFIXES = (".json",)


def write(tagged: Tagged, path: Path, layout: Layout) -> None:
    """Write the tags table as a JSON array, one row a line."""
    with commit_path(path) as temporary, temporary.open("w", encoding="utf-8") as stream:
        stream.write("[")
        for number, record in enumerate(records(tagged, layout)):
            stream.write((",\n" if number else "\n") + json.dumps(record, ensure_ascii=False, allow_nan=False))
        stream.write("\n]\n")

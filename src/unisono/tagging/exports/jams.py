"""JAMS, one file a track: annotations as music research exchanges them (Humphrey et al., 2014), written as JSON."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path
from typing import Any

from unisono.files import commit_bytes
from unisono.tagging.exports._naming import Names, folder_of
from unisono.tagging.rows import records, text_of
from unisono.tagging.tagged import Layout, Tagged, Tags
from unisono.tasks import NO_LABEL, Task

SUFFIXES = (".jams",)
FOLDER = True
_VERSION = "0.3.4"  # of the format


def write(tagged: Tagged, path: Path, layout: Layout) -> None:
    """Write a `.jams` for every track into the folder; other files there stay.

    A task is an annotation of the namespace `tag_open`, one observation a label or number, for the whole track; its
    sandbox has the task's name and the row as the tags table has it.
    """
    folder, names = folder_of(path, SUFFIXES[0]), Names()
    long = Layout(False, layout.all_labels, layout.half_widths)
    for tags in tagged:
        document = _document(tags, tagged, long)
        text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)
        commit_bytes(folder / names.of(Path(text_of(tags.id)).stem, ".jams"), text.encode())


def _document(tags: Tags, tagged: Tagged, layout: Layout) -> dict[str, Any]:
    rows = list(records(Tagged(tagged.tasks, (tags,)), layout))
    return {
        "file_metadata": {
            "title": Path(text_of(tags.id)).stem, "artist": "", "release": "", "duration": None, "identifiers": {},
            "jams_version": _VERSION,
        },
        "annotations": [_annotation(task, [row for row in rows if row["task"] == task.name]) for task in tagged.tasks],
        "sandbox": {"path": text_of(tags.id)},
    }  # fmt: skip


def _annotation(task: Task, rows: list[dict[str, Any]]) -> dict[str, Any]:
    said = [row for row in rows if row["label"] not in (None, NO_LABEL) or row["value"] is not None]
    return {
        "namespace": "tag_open",
        "data": [_observation(row) for row in said],
        "annotation_metadata": {
            "curator": {"name": "", "email": ""}, "annotator": {}, "version": "", "corpus": "",
            "annotation_tools": f"unisono {metadata.version('unisono')}", "annotation_rules": "",
            "validation": "", "data_source": "program",
        },
        "sandbox": {"task": task.name, "kind": task.kind, "rows": rows},
        "time": 0.0,
        "duration": None,
    }  # fmt: skip


def _observation(row: dict[str, Any]) -> dict[str, Any]:
    value = row["label"] if row["label"] is not None else f"{row['value']:g}"
    sure = row["confidence"] if row["confidence"] is not None else row["value"] if row["label"] else None
    return {"time": 0.0, "duration": 0.0, "value": value, "confidence": sure}

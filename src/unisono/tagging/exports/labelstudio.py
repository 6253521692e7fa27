"""Label Studio: tracks with the model's answers as predictions to be corrected, as JSON to import."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path
from typing import Any

from unisono.files import commit_path
from unisono.tagging.exports._naming import sound_of, uri
from unisono.tagging.rows import text_of
from unisono.tagging.tagged import Layout, Tagged, Tags
from unisono.tasks import Answer, Task

SUFFIXES = ()  # .json is a table of tags; ask for it with --format labelstudio
STEPS = (
    "Label Studio: make a project with an <Audio name=\"audio\" value=\"$audio\"/> tag, a <Choices name=TASK> for each "
    "task of labels and a <Number name=TASK> for each number, all with toName=\"audio\".",
    "Serve the sounds to it (Settings > Cloud Storage > Local files), then Import this file.",
)  # fmt: skip


def write(tagged: Tagged, path: Path, layout: Layout) -> None:
    """Write one JSON array, a task of Label Studio for each track, with one prediction each."""
    with commit_path(path) as temporary, temporary.open("w", encoding="utf-8") as stream:
        stream.write("[")
        for number, tags in enumerate(tagged):
            text = json.dumps(_item(tags, tagged.tasks), ensure_ascii=False, allow_nan=False)
            stream.write((",\n" if number else "\n") + text)
        stream.write("\n]\n")


def _item(tags: Tags, tasks: tuple[Task, ...]) -> dict[str, Any]:
    results = [result for task in tasks for result in _results(tags[task.name], task)]
    sure = [g.confidence for task in tasks for g in tags[task.name].given if g.confidence is not None]
    prediction: dict[str, Any] = {"model_version": f"unisono {metadata.version('unisono')}", "result": results}
    if sure:
        prediction["score"] = min(sure)  # what sorts the least sure track to the top
    return {"data": {"audio": uri(sound_of(tags)), "path": text_of(tags.id)}, "predictions": [prediction]}


def _results(answer: Answer, task: Task) -> list[dict[str, Any]]:
    if task.kind == "regression":
        return [_result(task.name, "number", {"number": g.value}, {}) for g in answer.given]
    if task.kind == "distribution":
        return [_result(f"{task.name}.{g.label}", "number", {"number": g.value}, {}) for g in answer.given]
    choices = [g.label for g in answer.given]
    if not choices:
        return []
    return [_result(task.name, "choices", {"choices": choices}, {g.label: g.confidence for g in answer.given})]


def _result(name: str, kind: str, value: dict[str, Any], confidences: dict[str, float | None]) -> dict[str, Any]:
    known = [c for c in confidences.values() if c is not None]
    score = {"score": min(known)} if known else {}
    meta = {"meta": {"confidence": confidences}} if known else {}
    return {"from_name": name, "to_name": "audio", "type": kind, "value": value, **score, **meta}

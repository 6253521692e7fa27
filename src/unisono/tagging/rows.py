"""Tags as rows of a table: one a track, task and label, or one a track."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import polars as pl

from unisono.model.sureness import Numeric, interval
from unisono.tagging.tagged import LONG, Layout, Tagged, Tags
from unisono.tasks import NO_LABEL, Answer, Given, Task

SCHEMA = {"path": pl.String, "task": pl.String, "label": pl.String, "value": pl.Float64, "confidence": pl.Float64}
ENDS, DAMAGE = ("low", "high"), "damage"
PROBABLE = ("multiclass", "multilabel")  # kinds whose scores are probabilities of labels


def table(tagged: Tagged, layout: Layout = LONG) -> pl.DataFrame:
    """The tags as one frame.

    Long: path, task, label, value, confidence. A given label has its confidence and no value; a number or a share is a
    value, and a number with levels has the confidence that the nearest of them is right; "-" is the answer that no
    label applies. A row without label, value and confidence is silence: the model was not as sure as was asked, and the
    cell reads back as not labelled. With `all_labels`, value is each label's probability, and only the given ones have
    a confidence. With `half_widths`, low and high are the ends of a number's interval. With `damage`, a
    column says what is wrong with sound that was heard in part. Wide: path, then a task's answer under its name.
    """
    rows = list(records(tagged, layout))
    long = SCHEMA | (dict.fromkeys(ENDS, pl.Float64) if layout.half_widths else {})
    schema = _wide_schema(tagged, layout) if layout.wide else long
    return pl.DataFrame(rows, schema=schema | ({DAMAGE: pl.String} if layout.damage else {}), orient="row")


def records(tagged: Tagged, layout: Layout = LONG) -> Iterator[dict[str, Any]]:
    """The rows of `table`, one by one."""
    for tags in tagged:
        damage = {DAMAGE: tags.damage or None} if layout.damage else {}
        if layout.wide:
            yield _wide(tags, tagged, layout) | damage
        else:
            for task in tagged.tasks:
                for row in _long(tags, task, layout):
                    yield row | _ends(row["value"], task, layout) | damage


def text_of(path: str) -> str:
    """A path as text that any file can hold: bytes that are no UTF-8 are written as \\xNN.

    Example:
        >>> text_of("caf\\udce9.mp3")
        'caf\\\\xe9.mp3'
    """
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _long(tags: Tags, task: Task, layout: Layout) -> Iterator[dict[str, Any]]:
    answer, path = tags[task.name], text_of(tags.id)
    if layout.all_labels and task.kind in PROBABLE:
        given = {g.label: g.confidence for g in answer.given}
        for label, score in zip(task.outputs, tags.scores[task.name], strict=True):
            yield _row(path, task.name, label, float(score), given.pop(label, None))
        for label, confidence in given.items():  # a parent in the tree is no output of its own
            yield _row(path, task.name, label, confidence, confidence)
        return
    for g in answer.given:
        yield _row(path, task.name, g.label or None, g.value, g.confidence)
    if not answer.given:
        yield _row(path, task.name, None if answer.unsure else NO_LABEL, None, None)


def _row(path: str, task: str, label: str | None, value: float | None, confidence: float | None) -> dict[str, Any]:
    return {"path": path, "task": task, "label": label, "value": _short(value), "confidence": _short(confidence)}


def _ends(value: float | None, task: Task, layout: Layout) -> dict[str, float | None]:
    if not layout.half_widths:
        return {}
    bounds = task.range if isinstance(task, Numeric) else None
    ends = interval(value, layout.half_widths.get(task.name), bounds) or (None, None)
    return dict(zip(ENDS, map(_short, ends), strict=True))


def _wide(tags: Tags, tagged: Tagged, layout: Layout) -> dict[str, Any]:
    row: dict[str, Any] = {"path": text_of(tags.id)}
    for task in tagged.tasks:
        row |= _answered(tags[task.name], task)
        if task.name in layout.half_widths:
            ends = _ends(row[task.name], task, layout)
            row |= {f"{task.name}_{end}": value for end, value in ends.items()}
        if layout.all_labels and task.kind in PROBABLE:
            scores = tags.scores[task.name]
            row |= {f"{task.name}.{n}": _short(float(s)) for n, s in zip(task.outputs, scores, strict=True)}
    return row


def _answered(answer: Answer, task: Task) -> dict[str, Any]:
    if task.kind == "distribution":
        return {f"{task.name}.{g.label}": _short(g.value) for g in answer.given}
    first = answer.given[0] if answer.given else Given("", None, None)
    sure = {f"{task.name}_confidence": _short(first.confidence)} if _has_confidence(task) else {}
    if task.kind == "regression":
        return {task.name: _short(first.value), **sure}
    if task.kind == "multiclass":
        return {task.name: first.label or None, **sure}
    separator: str = getattr(task, "separator", ";")
    none = None if answer.unsure else NO_LABEL
    return {task.name: separator.join(g.label for g in answer.given) or none}


def _wide_schema(tagged: Tagged, layout: Layout) -> dict[str, Any]:
    schema: dict[str, Any] = {"path": pl.String}
    for task in tagged.tasks:
        shares = {f"{task.name}.{n}": pl.Float64 for n in task.outputs}
        if task.kind == "distribution":
            schema |= shares
            continue
        schema[task.name] = pl.Float64 if task.kind == "regression" else pl.String
        if _has_confidence(task):
            schema[f"{task.name}_confidence"] = pl.Float64
        if task.name in layout.half_widths:
            schema |= {f"{task.name}_{end}": pl.Float64 for end in ENDS}
        if layout.all_labels and task.kind in PROBABLE:
            schema |= shares
    return schema


def _has_confidence(task: Task) -> bool:
    """Whether a row of the wide table says how sure this task's one answer is."""
    return task.kind == "multiclass" or (isinstance(task, Numeric) and bool(task.levels))


def _short(number: float | None) -> float | None:
    """Six significant digits: more is noise of float32."""
    return None if number is None else float(f"{number:.6g}")

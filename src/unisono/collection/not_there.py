"""Columns and files that an experiment names and that are not there: said by `inspect`, before anything is learned."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from unisono.collection.folder import clean
from unisono.collection.tracks import Collection
from unisono.errors import UserError
from unisono.inputs import Input, ReadsColumns
from unisono.inputs.reading.cells import matching
from unisono.tasks import Task
from unisono.tasks.computed import computed_target


def not_there(collection: Collection, inputs: Mapping[str, Input], tasks: Mapping[str, Task]) -> list[str]:
    """What inputs, and targets that are computed from columns, would not find.

    Args:
        inputs: of an experiment that has no other collection.
        tasks: of the same.
    Returns: sentences with the key, and the nearest name of what is there.
    """
    columns = collection.frame.columns
    looks: dict[str, Callable[[], object]] = {}
    for name, one in inputs.items():
        if isinstance(one, ReadsColumns):
            looks[f"inputs.{name}"] = partial(one.check_columns, columns)
    for name, task in tasks.items():
        asked = computed_target(task)
        if asked is not None and asked.columns:
            looks[f"tasks.{name}.target"] = partial(matching, asked.columns, asked.exclude, columns)
        elif asked is not None and asked.labels is not None:
            looks[f"tasks.{name}.target"] = partial(_find, asked.labels, columns)
    return [said for key, look in looks.items() if (said := _said(key, look))]


def _find(column: str, columns: Sequence[str]) -> None:
    try:
        matching([column], (), columns)
    except UserError as error:
        raise type(error)("labels", error.found, error.advice) from error


def _said(key: str, look: Callable[[], object]) -> str:
    """What was not found, with the key that names it; empty where all was."""
    try:
        look()
    except UserError as error:
        where = f"{key}.{error.where}" if re.fullmatch(r"\w+", error.where) else f"{key}: {error.where}"
        return clean(" ".join(type(error)(where, error.found, error.advice, error.problems).lines()))
    return ""

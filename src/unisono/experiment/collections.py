"""Where an experiment's tracks are: one `[collection]`, or several `[collections.NAME]` with labels of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from unisono.errors import ExperimentError, nearest

MAIN = ""  # what stands in [collection] has no name: its tracks keep their ids as they are
_NAME = re.compile(r"[A-Za-z0-9_-]+")

Tables = dict[str, Any]
Homes = dict[str, tuple[str, ...]]  # task -> the collections that hold its labels


def tables_of(tables: Mapping[str, Any], name: str) -> tuple[dict[str, Tables], dict[str, Tables]]:
    """The tables of every collection and of those splits that a collection has for itself.

    Args:
        tables: of the experiment.
        name: of the experiment, for messages.
    Raises: ExperimentError when there is no collection, or one has a name that cannot be part of an id.
    Example:
        >>> tables_of({"collections": {"emo": {"table": "e.csv", "split": {"test": 0.5}}}}, "mine")
        ({'emo': {'table': 'e.csv'}}, {'emo': {'test': 0.5}})
    """
    several = tables.get("collections", {})
    given = {**({MAIN: tables["collection"]} if tables.get("collection") else {}), **several}
    if not given:
        found = "has no [collection] but needs it, or one [collections.NAME] or more"
        raise ExperimentError(name, found, "See `unisono recipe show` for examples.")
    for key in several:
        if not _NAME.fullmatch(key) or key == "collection":
            found = "has a name that cannot be part of an id, or is that of [collection]"
            raise ExperimentError(f"{name}:collections.{key}", found, "Use letters, digits, _ and - alone.")
    splits = {k: t["split"] for k, t in given.items() if isinstance(t, Mapping) and k != MAIN and "split" in t}
    return {k: _without(t, "split") if k in splits else t for k, t in given.items()}, splits


def homes_of(tasks: Mapping[str, Any], collections: Mapping[str, Any], name: str) -> tuple[dict[str, Tables], Homes]:
    """The tables of the tasks without their `collection`, and each task's collections.

    A task names a collection or a list of them; without that its labels are in `[collection]`, or in the only one.

    Raises: ExperimentError for an unknown collection, a task that has to name one, and one that no task names.
    Example:
        >>> homes_of({"mood": {"kind": "multilabel", "collection": "emo"}}, {"emo": {}}, "mine")
        ({'mood': {'kind': 'multilabel'}}, {'mood': ('emo',)})
    """
    homes = {task: _home(task, table, collections, name) for task, table in tasks.items()}
    idle = [c for c in collections if not any(c in home for home in homes.values())]
    if idle:
        where = f"{name}:collections.{idle[0]}" if idle[0] else f"{name}:collection"
        advice = f'Write collection = "{idle[0]}" in a task, or take it out.' if idle[0] else "Take it out."
        raise ExperimentError(where, "holds the labels of no task", advice)
    return {task: _without(table, "collection") for task, table in tasks.items()}, homes


def _home(task: str, table: Any, collections: Mapping[str, Any], name: str) -> tuple[str, ...]:
    where = f"{name}:tasks.{task}.collection"
    named = [c for c in collections if c != MAIN]
    given = table.get("collection") if isinstance(table, Mapping) else None
    if given is None:
        if MAIN in collections or len(named) == 1:
            return (MAIN,) if MAIN in collections else (named[0],)
        raise ExperimentError(where, f"is needed, for there are {', '.join(named)}", "Name the one with its labels.")
    asked = tuple(given) if isinstance(given, list | tuple) else (given,)
    for one in asked:
        if one not in named:
            known = ", ".join(named) or "none but [collection]"
            raise ExperimentError(where, f'"{one}" is no collection, which are {known}', nearest(str(one), named))
    if not asked:
        raise ExperimentError(where, "names no collection but needs one", f"The collections are {', '.join(named)}.")
    return tuple(dict.fromkeys(asked))


def _without(table: Any, key: str) -> Any:
    return {k: v for k, v in table.items() if k != key} if isinstance(table, Mapping) else table

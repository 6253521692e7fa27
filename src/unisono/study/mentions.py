"""Where the tables of an experiment name tasks: what a level that leaves tasks out goes through."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from unisono.errors import ExperimentError, nearest


def check_mentions(tables: Mapping[str, Any], known: Collection[str], where: str) -> None:
    """Refuse names that are no task's, before those of the tasks that are left out go.

    Args:
        known: the tasks of the experiment and of all levels.
        where: the level, for messages.
    Raises: ExperimentError with the nearest task.
    """
    for key, name in mentions(tables):
        if name not in known:
            found = f'"{name}" is no task, which are {", ".join(known)}'
            raise ExperimentError(f"{where}: {key}", found, nearest(name, known))


def mentions(tables: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Key and name, wherever a task is named; what is of the wrong kind is passed over.

    Example:
        >>> list(mentions({"heads": {"genre": {}}, "network": {"links": {"mood": ["genre"]}}}))
        [('heads', 'genre'), ('network.links', 'mood'), ('network.links.mood', 'genre')]
    """
    yield from _heads("heads", tables.get("heads"))
    network = _table(tables.get("network"))
    links = _table(network.get("links"))
    yield from _names("network.links", links)
    for target, sources in links.items():
        yield from _names(f"network.links.{target}", sources)
    for number, row in enumerate(_list(network.get("sharing"))):
        for group in _list(row):
            yield from _names(f"network.sharing, block {number + 1}", _list(group))
    yield from _names("balancing.weights", _table(_table(tables.get("balancing")).get("weights")))
    for name, one in _table(tables.get("inputs")).items():
        selection = _table(_table(one).get("selection"))
        for key in ("by", "tasks"):
            yield from _names(f"inputs.{name}.selection.{key}", selection.get(key))
    for stage in map(_table, _list(tables.get("stages"))):
        where = f"stages.{stage.get('name')}"
        for key in ("tasks", "learn"):
            yield from _names(f"{where}.{key}", stage.get(key))
        yield from _heads(f"{where}.heads", stage.get("heads"))
        yield from _names(f"{where}.balancing.weights", _table(_table(stage.get("balancing")).get("weights")))


def _heads(key: str, given: Any) -> Iterator[tuple[str, str]]:
    yield from _names(key, given)
    for name, head in _table(given).items():
        reads = _table(head).get("reads")
        yield from _names(f"{key}.{name}.reads", reads if isinstance(reads, list | tuple) else ())


def _names(key: str, given: Any) -> Iterator[tuple[str, str]]:
    """The texts of a list, or the keys of a table; one text stands for a list of one."""
    named = [given] if isinstance(given, str) else given if isinstance(given, list | tuple | Mapping) else ()
    return ((key, name) for name in named if isinstance(name, str))


def _table(given: Any) -> Mapping[str, Any]:
    return given if isinstance(given, Mapping) else {}


def _list(given: Any) -> list[Any]:
    return list(given) if isinstance(given, list | tuple) else []

"""Tables of an experiment with changes laid over them, and without the tasks that a configuration leaves out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from unisono.errors import ExperimentError, nearest
from unisono.experiment.collections import MAIN
from unisono.experiment.stages import STAGE
from unisono.inputs.selection import of_tasks

Tables = dict[str, Any]
_NAMES_PART = ("kind", "method")  # a table that names another part has none of the former one's settings


def changed(tables: Mapping[str, Any], change: Mapping[str, Any], where: str) -> Tables:
    """The tables with a level's changes: merged key by key, then without what it removes and the tasks it leaves out.

    Raises: ExperimentError when it names a task or a key that is not there.
    Example:
        >>> base = {"tasks": {"genre": {}, "year": {}}, "training": {"epochs": 3}, "heads": {"year": {"dropout": 0.1}}}
        >>> changed(base, {"tasks": ["genre"], "training": {"batch_size": 8}}, "mine")
        {'tasks': {'genre': {}}, 'training': {'epochs': 3, 'batch_size': 8}, 'heads': {}}
    """
    only, removed = change.get("tasks"), change.get("remove", ())
    rest = {k: v for k, v in change.items() if k != "remove" and not (k == "tasks" and not isinstance(v, Mapping))}
    made = _merged(tables, rest)
    for key in removed:
        _remove(made, key, f"{where}.remove")
    return made if only is None or isinstance(only, Mapping) else _of_tasks(made, list(only), f"{where}.tasks")


def leaves_out(change: Mapping[str, Any]) -> bool:
    """Whether a level keeps some tasks only. It comes last, so that what other levels say of the others goes, too."""
    return "tasks" in change and not isinstance(change["tasks"], Mapping)


def _merged(base: Mapping[str, Any], change: Mapping[str, Any]) -> Tables:
    if any(k in change and change[k] != base.get(k) for k in _NAMES_PART):
        return deepcopy(dict(change))
    made = deepcopy(dict(base))
    for key, value in change.items():
        both = isinstance(value, Mapping) and isinstance(made.get(key), Mapping)
        made[key] = _merged(made[key], value) if both else deepcopy(value)
    return made


def _remove(tables: Tables, key: str, where: str) -> None:
    inside: Any = tables
    *path, last = key.split(".")
    for name in path:
        inside = inside.get(name, {}) if isinstance(inside, dict) else {}
    if not isinstance(inside, dict) or last not in inside:
        raise ExperimentError(where, f'"{key}" is no key that the experiment sets', nearest(last, inside or ()))
    del inside[last]


def _of_tasks(tables: Tables, names: Sequence[str], where: str) -> Tables:
    """The tables without all that is said of other tasks."""
    known = tables["tasks"]
    for name in names:
        if name not in known:
            found = f'"{name}" is no task, which are {", ".join(known)}'
            raise ExperimentError(where, found, nearest(str(name), known))
    made = {**tables, "tasks": {k: t for k, t in known.items() if k in names}}
    if "inputs" in made:
        made["inputs"] = {k: of_tasks(t, names) for k, t in made["inputs"].items()}
    made["heads"] = {k: h for k, h in tables.get("heads", {}).items() if k in names}
    if "network" in tables:
        made["network"] = _network(tables["network"], names)
    for table, key in (("balancing", "weights"), ("sampling", "ratios")):
        given = tables.get(table, {}).get(key)
        if isinstance(given, Mapping):
            kept = {k: w for k, w in given.items() if k in names or k not in known}
            made[table] = {**tables[table], key: kept} if kept else _plain(tables[table], key)
    if "stages" in tables:
        made["stages"] = _stages(tables["stages"], names)
    return _of_collections(made)


def _plain(table: Mapping[str, Any], key: str) -> Tables:
    """A table whose settings were all of tasks that are left out: the losses' plain sum, or no ratios."""
    return {"method": "sum"} if key == "weights" else {k: v for k, v in table.items() if k != key}


def _stages(stages: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[Tables]:
    """The stages with fewer tasks; those that have none left are gone, with all that is copied from them."""
    kept: list[Tables] = []
    gone: set[str] = set()
    for stage in stages:
        made = dict(stage)
        for key in ("tasks", "learn"):
            if key in stage:
                made[key] = [n for n in _listed(stage[key]) if n in names]
        if "heads" in stage:
            made["heads"] = {k: h for k, h in stage["heads"].items() if k in names}
        if any(key in stage and not made[key] for key in ("tasks", "learn")):
            gone.add(f"{STAGE}{stage.get('name')}")
            continue
        if "copy" in stage:
            made["copy"] = [c for c in _listed(stage["copy"]) if c.get("from") not in gone]
        kept.append(made)
    return kept


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _network(network: Mapping[str, Any], names: Sequence[str]) -> Tables:
    links = {k: [s for s in given if s in names] for k, given in network.get("links", {}).items() if k in names}
    made = {**network, "links": {k: s for k, s in links.items() if s}} if "links" in network else dict(network)
    if isinstance(made.get("sharing"), list):
        made["sharing"] = [_row(row, names) for row in made["sharing"]]
    return made


def _row(row: Any, names: Sequence[str]) -> Any:
    """Groups of tasks that share a block, without the tasks that are left out."""
    if not isinstance(row, list):
        return row
    groups = [[n for n in group if n in names] for group in row]
    return [group for group in groups if group]


def _of_collections(tables: Tables) -> Tables:
    """Without collections that hold the labels of no task any more."""
    if not tables.get("collections"):
        return tables
    homes = [tables["tasks"][n].get("collection", MAIN) for n in tables["tasks"]]
    named = {c for home in homes for c in ((home,) if isinstance(home, str) else home)}
    if MAIN in named and not tables.get("collection"):  # then it is the only one, and need not be named
        return tables
    made = {**tables, "collections": {k: c for k, c in tables["collections"].items() if k in named}}
    return made if MAIN in named else {k: t for k, t in made.items() if k != "collection"}

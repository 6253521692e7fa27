"""Tables of an experiment with changes laid over them, and without the tasks that a configuration leaves out."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import deepcopy
from typing import Any

from unisono.errors import ExperimentError, nearest
from unisono.experiment.collections import MAIN
from unisono.experiment.stages import STAGE
from unisono.inputs.selection import of_tasks
from unisono.study.mentions import check_mentions

Tables = dict[str, Any]
_NAMES_PART = ("kind", "method")  # a table that names another part has none of the former one's settings


def changed(
    tables: Mapping[str, Any], change: Mapping[str, Any], where: str, elsewhere: Collection[str] = ()
) -> Tables:
    """The tables with a level's changes: merged key by key, then without what it removes and the tasks it leaves out.

    What is of the wrong kind in the tables stays as it is, for the experiment to refuse.

    Args:
        elsewhere: tasks of other levels, which may be named here, too.
    Raises: ExperimentError when it names a task or a key that is not there, or names them otherwise than in a list.
    Example:
        >>> base = {"tasks": {"genre": {}, "year": {}}, "training": {"epochs": 3}, "heads": {"year": {"dropout": 0.1}}}
        >>> changed(base, {"tasks": ["genre"], "training": {"batch_size": 8}}, "mine")
        {'tasks': {'genre': {}}, 'training': {'epochs': 3, 'batch_size': 8}, 'heads': {}}
    """
    removed = _names(change.get("remove", ()), f"{where}.remove", "keys")
    only = _names(change["tasks"], f"{where}.tasks", "tasks") if leaves_out(change) else None
    rest = {k: v for k, v in change.items() if k != "remove" and not (k == "tasks" and not isinstance(v, Mapping))}
    made = _merged(tables, rest)
    for key in removed:
        _remove(made, key, f"{where}.remove")
    if only is None:
        return made
    check_mentions(made, list(dict.fromkeys([*_keys(made.get("tasks")), *elsewhere])), where)
    return _of_tasks(made, only, f"{where}.tasks")


def tasks_of_levels(changes: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The tasks that some level adds or changes."""
    return tuple(dict.fromkeys(name for change in changes for name in _keys(change.get("tasks"))))


def leaves_out(change: Mapping[str, Any]) -> bool:
    """Whether a level keeps some tasks only. It comes last, so that what other levels say of the others goes, too."""
    return "tasks" in change and not isinstance(change["tasks"], Mapping)


def _names(given: Any, where: str, what: str) -> list[str]:
    if isinstance(given, list | tuple) and all(isinstance(one, str) for one in given):
        return list(given)
    advice = f'Write {where.rpartition(".")[2]} = ["{given if isinstance(given, str) else "NAME"}"].'
    raise ExperimentError(where, f"is {json.dumps(given, default=str)} but a list of {what} is needed", advice)


def _keys(given: Any) -> list[str]:
    return list(given) if isinstance(given, Mapping) else []


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
    known = tables.get("tasks")
    if not isinstance(known, Mapping):
        return tables
    for name in names:
        if name not in known:
            found = f'"{name}" is no task, which are {", ".join(known)}'
            raise ExperimentError(where, found, nearest(str(name), known))
    made = {**tables, "tasks": _kept(known, names), "heads": _heads(tables.get("heads", {}), names)}
    if isinstance(made.get("inputs"), Mapping):
        made["inputs"] = {k: of_tasks(t, names) if isinstance(t, Mapping) else t for k, t in made["inputs"].items()}
    if isinstance(made.get("network"), Mapping):
        made["network"] = _network(made["network"], names)
    made = _learned(made, names, known)
    if _are_tables(made.get("stages")):
        made["stages"] = [_learned(stage, names, known) for stage in _stages(made["stages"], names)]
    return _of_collections(made)


def _learned(tables: Tables, names: Sequence[str], known: Mapping[str, Any]) -> Tables:
    """What an experiment or a stage says of how tasks count, are drawn and are watched, without the others."""
    made = dict(tables)
    for table, key in (("balancing", "weights"), ("sampling", "ratios")):
        given = tables[table].get(key) if isinstance(tables.get(table), Mapping) else None
        if isinstance(given, Mapping):
            kept = {k: w for k, w in given.items() if k in names or k not in known}
            made[table] = {**tables[table], key: kept} if kept else _plain(tables[table], key)
    training = tables.get("training")
    if isinstance(training, Mapping):
        watched = str(training.get("watch", "")).partition(".")[0]  # without it the loss is watched
        gone = watched in known and watched not in names
        made["training"] = {k: v for k, v in training.items() if not (gone and k == "watch")}
    return made


def _heads(given: Any, names: Sequence[str]) -> Any:
    """Heads of these tasks, which read no features of the others any more; their own where no other is left."""
    heads = _kept(given, names)
    for name, head in heads.items() if isinstance(heads, Mapping) else ():
        if isinstance(head, Mapping) and isinstance(head.get("reads"), list | tuple):
            reads = _only(head["reads"], names)
            heads[name] = {**head, "reads": reads} if reads else {k: v for k, v in head.items() if k != "reads"}
    return heads


def _kept(given: Any, names: Sequence[str]) -> Any:
    """Of a table what is said of these tasks."""
    return {k: v for k, v in given.items() if k in names} if isinstance(given, Mapping) else given


def _only(given: Any, names: Sequence[str]) -> list[Any]:
    """Of a list those that are these tasks, or no names at all."""
    return [one for one in _listed(given) if one in names or not isinstance(one, str)]


def _are_tables(given: Any) -> bool:
    return isinstance(given, list | tuple) and all(isinstance(one, Mapping) for one in given)


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
                made[key] = _only(stage[key], names)
        if "heads" in stage:
            made["heads"] = _heads(stage["heads"], names)
        if any(key in stage and not made[key] for key in ("tasks", "learn")):
            gone.add(f"{STAGE}{stage.get('name')}")
            continue
        if _are_tables(copies := _listed(stage.get("copy", 0))):
            made["copy"] = [c for c in copies if c.get("from") not in gone]
        kept.append(made)
    return kept


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _network(network: Mapping[str, Any], names: Sequence[str]) -> Tables:
    made = dict(network)
    if isinstance(made.get("links"), Mapping):
        links = {k: _only(given, names) for k, given in _kept(made["links"], names).items()}
        made["links"] = {k: s for k, s in links.items() if s}
    if isinstance(made.get("sharing"), list):
        made["sharing"] = [_row(row, names) for row in made["sharing"]]
    return made


def _row(row: Any, names: Sequence[str]) -> Any:
    """Groups of tasks that share a block, without the tasks that are left out."""
    if not isinstance(row, list) or not all(isinstance(group, list) for group in row):
        return row
    groups = [_only(group, names) for group in row]
    return [group for group in groups if group]


def _of_collections(tables: Tables) -> Tables:
    """Without collections that hold the labels of no task any more."""
    if not tables.get("collections") or not isinstance(tables["collections"], Mapping):
        return tables
    homes = [t.get("collection", MAIN) for t in tables["tasks"].values() if isinstance(t, Mapping)]
    named = [c for home in homes for c in _listed(home)]
    if MAIN in named and not tables.get("collection"):  # then it is the only one, and need not be named
        return tables
    made = {**tables, "collections": {k: c for k, c in tables["collections"].items() if k in named}}
    return made if MAIN in named else {k: t for k, t in made.items() if k != "collection"}

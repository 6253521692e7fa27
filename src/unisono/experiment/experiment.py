"""The experiment: frozen settings of every part, from a TOML file, a recipe or a Python dictionary."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ValidationError

from unisono.balancing import Method, balancing_of, check_number, check_together
from unisono.balancing import check as check_balancing
from unisono.collection import CollectionSettings, SplitSettings
from unisono.errors import ExperimentError, nearest
from unisono.experiment.collections import MAIN, homes_of, tables_of
from unisono.experiment.gradients import check_gradients, check_kept
from unisono.experiment.idle import check_levels
from unisono.experiment.stages import StageSettings, check_stages, freezes, learned
from unisono.experiment.toml import load_toml, with_overrides
from unisono.inputs import Input, input_of
from unisono.inputs.selection import check as check_selection
from unisono.inputs.selection import of_tasks
from unisono.nets.settings import HeadSettings, NetworkSettings, frozen_places, has_a_fork, shares_a_block
from unisono.nets.settings import check as check_network
from unisono.parts import Settings
from unisono.tasks import Task, task
from unisono.training.sampling_settings import SamplingSettings, check_sampling, most_together
from unisono.training.settings import TrainingSettings

_S = TypeVar("_S", bound=Settings)
_P = TypeVar("_P")
_UNION_STEP = re.compile(r"(literal|dict|list|tuple|function-\w+)\[")  # what pydantic puts into a key for a union
_TABLES = (
    "base", "balancing", "collection", "collections", "description", "heads", "inputs", "network", "sampling", "split",
    "stages", "tasks", "training",
)  # fmt: skip


@dataclass(frozen=True)
class Experiment:
    """What to learn from which tracks, and how.

    Args:
        collections: where the tracks and labels are, by name; "" is `[collection]`.
        inputs: what is heard and read of a track, by name.
        tasks: what is learned, by name.
        homes: task -> the collections that hold its labels.
        split: of every collection that has none of its own in `splits`.
        stages: what is learned after what; empty: everything at once.
        base: the folder that relative paths start from.
        name: for messages: the file or recipe it came from.

    Example:
        >>> Experiment.of({"collection": {"table": "a.csv"}, "inputs": {"lyrics": {"kind": "words"}},
        ...                "tasks": {"genre": {"kind": "multiclass"}}}).tasks["genre"].kind
        'multiclass'
    """

    collections: Mapping[str, CollectionSettings]
    inputs: Mapping[str, Input]
    tasks: Mapping[str, Task]
    homes: Mapping[str, tuple[str, ...]]
    split: SplitSettings = field(default_factory=SplitSettings)
    splits: Mapping[str, SplitSettings] = field(default_factory=dict)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    heads: Mapping[str, HeadSettings] = field(default_factory=dict)
    balancing: Method = field(default_factory=lambda: balancing_of({}))
    training: TrainingSettings = field(default_factory=TrainingSettings)
    sampling: SamplingSettings = field(default_factory=SamplingSettings)
    stages: tuple[StageSettings, ...] = ()
    description: str = ""
    base: Path = field(default_factory=Path.cwd)
    name: str = "experiment"

    @classmethod
    def load(cls, path_or_recipe: str | Path, overrides: Sequence[str] = ()) -> Self:
        """Read an experiment file, a run folder's, or a built-in recipe, and set single keys.

        Raises: ExperimentError naming file, key and the nearest right one.
        """
        tables, name, base = load_toml(path_or_recipe)
        return cls.of(with_overrides(tables, overrides), base=base, name=name)

    @classmethod
    def of(cls, tables: Mapping[str, Any], base: Path | None = None, name: str = "experiment") -> Self:
        """Build an experiment from nested tables, checking every key."""
        if tables.keys() & {"study", "factors"}:
            raise ExperimentError(name, "is a study but an experiment is needed", "Run it with `unisono study`.")
        for key in tables:
            if key not in _TABLES:
                known = ", ".join(_TABLES)
                raise ExperimentError(
                    f"{name}:{key}", f"is no table of an experiment, which has {known}", nearest(key, _TABLES)
                )
        _check_kinds(tables, name)
        for key in ("inputs", "tasks"):
            if not tables.get(key):
                raise ExperimentError(name, f"has no [{key}] but needs it", "See `unisono recipe show` for examples.")
        made = cls(**_parts(tables, name, Path(tables.get("base", base or Path.cwd()))))
        made._check_parts()
        return made

    @property
    def forked(self) -> bool:
        """Whether a trained tensor may lie on every task's path, where their gradients can be compared."""
        return has_a_fork(self.network, self.heads, self.inputs, list(self.tasks))

    @property
    def shares(self) -> bool:
        """Whether a block of every input may have weights that are those of all tasks."""
        return shares_a_block(self.network, self.inputs, list(self.tasks))

    def frozen(self, stage: StageSettings) -> frozenset[str]:
        """Where a stage leaves no gradients to be read, in its own experiment: "representation", "weights"."""
        tasks = list(self.tasks)
        return frozen_places(self.network, self.heads, self.inputs, tasks, lambda layer: freezes(stage, layer))

    def compares(self) -> list[bool]:
        """Of each stage, or of the one learning there is, whether gradients may be had at `training.diagnostics_at`."""
        every = [(alone := self.at(stage), alone.frozen(stage)) for stage in self.stages] or [(self, frozenset[str]())]
        return [one._has_gradients() and one.training.diagnostics_at not in kept for one, kept in every]

    def _has_gradients(self) -> bool:
        known = {"representation": self.forked, "weights": self.shares}
        return known.get(self.training.diagnostics_at, True)

    @property
    def collection(self) -> CollectionSettings:
        """The collection of an experiment that has one.

        Raises: ExperimentError when it has several.
        """
        if len(self.collections) > 1:
            named = ", ".join(k or "[collection]" for k in self.collections)
            found = f"has the collections {named} but one is needed here"
            raise ExperimentError(self.name, found, "Name a table in place of the experiment.")
        return next(iter(self.collections.values()))

    def split_of(self, collection: str) -> SplitSettings:
        """The rule that one collection is split by."""
        return self.splits.get(collection, self.split)

    def at(self, stage: StageSettings) -> Self:
        """The experiment of one stage alone: its tasks, with what it changes."""
        return self.of(_stage_tables(self, stage), name=f"{self.name}:stages.{stage.name}")

    def _check_parts(self) -> None:
        try:
            check_network(self.network, self.heads, self.inputs, list(self.tasks))
            check_balancing(self.balancing, list(self.tasks))
            check_selection(self.inputs, list(self.tasks))
        except ExperimentError as error:
            raise ExperimentError(f"{self.name}:{error.where}", error.found, error.advice) from error
        check_levels(self.tasks, self.name)
        check_stages(self.stages, self.tasks, self.base, self.name)
        for stage in self.stages:
            alone = self.at(stage)
            homes = {task: self.homes[task] for task in learned(stage, self.tasks)}
            check_kept(alone.balancing, alone.training, len(homes), alone.frozen(stage), alone.name)
            alone._check_learning(homes)
        if not self.stages:
            self._check_learning(self.homes)

    def _check_learning(self, homes: Mapping[str, tuple[str, ...]]) -> None:
        """What balancing needs of tasks, network and steps; `homes` are those of the tasks that are learned."""
        check_number(self.balancing, list(homes), f"{self.name}:balancing.method")
        kinds = {task: self.tasks[task].kind for task in homes}
        there = (self.shares, self.forked)
        check_gradients(self.balancing, self.training, kinds, there, list(self.inputs), self.name)
        check_sampling(self.sampling, homes, f"{self.name}:sampling")
        check_together(self.balancing, most_together(self.sampling, homes), f"{self.name}:balancing.method")

    def tables(self, defaults: bool = True) -> dict[str, Any]:
        """Nested tables that `of` makes this experiment from again.

        Args:
            defaults: also write what is as it is by default.
        """
        written = {
            "base": str(self.base) if defaults else None,
            "description": self.description or None,
            "collection": _dump(self.collections[MAIN], defaults) if MAIN in self.collections else None,
            "collections": {k: self._collection_table(k, defaults) for k in self.collections if k != MAIN},
            "split": _dump(self.split, defaults),
            "inputs": {k: {"kind": i.kind, **_dump(i, defaults)} for k, i in self.inputs.items()},
            "tasks": {k: self._task_table(k, defaults) for k in self.tasks},
            "network": _dump(self.network, defaults),
            "heads": {k: _dump(h, defaults) for k, h in self.heads.items()},
            "balancing": {"method": self.balancing.method, **_dump(self.balancing, defaults)},
            "training": _dump(self.training, defaults),
            "sampling": _dump(self.sampling, defaults),
            "stages": [_dump(stage, defaults) for stage in self.stages],
        }
        return {k: v for k, v in written.items() if v not in (None, {}, [])}

    def identity(self) -> str:
        """Twelve hex digits: the hash of all that differs from the defaults."""
        text = json.dumps(self.tables(defaults=False), sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def with_training(self, **changes: Any) -> Self:
        """A copy whose `[training]` keys are changed."""
        return replace(self, training=self.training.model_copy(update=changes))

    def _collection_table(self, key: str, defaults: bool) -> dict[str, Any]:
        own = {"split": _dump(self.splits[key], defaults)} if key in self.splits else {}
        return {**_dump(self.collections[key], defaults), **own}

    def _task_table(self, key: str, defaults: bool) -> dict[str, Any]:
        task, home = self.tasks[key], [c for c in self.homes[key] if c != MAIN]
        return {"kind": task.kind, **_without_name(_dump(task, defaults)), **({"collection": home} if home else {})}


def _check_kinds(tables: Mapping[str, Any], name: str) -> None:
    """Texts, lists and tables must be what they are called."""
    kinds: dict[str, tuple[tuple[type, ...], str, str]] = {
        "base": ((str, Path), "a text", 'base = "FOLDER"'),
        "description": ((str,), "a text", 'description = "TEXT"'),
        "stages": ((list, tuple), "a list of tables", "[[stages]]"),
    }
    for key, value in tables.items():
        types, needed, written = kinds.get(key, ((Mapping,), "a table", f"[{key}]"))
        if not isinstance(value, types):
            raise ExperimentError(f"{name}:{key}", f"is {_short(value)} but {needed} is needed", f"Write {written}.")


def _parts(tables: Mapping[str, Any], name: str, base: Path) -> dict[str, Any]:
    """Every part of an experiment, from its table."""
    collections, splits = tables_of(tables, name)
    tasks, homes = homes_of(tables["tasks"], collections, name)
    inputs = tables["inputs"]
    return {
        "collections": {
            k: _checked(_key(name, "collection", k), CollectionSettings, t) for k, t in collections.items()
        },
        "splits": {k: _checked(f"{name}:collections.{k}.split", SplitSettings, t) for k, t in splits.items()},
        "split": _checked(f"{name}:split", SplitSettings, tables.get("split", {})),
        "inputs": {k: _made(f"{name}:inputs.{k}", lambda t: input_of(t, base), t) for k, t in inputs.items()},
        "tasks": _tasks(name, tasks),
        "homes": homes,
        "network": _checked(f"{name}:network", NetworkSettings, tables.get("network", {})),
        "heads": _heads(name, tables.get("heads", {}), tasks),
        "balancing": _made(f"{name}:balancing", balancing_of, tables.get("balancing", {})),
        "training": _checked(f"{name}:training", TrainingSettings, tables.get("training", {})),
        "sampling": _checked(f"{name}:sampling", SamplingSettings, tables.get("sampling", {})),
        "stages": tuple(_stage(name, i, t) for i, t in enumerate(tables.get("stages", ()))),
        "description": str(tables.get("description", "")),
        "base": base,
        "name": name,
    }


def _stage(name: str, number: int, table: Any) -> StageSettings:
    named = table.get("name") if isinstance(table, Mapping) else None
    return _checked(f"{name}:stages.{named or number + 1}", StageSettings, table)


def _stage_tables(experiment: Experiment, stage: StageSettings) -> dict[str, Any]:
    """The experiment's tables with those of a stage laid over them; a balancing method replaces the whole table."""
    tables = experiment.tables(defaults=False) | {"base": str(experiment.base)}
    tables.pop("stages", None)
    mine = list(stage.tasks or experiment.tasks)
    tables["tasks"] = {k: t for k, t in tables["tasks"].items() if k in mine}
    if all(experiment.tasks[k].role == "auxiliary" for k in learned(stage, experiment.tasks)):
        tables["tasks"] = {k: {**t, "role": "target"} for k, t in tables["tasks"].items()}  # here they are what counts
    tables["inputs"] = {k: of_tasks(t, mine) for k, t in tables["inputs"].items()}
    named = {c for k in tables["tasks"] for c in experiment.homes[k]}
    tables["collections"] = {k: t for k, t in tables.get("collections", {}).items() if k in named}
    if MAIN not in named:
        tables.pop("collection", None)
    heads = {k: h for k, h in tables.get("heads", {}).items() if k in mine}
    tables["heads"] = {k: {**heads.get(k, {}), **stage.heads.get(k, {})} for k in [*heads, *stage.heads]}
    for key in ("network", "training", "sampling"):
        tables[key] = {**tables.get(key, {}), **getattr(stage, key)}
    tables["balancing"] = {**({} if "method" in stage.balancing else tables["balancing"]), **stage.balancing}
    return tables


def _key(name: str, table: str, key: str) -> str:
    return f"{name}:{table}s.{key}" if key else f"{name}:{table}"


def _tasks(name: str, tables: Mapping[str, Any]) -> dict[str, Task]:
    tasks = {k: _made(f"{name}:tasks.{k}", partial(task, k), t) for k, t in tables.items()}
    if all(t.role == "auxiliary" for t in tasks.values()):
        raise ExperimentError(f"{name}:tasks", "every task is auxiliary but a target is needed", 'Set role = "target".')
    return tasks


def _heads(name: str, tables: Mapping[str, Any], tasks: Mapping[str, Any]) -> dict[str, HeadSettings]:
    for key in tables:
        if key not in tasks:
            raise ExperimentError(
                f"{name}:heads.{key}", f"is no task, which are {', '.join(tasks)}", nearest(key, tasks)
            )
    return {k: _checked(f"{name}:heads.{k}", HeadSettings, t) for k, t in tables.items()}


def _checked(where: str, cls: type[_S], table: Any) -> _S:
    return _made(where, lambda t: cls(**t), table)


def _made(where: str, make: Callable[[Any], _P], table: Any) -> _P:
    if not isinstance(table, Mapping):
        raise ExperimentError(where, f"is {table!r} but a table is needed", f"Write [{where.rpartition(':')[2]}].")
    try:
        return make(dict(table))
    except ValidationError as error:
        raise _told(where, error) from error
    except ExperimentError as error:
        raise ExperimentError(f"{where}: {error.where}", error.found, error.advice) from error


def _told(where: str, error: ValidationError) -> ExperimentError:
    """The first of pydantic's findings as one line with the full key and the nearest right name."""
    first = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"] if not _UNION_STEP.match(str(part)))
    place = f"{where}.{key}" if key else where
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    if first["type"] == "extra_forbidden":
        known = _known_keys(error.title, first)
        advice = nearest(str(first["loc"][-1]), known) or (f"Known: {', '.join(known)}." if known else "")
        return ExperimentError(place, f"is no key of {error.title}{more}", advice)
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "value_error" and not first["loc"]:
        return ExperimentError(place, message + more)
    found = f"{_short(first.get('input'))}: {message[:1].lower()}{message[1:]}{more}"
    return ExperimentError(place, found, _nearest_literal(first))


def _nearest_literal(finding: Mapping[str, Any]) -> str:
    """The allowed value most like one that is not allowed, as a sentence."""
    allowed = re.findall(r"'([^']*)'", str(finding.get("ctx", {}).get("expected", "")))
    return nearest(str(finding.get("input")), allowed)


def _known_keys(title: str, finding: Mapping[str, Any]) -> tuple[str, ...]:
    classes: list[type[BaseModel]] = [Settings]
    for cls in classes:
        classes.extend(cls.__subclasses__())
    found = [cls for cls in classes if cls.__name__ == title]
    if len(finding["loc"]) != 1 or not found:
        return ()
    return tuple(f.alias or n for n, f in found[-1].model_fields.items() if n != "name")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _dump(settings: Any, defaults: bool) -> dict[str, Any]:
    dumped: dict[str, Any] = settings.model_dump(mode="json", exclude_defaults=not defaults, exclude_none=True)
    return dumped


def _without_name(table: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in table.items() if k != "name"}

"""The experiment: frozen settings of every part, from a TOML file, a recipe or a Python dictionary."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ValidationError

from unisono.balancing import Method, balancing_of
from unisono.balancing import check as check_balancing
from unisono.collection import CollectionSettings, SplitSettings
from unisono.errors import ExperimentError, nearest
from unisono.experiment.toml import load_toml, with_overrides
from unisono.inputs import Input, input_of
from unisono.nets.settings import HeadSettings, NetworkSettings
from unisono.nets.settings import check as check_network
from unisono.parts import Settings
from unisono.tasks import Task, task
from unisono.training.settings import TrainingSettings

_S = TypeVar("_S", bound=Settings)
_P = TypeVar("_P")
_TABLES = ("base", "balancing", "collection", "description", "heads", "inputs", "network", "split", "tasks", "training")


@dataclass(frozen=True)
class Experiment:
    """What to learn from which tracks, and how.

    Args:
        collection: where the tracks and labels are.
        inputs: what is heard and read of a track, by name.
        tasks: what is learned, by name.
        base: the folder that relative paths start from.
        name: for messages: the file or recipe it came from.

    Example:
        >>> Experiment.of({"collection": {"table": "a.csv"}, "inputs": {"lyrics": {"kind": "words"}},
        ...                "tasks": {"genre": {"kind": "multiclass"}}}).tasks["genre"].kind
        'multiclass'
    """

    collection: CollectionSettings
    inputs: Mapping[str, Input]
    tasks: Mapping[str, Task]
    split: SplitSettings = field(default_factory=SplitSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    heads: Mapping[str, HeadSettings] = field(default_factory=dict)
    balancing: Method = field(default_factory=lambda: balancing_of({}))
    training: TrainingSettings = field(default_factory=TrainingSettings)
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
        for key in tables:
            if key not in _TABLES:
                known = ", ".join(_TABLES)
                raise ExperimentError(
                    f"{name}:{key}", f"is no table of an experiment, which has {known}", nearest(key, _TABLES)
                )
        for key in ("collection", "inputs", "tasks"):
            if not tables.get(key):
                raise ExperimentError(name, f"has no [{key}] but needs it", "See `unisono recipe show` for examples.")
        folder = Path(tables.get("base", base or Path.cwd()))
        made = cls(
            collection=_checked(f"{name}:collection", CollectionSettings, tables["collection"]),
            split=_checked(f"{name}:split", SplitSettings, tables.get("split", {})),
            inputs={
                k: _made(f"{name}:inputs.{k}", lambda t: input_of(t, folder), t) for k, t in tables["inputs"].items()
            },
            tasks=_tasks(name, tables["tasks"]),
            network=_checked(f"{name}:network", NetworkSettings, tables.get("network", {})),
            heads=_heads(name, tables.get("heads", {}), tables["tasks"]),
            balancing=_made(f"{name}:balancing", balancing_of, tables.get("balancing", {})),
            training=_checked(f"{name}:training", TrainingSettings, tables.get("training", {})),
            description=str(tables.get("description", "")),
            base=folder,
            name=name,
        )
        made._check_parts()
        return made

    def _check_parts(self) -> None:
        try:
            check_network(self.network, self.heads, self.inputs, list(self.tasks))
            check_balancing(self.balancing, list(self.tasks))
        except ExperimentError as error:
            raise ExperimentError(f"{self.name}:{error.where}", error.found, error.advice) from error

    def tables(self, defaults: bool = True) -> dict[str, Any]:
        """Nested tables that `of` makes this experiment from again.

        Args:
            defaults: also write what is as it is by default.
        """
        written = {
            "base": str(self.base) if defaults else None,
            "description": self.description or None,
            "collection": _dump(self.collection, defaults),
            "split": _dump(self.split, defaults),
            "inputs": {k: {"kind": i.kind, **_dump(i, defaults)} for k, i in self.inputs.items()},
            "tasks": {k: {"kind": t.kind, **_without_name(_dump(t, defaults))} for k, t in self.tasks.items()},
            "network": _dump(self.network, defaults),
            "heads": {k: _dump(h, defaults) for k, h in self.heads.items()},
            "balancing": {"method": self.balancing.method, **_dump(self.balancing, defaults)},
            "training": _dump(self.training, defaults),
        }
        return {k: v for k, v in written.items() if v not in (None, {})}

    def identity(self) -> str:
        """Twelve hex digits: the hash of all that differs from the defaults."""
        text = json.dumps(self.tables(defaults=False), sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def with_training(self, **changes: Any) -> Self:
        """A copy whose `[training]` keys are changed."""
        return replace(self, training=self.training.model_copy(update=changes))


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
    key = ".".join(str(part) for part in first["loc"])
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    if first["type"] == "extra_forbidden":
        known = _known_keys(error.title, first)
        advice = nearest(str(first["loc"][-1]), known) or (f"Known: {', '.join(known)}." if known else "")
        return ExperimentError(f"{where}.{key}", f"is no key of {error.title}{more}", advice)
    found = f"{_short(first.get('input'))}: {first['msg'][:1].lower()}{first['msg'][1:]}{more}"
    return ExperimentError(f"{where}.{key}" if key else where, found)


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

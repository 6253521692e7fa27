"""A study file becomes configurations: the crossed levels of its factors, each a checked experiment."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any, Self, TypeVar

from pydantic import ValidationError

from unisono.errors import ExperimentError, nearest
from unisono.experiment import Experiment, load_toml, with_overrides
from unisono.parts import Settings
from unisono.study.changes import Tables, changed, leaves_out, tasks_of_levels
from unisono.study.checking import check, check_marks
from unisono.study.joining import wholes
from unisono.study.settings import FactorSettings, StudySettings
from unisono.tasks import Task

_S = TypeVar("_S", bound=Settings)
_UNION_STEP = re.compile(r"str|constrained-\w+|(dict|list|tuple)\[.*")  # what pydantic puts into a key for a union
_TABLES = ("study", "factors", "experiment", "description")
_OURS = ("study", "factors", "description")


@dataclass(frozen=True)
class Configuration:
    """One way to learn.

    Args:
        levels: factor -> level.
        tables: of its experiment.
    """

    name: str
    levels: Mapping[str, str]
    tables: Tables
    experiment: Experiment


@dataclass(frozen=True)
class Study:
    """What to compare.

    Args:
        configurations: by name, in the order of the file.
        name: for messages: the file or recipe it came from.
    """

    settings: StudySettings
    configurations: Mapping[str, Configuration]
    description: str
    name: str

    @classmethod
    def load(cls, path_or_recipe: str | Path, overrides: Sequence[str] = ()) -> Self:
        """Read a study file or a recipe. An experiment is a study of one configuration.

        Args:
            overrides: "key=value" each; those of study.* and factors.* are the study's, all others the experiment's.
        Raises: ExperimentError naming file, key and the nearest right one.
        """
        tables, name, base = load_toml(path_or_recipe)
        ours = [o for o in overrides if o.partition("=")[0].partition(".")[0].strip() in _OURS]
        theirs = [o for o in overrides if o not in ours]
        if "study" not in tables and "factors" not in tables:
            tables = {"experiment": tables, "description": tables.get("description", "")}
        return cls.of(with_overrides(tables, ours), base, name, theirs)

    @classmethod
    def of(
        cls, tables: Mapping[str, Any], base: Path | None = None, name: str = "study", overrides: Sequence[str] = ()
    ) -> Self:
        """Build a study from nested tables, checking every key and every configuration."""
        base = base or Path.cwd()
        for key in tables:
            if key not in _TABLES:
                found = f"is no table of a study, which has {', '.join(_TABLES)}"
                raise ExperimentError(f"{name}:{key}", found, nearest(key, _TABLES))
        for key in ("study", "factors"):
            if not isinstance(tables.get(key, {}), Mapping):
                found = f"is {json.dumps(tables[key], default=str)} but a table is needed"
                raise ExperimentError(f"{name}:{key}", found, f"Write [{key}].")
        settings = _checked(f"{name}:study", StudySettings, tables.get("study", {}))
        experiment, base = _experiment(tables, settings, base, name)
        experiment = with_overrides(experiment, overrides)
        factors = {k: _factor(f"{name}:factors.{k}", t) for k, t in tables.get("factors", {}).items()}
        made = cls(settings, _configurations(experiment, factors, settings, base, name), _text(tables), name)
        check(made)
        check_marks(made, [level for factor in factors.values() for level in factor.changes()])
        return made

    def tasks_of(self, configuration: str) -> Mapping[str, Task]:
        """What a configuration learns; of one that is chosen among others, what the first of them does."""
        name = self.settings.chosen.get(configuration, (configuration,))[0]
        learned = [self.configurations[member].experiment.tasks for member in self.wholes.get(name, (name,))]
        ranked = sorted((pair for one in learned for pair in one.items()), key=lambda pair: pair[1].role == "target")
        last = dict(ranked)  # what is a source for one member and a target for another is a target
        return {n: last[n] for one in learned for n in one}

    @property
    def experiments(self) -> Mapping[str, Experiment]:
        """What is run of each configuration."""
        return {n: c.experiment for n, c in self.configurations.items()}

    @property
    def named(self) -> list[str]:
        """Every configuration, also those that stand for others."""
        return [*self.configurations, *self.settings.chosen, *self.wholes]

    @cached_property
    def wholes(self) -> Mapping[str, tuple[str, ...]]:
        """Configurations that count as one, by its name: see `study.together`."""
        levels = {n: c.levels for n, c in self.configurations.items()}
        return wholes(self.settings.together, levels, f"{self.name}:study.together")

    def baseline(self, task: str) -> str:
        """The configuration that a task's scores are compared with: the one that is named if it learns the task.

        One that counts with others as one is told as that one.
        """
        given = self.settings.baseline
        named = given.get(task) if isinstance(given, dict) else given
        if named is not None and task in self.tasks_of(whole := self._told_as(named)):
            return whole
        return self._told_as(next(n for n in self.configurations if task in self.tasks_of(n)))

    def _told_as(self, configuration: str) -> str:
        """What a configuration is part of where several count as one, else itself."""
        return next((whole for whole, members in self.wholes.items() if configuration in members), configuration)


def _text(tables: Mapping[str, Any]) -> str:
    return str(tables.get("description", ""))


def _experiment(tables: Mapping[str, Any], settings: StudySettings, base: Path, name: str) -> tuple[Tables, Path]:
    """The tables that every configuration starts from, and the folder that their paths start from."""
    inside = tables.get("experiment")
    if (inside is None) == (settings.experiment is None):
        found = "names no experiment" if inside is None else "has [experiment] and names another one"
        raise ExperimentError(f"{name}:study", found, 'Write study.experiment = "FILE or RECIPE", or [experiment].')
    if inside is not None:
        if not isinstance(inside, Mapping):
            advice = 'Write experiment = "..." below [study].'
            raise ExperimentError(f"{name}:experiment", "is no table but one is needed", advice)
        return dict(inside), base
    beside = base / str(settings.experiment)
    found_tables, _, found_base = load_toml(beside if beside.exists() else str(settings.experiment))
    return found_tables, found_base


def _configurations(
    tables: Tables, factors: Mapping[str, FactorSettings], settings: StudySettings, base: Path, name: str
) -> dict[str, Configuration]:
    """Every combination of levels that is not left out."""
    known = {factor: list(one.changes()) for factor, one in factors.items()}
    excluded = [{factor: _several(level) for factor, level in row.items()} for row in settings.exclude]
    for factor, level in [(factor, level) for row in excluded for factor, several in row.items() for level in several]:
        if level not in known.get(factor, ()):
            wrong = f'"{factor} = {level}" is no level of a factor'
            raise ExperimentError(f"{name}:study.exclude", wrong, nearest(level, known.get(factor, known)))
    elsewhere = tasks_of_levels([change for one in factors.values() for change in one.changes().values()])
    found: dict[str, Configuration] = {}
    for combination in product(*known.values()):
        levels = dict(zip(known, combination, strict=True))
        if any(all(levels[factor] in several for factor, several in row.items()) for row in excluded):
            continue
        made = tables
        changes = [(factors[f].changes()[level], f"{name}:factors.{f}.{level}") for f, level in levels.items()]
        for change, where in sorted(changes, key=lambda one: leaves_out(one[0])):
            made = changed(made, change, where, elsewhere)
        title = " / ".join(combination) or "experiment"
        found[title] = Configuration(title, levels, made, Experiment.of(made, base=base, name=f"{name}: {title}"))
    if not found:
        raise ExperimentError(f"{name}:study.exclude", "leaves no configuration")
    return found


def _several(level: str | tuple[str, ...]) -> tuple[str, ...]:
    return (level,) if isinstance(level, str) else level


def _factor(where: str, table: Any) -> FactorSettings:
    if not isinstance(table, Mapping):
        raise ExperimentError(where, "is no table of levels but one is needed", "See docs/study.md.")
    if set(table) == {"key", "values"}:
        return _checked(where, FactorSettings, table)
    for level, change in table.items():
        if not isinstance(change, Mapping):
            advice = 'Write a level as NAME = { training.epochs = 5 }, or a factor as key = "..." and values = [...].'
            raise ExperimentError(f"{where}.{level}", "is no table of changes but one is needed", advice)
    return _checked(where, FactorSettings, {"levels": dict(table)})


def _checked(where: str, settings: type[_S], table: Any) -> _S:
    try:
        return settings(**table)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(p) for p in first["loc"] if not _UNION_STEP.fullmatch(str(p)))
        if first["type"] == "extra_forbidden":
            advice = nearest(str(first["loc"][-1]), settings.model_fields)
            raise ExperimentError(f"{where}.{key}", "is no key of a study", advice) from error
        found = first["msg"].removeprefix("Value error, ")
        if key:
            found = f"{first.get('input')!r}: {found[:1].lower()}{found[1:]}"
        raise ExperimentError(f"{where}.{key}" if key else where, found) from error

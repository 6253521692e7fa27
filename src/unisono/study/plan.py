"""A study file becomes configurations: the crossed levels of its factors, each a checked experiment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any, Self, TypeVar

from pydantic import ValidationError

from unisono.errors import ExperimentError, nearest
from unisono.experiment import Experiment, load_toml, with_overrides
from unisono.metrics import all_metrics
from unisono.parts import Settings
from unisono.study.changes import Tables, changed, leaves_out
from unisono.study.joining import wholes
from unisono.study.settings import FactorSettings, StudySettings
from unisono.tasks import Task

_S = TypeVar("_S", bound=Settings)
_TABLES = ("study", "factors", "experiment", "description")
_OURS = ("study.", "factors.", "description=")


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
        ours = [o for o in overrides if o.startswith(_OURS)]
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
        settings = _checked(f"{name}:study", StudySettings, tables.get("study", {}))
        experiment, base = _experiment(tables, settings, base, name)
        experiment = with_overrides(experiment, overrides)
        factors = {k: _factor(f"{name}:factors.{k}", t) for k, t in tables.get("factors", {}).items()}
        made = cls(settings, _configurations(experiment, factors, settings, base, name), _text(tables), name)
        made._check()
        return made

    def tasks_of(self, configuration: str) -> Mapping[str, Task]:
        """What a configuration learns; of one that is chosen among others, what the first of them does."""
        name = self.settings.chosen.get(configuration, (configuration,))[0]
        learned = [self.configurations[member].experiment.tasks for member in self.wholes.get(name, (name,))]
        ranked = sorted((pair for one in learned for pair in one.items()), key=lambda pair: pair[1].role == "target")
        last = dict(ranked)  # what is a source for one member and a target for another is a target
        return {n: last[n] for one in learned for n in one}

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
        """The configuration that a task's scores are compared with: the one that is named if it learns the task."""
        given = self.settings.baseline
        named = given.get(task) if isinstance(given, dict) else given
        if named is not None and task in self.tasks_of(named):
            return named
        first = next(n for n in self.configurations if task in self.tasks_of(n))
        return next((whole for whole, members in self.wholes.items() if first in members), first)

    def _check(self) -> None:
        known = self.named
        given = self.settings.baseline
        named = given.values() if isinstance(given, dict) else [given] if given else []
        asked = {"baseline": list(named), **{f"chosen.{k}": v for k, v in self.settings.chosen.items()}}
        for key, names in asked.items():
            for one in names:
                if one not in (known if key == "baseline" else self.configurations):
                    found = f'"{one}" is no configuration, which are {", ".join(self.configurations)}'
                    raise ExperimentError(f"{self.name}:study.{key}", found, nearest(one, known))
        twice = [k for k in self.settings.chosen if k in self.configurations]
        if twice:
            raise ExperimentError(f"{self.name}:study.chosen.{twice[0]}", "is the name of a configuration too")
        tasks = {t for c in self.configurations.values() for t in c.experiment.tasks}
        baselines = given if isinstance(given, dict) else ()
        for key, asked_of in (
            ("metrics", self.settings.metrics),
            ("also", self.settings.also),
            ("baseline", baselines),
        ):
            for task in asked_of:
                if task not in tasks:
                    raise ExperimentError(f"{self.name}:study.{key}.{task}", "is no task", nearest(task, tasks))
        self._check_metrics()

    def _check_metrics(self) -> None:
        """Refuse a score that no task of its kind has, before anything is heard."""
        asked = [("metrics", task, metric) for task, metric in self.settings.metrics.items()]
        asked += [("also", task, metric) for task, more in self.settings.also.items() for metric in more]
        learned = [one.experiment.tasks for one in self.configurations.values()]
        for key, task, metric in asked:
            for kind in dict.fromkeys(tasks[task].kind for tasks in learned if task in tasks):
                known, name = all_metrics(kind), metric.removeprefix("excerpts.")
                if name not in known:
                    what = f'"{metric}" is no score of {kind}, which are {", ".join(known)}'
                    raise ExperimentError(f"{self.name}:study.{key}.{task}", what, nearest(name, known))


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
    found: dict[str, Configuration] = {}
    for combination in product(*known.values()):
        levels = dict(zip(known, combination, strict=True))
        if any(all(levels[factor] in several for factor, several in row.items()) for row in excluded):
            continue
        made = tables
        changes = [(factors[f].changes()[level], f"{name}:factors.{f}.{level}") for f, level in levels.items()]
        for change, where in sorted(changes, key=lambda one: leaves_out(one[0])):
            made = changed(made, change, where)
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
        key = ".".join(str(p) for p in first["loc"])
        if first["type"] == "extra_forbidden":
            advice = nearest(str(first["loc"][-1]), settings.model_fields)
            raise ExperimentError(f"{where}.{key}", "is no key of a study", advice) from error
        found = f"{first.get('input')!r}: {first['msg'][:1].lower()}{first['msg'][1:]}"
        raise ExperimentError(f"{where}.{key}" if key else where, found) from error

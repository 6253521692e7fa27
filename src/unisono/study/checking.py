"""What a study asks for that it could not give: refused when it is read, before anything is heard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from unisono.errors import ExperimentError, nearest
from unisono.experiment import Experiment
from unisono.metrics import all_metrics
from unisono.study.settings import StudySettings
from unisono.tasks import Task


class Planned(Protocol):
    """A study whose configurations are made."""

    @property
    def settings(self) -> StudySettings: ...
    @property
    def name(self) -> str: ...
    @property
    def experiments(self) -> Mapping[str, Experiment]: ...
    @property
    def named(self) -> list[str]: ...
    @property
    def wholes(self) -> Mapping[str, tuple[str, ...]]: ...
    def tasks_of(self, configuration: str) -> Mapping[str, Task]: ...


def check(study: Planned) -> None:
    """Names that nothing bears, and what would do nothing or end in nothing that can be compared.

    Raises: ExperimentError naming the key and the nearest right name.
    """
    _check_configurations(study)
    _check_wholes(study)
    _check_tasks(study)
    _check_metrics(study)
    _check_baselines(study)
    _check_tasks_enough(study)


def _check_configurations(study: Planned) -> None:
    given, chosen = study.settings.baseline, study.settings.chosen
    named = list(given.values()) if isinstance(given, dict) else [given] if given else []
    asked = [("baseline", named, study.named)]
    asked += [(f"chosen.{k}", list(v), list(study.experiments)) for k, v in chosen.items()]
    for key, names, known in asked:
        for one in names:
            if one not in known:
                found = f'"{one}" is no configuration, which are {", ".join(study.experiments)}'
                raise ExperimentError(f"{study.name}:study.{key}", found, nearest(one, known))
    for key, members in chosen.items():
        if key in study.experiments or key in study.wholes:
            raise ExperimentError(f"{study.name}:study.chosen.{key}", "is the name of a configuration too")
        if not members:
            found = "names no configuration but needs those of which one is chosen"
            raise ExperimentError(f"{study.name}:study.chosen.{key}", found, "Name them, or take it out.")


def _check_wholes(study: Planned) -> None:
    """What counts as one has each task's scores from one member."""
    for members in study.wholes.values():
        scored = [task for member in members for task in _scored(study.experiments[member])]
        twice = next((task for at, task in enumerate(scored) if task in scored[:at]), None)
        if twice is not None:
            which = " and ".join(f'"{m}"' for m in members if twice in _scored(study.experiments[m]))
            found = f"counts {which} as one, but each of them learns {twice}"
            raise ExperimentError(f"{study.name}:study.together", found, "Name levels with different tasks.")


def _scored(experiment: Experiment) -> Sequence[str]:
    """The tasks of the network that is kept."""
    last = experiment.stages[-1].tasks if experiment.stages else ()
    return last or list(experiment.tasks)


def _check_tasks(study: Planned) -> None:
    tasks = {t for one in study.experiments.values() for t in one.tasks}
    given = study.settings.baseline
    baselines = given if isinstance(given, dict) else ()
    for key, asked in (("metrics", study.settings.metrics), ("also", study.settings.also), ("baseline", baselines)):
        for task in asked:
            if task not in tasks:
                raise ExperimentError(f"{study.name}:study.{key}.{task}", "is no task", nearest(task, tasks))


def _check_metrics(study: Planned) -> None:
    """Refuse a score that no task of its kind has."""
    asked = [("metrics", task, metric) for task, metric in study.settings.metrics.items()]
    asked += [("also", task, metric) for task, more in study.settings.also.items() for metric in more]
    for key, task, metric in asked:
        for kind in dict.fromkeys(one.tasks[task].kind for one in study.experiments.values() if task in one.tasks):
            known, name = all_metrics(kind), metric.removeprefix("excerpts.")
            if name not in known:
                what = f'"{metric}" is no score of {kind}, which are {", ".join(known)}'
                raise ExperimentError(f"{study.name}:study.{key}.{task}", what, nearest(name, known))


def _check_baselines(study: Planned) -> None:
    """One that is named for a task has it as a target, or the task would be compared with nothing."""
    given = study.settings.baseline
    for task, name in given.items() if isinstance(given, dict) else ():
        if not _learns(study, name, task):
            able = [n for n in study.experiments if _learns(study, n, task)]
            found = f'"{name}" does not learn {task} as a target, which {", ".join(able) or "no configuration"} does'
            advice = "Name one that does." if able else "Take it out."
            raise ExperimentError(f"{study.name}:study.baseline.{task}", found, advice)


def _learns(study: Planned, name: str, task: str) -> bool:
    learned = study.tasks_of(name).get(task)
    return learned is not None and learned.role == "target"


def check_marks(study: Planned, levels: Sequence[str]) -> None:
    """Refuse to mark what nothing bears.

    Args:
        levels: of all factors, also those that no configuration has.
    """
    for one in study.settings.mark:
        if one not in (*levels, *study.named):
            found = f'"{one}" is no level of a factor, which are {", ".join(levels) or "none"}'
            raise ExperimentError(f"{study.name}:study.mark", found, nearest(one, (*levels, *study.named)))


def _check_tasks_enough(study: Planned) -> None:
    """Groups of tasks and sizes of auxiliary tasks need such tasks."""
    learned = [task for one in study.experiments.values() for task in one.tasks.items()]
    tasks = {name for name, _ in learned}
    if study.settings.groups > len(tasks):
        found = f"asks for {study.settings.groups} groups but there are {len(tasks)} tasks to group"
        raise ExperimentError(f"{study.name}:study.groups", found.replace("are 1 tasks", "is 1 task"), "Ask for fewer.")
    if study.settings.auxiliary_sizes and all(task.role == "target" for _, task in learned):
        found = "varies the labels of auxiliary tasks but there is no auxiliary task"
        advice = 'Set role = "auxiliary" in a task, or use study.sizes.'
        raise ExperimentError(f"{study.name}:study.auxiliary_sizes", found, advice)

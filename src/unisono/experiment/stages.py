"""`[[stages]]`: what is learned after what, and what a stage takes over, keeps still and learns slowly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from unisono.errors import ExperimentError, nearest
from unisono.experiment.patterns import covers
from unisono.parts import Settings

STAGE = "stage:"  # what a source begins with that is an earlier stage; any other one is a model folder


def _listed(value: object) -> object:
    """One thing stands for a list of one."""
    return (value,) if isinstance(value, str | Mapping) else value


Patterns = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class CopySettings(Settings):
    """Layers that a stage takes over: `copy = { from = "stage:sources", layers = "branches" }`.

    Args:
        source: `from`: "stage:NAME" of an earlier stage, or a model folder, relative to the experiment.
        layers: patterns of names of the source's layers.
        to: for each pattern where it goes, if the names differ; a source may go to several places.
    """

    source: str = Field(alias="from")
    layers: Patterns = Field(min_length=1)
    to: Patterns = ()

    @model_validator(mode="after")
    def _pairs(self) -> Self:
        if self.to and len(self.to) != len(self.layers):
            raise ValueError(
                f"{len(self.layers)} layers and {len(self.to)} places in `to` do not pair: one each is needed"
            )
        return self


class StageSettings(Settings):
    """One stage of an experiment. Its network is new but for what it copies; the last stage's is the model.

    Args:
        name: of its folder and of copies from it.
        tasks: the tasks of its network; empty: all.
        learn: those that it learns; empty: all of its network's. Its rows are those that are labelled for them.
        copies: `copy`: what it takes over.
        freeze: patterns of layers that are not learned; where a part is frozen whole, it stays in evaluation mode.
        unfreeze: patterns of layers that are learned although `freeze` names them.
        rates: pattern -> what the learning rate is multiplied by; the last pattern that fits counts.
        network: keys of `[network]` that are different in this stage; likewise the following.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9_-]+$")
    tasks: Patterns = ()
    learn: Patterns = ()
    copies: Annotated[tuple[CopySettings, ...], BeforeValidator(_listed)] = Field(default=(), alias="copy")
    freeze: Patterns = ()
    unfreeze: Patterns = ()
    rates: dict[str, Annotated[float, Field(gt=0)]] = {}
    network: dict[str, Any] = {}
    heads: dict[str, dict[str, Any]] = {}
    balancing: dict[str, Any] = {}
    training: dict[str, Any] = {}
    sampling: dict[str, Any] = {}


def check_stages(stages: Sequence[StageSettings], tasks: Mapping[str, Any], base: Path, name: str) -> None:
    """Names that stages give and take.

    Args:
        tasks: of the experiment, with their roles.
        base: the folder that relative paths start from.
        name: of the experiment, for messages.
    Raises: ExperimentError for names that stand twice, unknown tasks and stages, and tasks that no stage learns.
    """
    before: list[str] = []
    for stage in stages:
        where = f"{name}:stages.{stage.name}"
        if stage.name in before:
            raise ExperimentError(where, "stands twice but each stage needs a name of its own")
        _known(stage.tasks, list(tasks), f"{where}.tasks")
        _known(stage.learn, list(stage.tasks or tasks), f"{where}.learn")
        for copy in stage.copies:
            earlier = copy.source.removeprefix(STAGE)
            if copy.source.startswith(STAGE) and earlier not in before:
                found = f'"{earlier}" is no earlier stage, which are {", ".join(before) or "none"}'
                raise ExperimentError(f"{where}.copy.from", found, nearest(earlier, before))
            if copy.source in before and not (base / copy.source).exists():
                found = f'there is no folder "{copy.source}", but an earlier stage of that name'
                raise ExperimentError(f"{where}.copy.from", found, f'Did you mean "{STAGE}{copy.source}"?')
        before.append(stage.name)
    idle = [task for task in tasks if stages and not any(task in learned(stage, tasks) for stage in stages)]
    if idle:
        raise ExperimentError(f"{name}:tasks.{idle[0]}", "is learned in no stage", "Add it to a stage's tasks.")
    if stages and all(tasks[t].role == "auxiliary" for t in learned(stages[-1], tasks)):
        found = "learns auxiliary tasks only but the last stage makes the model"
        raise ExperimentError(f"{name}:stages.{stages[-1].name}", found, "Let it learn a target.")


def learned(stage: StageSettings, tasks: Mapping[str, Any]) -> tuple[str, ...]:
    """The tasks that a stage learns, in the experiment's order."""
    asked = stage.learn or stage.tasks or tuple(tasks)
    return tuple(task for task in tasks if task in asked)


def freezes(stage: StageSettings, layer: str) -> bool:
    """Whether a stage keeps everything inside a layer as it is, as far as its patterns tell without the network."""
    spared = any(not pattern.startswith("heads.") for pattern in stage.unfreeze)
    return not spared and any(covers(pattern, layer) for pattern in stage.freeze)


def _known(names: Sequence[str], known: Sequence[str], where: str) -> None:
    for one in names:
        if one not in known:
            raise ExperimentError(where, f'"{one}" is no task here, which are {", ".join(known)}', nearest(one, known))

"""What a stage takes over from an earlier stage or from a model folder: weights by name, checked shape by shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import load
from torch import Tensor, nn

from unisono.errors import ExperimentError, ModelError, nearest
from unisono.experiment import Experiment
from unisono.experiment.patterns import matching, pairs
from unisono.experiment.stages import STAGE, CopySettings
from unisono.files import sha256_of
from unisono.inputs import Input, input_of
from unisono.model import verify
from unisono.tasks import Task, task

# where numbers and models stand, how many copies teach
_FILES = {"tables", "ids", "key_column", "weights", "pitch", "model", "download"}
_BRANCH, _HEAD = "branches.for_", "heads.heads.for_"


class Copied(NamedTuple):
    """One tensor that was taken over: its name there and here, and where it is from."""

    source: str
    target: str
    origin: str


@dataclass(frozen=True)
class Source:
    """A trained network that others copy from.

    Args:
        name: for messages: "stage:NAME" or the model folder.
        state: its weights and statistics by name.
        tasks: what its heads answer, fitted.
        inputs: what its branches hear and read, fitted.
        digest: of a model folder's weights.
    """

    name: str
    state: Mapping[str, Tensor]
    tasks: Mapping[str, Task]
    inputs: Mapping[str, Input]
    digest: str = field(default="")

    def branches(self, copy: CopySettings, where: str) -> list[str]:
        """Inputs whose layers a copy takes from here."""
        names = [name for pattern in copy.layers for name in matching(pattern, self.state, f"{where}.layers")]
        return list(dict.fromkeys(name.removeprefix(_BRANCH).split(".")[0] for name in names if _BRANCH in name))


def open_source(path: Path, name: str) -> Source:
    """A model folder as a source.

    Raises: ModelError when the folder is damaged or has no weights.
    """
    facts = verify(path)
    weights = Path(facts["folder"]) / "weights.safetensors"
    if not weights.is_file():
        raise ModelError(str(path), "has no weights.safetensors to copy from", "Copy the whole model folder.")
    tasks = {n: task(n, {k: v for k, v in t.items() if k != "name"}) for n, t in facts["tasks"].items()}
    inputs = {n: input_of(i) for n, i in facts["inputs"].items()}
    return Source(name, load(weights.read_bytes()), tasks, inputs, sha256_of(weights))


def copy_layers(network: nn.Module, copy: CopySettings, source: Source, mine: Source) -> list[Copied]:
    """Put a source's tensors into a network.

    Args:
        mine: name, tasks and inputs of the network itself; its state is looked up anew.
    Raises: ExperimentError when a pattern fits nothing, a layer has no place here or another shape, or stands for other
        labels or another reading of the tracks.
    """
    state = network.state_dict()
    where = f"{mine.name}.copy"
    named: list[tuple[str, str]] = []
    for number, pattern in enumerate(copy.layers):
        if copy.to:
            named += pairs(pattern, copy.to[number], source.state, state, where)
        else:
            named += [(name, name) for name in matching(pattern, source.state, f"{where}.layers")]
    for name, target in named:
        _check_place(name, target, source, state, where)
        _check_meaning(name, target, source, mine, where)
    with torch.no_grad():
        for name, target in named:
            state[target].copy_(source.state[name])
    return [Copied(name, target, source.name) for name, target in named]


def same_inputs(one: Input, other: Input) -> bool:
    """Whether two fitted inputs make the same arrays of a track; where their files lie does not matter."""
    mine, his = ({k: v for k, v in _dump(i).items() if k not in _FILES} for i in (one, other))
    return one.kind == other.kind and mine == his


def taken_inputs(experiment: Experiment) -> tuple[dict[str, Source], dict[str, Input]]:
    """The model folders that stages copy from, and the inputs that are used as these have fitted them.

    What a layer has learned of an input means nothing for one that is fitted otherwise: another vocabulary, another
    scale.

    Raises: ModelError for a damaged folder; ExperimentError when a pattern fits nothing or a model reads tracks in
        another way than the experiment says.
    """
    sources: dict[str, Source] = {}
    taken: dict[str, Input] = {}
    for stage in experiment.stages:
        where = f"{experiment.name}:stages.{stage.name}.copy"
        for copy in stage.copies:
            if is_stage(copy):
                continue
            if copy.source not in sources:
                sources[copy.source] = _opened(experiment.base / Path(copy.source).expanduser(), copy.source, where)
            source = sources[copy.source]
            for name in source.branches(copy, where):
                if name in experiment.inputs and name not in taken:
                    taken[name] = _taken(experiment, source, name)
    return sources, taken


def _opened(path: Path, name: str, where: str) -> Source:
    """A model folder as a source; what is wrong with it is said with the key that names it."""
    try:
        return open_source(path, name)
    except ModelError as error:
        raise ModelError(f"{where}.from: {error.where}", error.found, error.advice) from error


def _taken(experiment: Experiment, source: Source, name: str) -> Input:
    """What the experiment says of an input must agree with the source, but for the places of files."""
    asked, there = experiment.inputs[name], source.inputs[name]
    given = {k: v for k, v in _dump(asked).items() if v not in ([], {}, "")}  # those are learned
    learned = _dump(there)
    files = {k: v for k, v in given.items() if k in _FILES}
    wrong = [k for k, v in given.items() if k not in files and learned.get(k) != v]
    if wrong:
        found = f"{wrong[0]} is {given[wrong[0]]!r} but {learned.get(wrong[0])!r} in {source.name}, which is copied"
        raise ExperimentError(f"{experiment.name}:inputs.{name}", found, "Set it alike.")
    return input_of({**{k: v for k, v in learned.items() if k not in _FILES}, **files}, experiment.base)


def is_stage(copy: CopySettings) -> bool:
    """Whether a copy comes from an earlier stage."""
    return copy.source.startswith(STAGE)


def _check_place(name: str, target: str, source: Source, state: Mapping[str, Tensor], where: str) -> None:
    if target not in state:
        head = target.startswith(_HEAD)
        known = [n.removeprefix(_HEAD).split(".")[0] for n in state if n.startswith(_HEAD)] if head else list(state)
        task = target.removeprefix(_HEAD).split(".")[0]
        tasks = ", ".join(dict.fromkeys(known))
        found = f'"{name}" of {source.name} has no place in this network'
        found += f", whose tasks are {tasks}" if head else ""
        advice = nearest(task if head else target, known) or "Copy fewer layers, or say with `to` where they go."
        raise ExperimentError(f"{where}.layers", found, advice)
    here, there = tuple(state[target].shape), tuple(source.state[name].shape)
    if here != there:
        found = f'"{target}" has the shape {here} but "{name}" of {source.name} has {there}'
        raise ExperimentError(f"{where}.layers", found, "Leave it out of the copy, or make the layers alike.")


def _check_meaning(name: str, target: str, source: Source, mine: Source, where: str) -> None:
    """A head's outputs stand for labels, a branch's weights for what an input was fitted to give."""
    if name.startswith(_HEAD) and target.startswith(_HEAD) and ".output." in name:
        here, there = (n.removeprefix(_HEAD).split(".")[0] for n in (target, name))
        ours, theirs = mine.tasks[here].outputs, source.tasks[there].outputs if there in source.tasks else ()
        if ours != theirs:
            found = f"task {here} answers {_shown(ours)} but task {there} of {source.name} {_shown(theirs)}"
            raise ExperimentError(f"{where}.layers", found, "Set `labels` alike, or do not copy the output layer.")
    if name.startswith(_BRANCH) and target.startswith(_BRANCH):
        here, there = (n.removeprefix(_BRANCH).split(".")[0] for n in (target, name))
        if not same_inputs(mine.inputs[here], source.inputs[there]):
            found = f"input {here} is read in another way than input {there} of {source.name}"
            raise ExperimentError(f"{where}.layers", found, "Give both the same name and settings.")


def _shown(outputs: tuple[str, ...]) -> str:
    text = ", ".join(outputs[:6]) or "nothing"
    return text + (f" and {len(outputs) - 6} more" if len(outputs) > 6 else "")


def _dump(part: Input) -> dict[str, object]:
    settings: Any = part  # every input is one of settings
    dumped: dict[str, object] = settings.model_dump(mode="json", exclude_none=True)
    return dumped

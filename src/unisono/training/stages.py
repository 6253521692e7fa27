"""The stages of one fold: each a network of its own that may begin with what earlier ones have learned."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from unisono.balancing import PLACES, Facts, balancer
from unisono.balancing.step import trained_weights
from unisono.errors import ExperimentError
from unisono.experiment import Experiment
from unisono.experiment.stages import STAGE, StageSettings, learned
from unisono.nets.network import Network, build
from unisono.training.devices import Alone, Group, place
from unisono.training.frozen import layer_rows, learned_parameters, row_lines, still_parts
from unisono.training.loop import Loop, Show, start
from unisono.training.material import FoldMaterial
from unisono.training.optimizing import optimizer_of
from unisono.training.sampling import sampling_sentence
from unisono.training.settings import TrainingSettings
from unisono.training.step import Learner
from unisono.training.transfer import Copied, Source, copy_layers
from unisono.training.validating import score_names
from unisono.training.watch import check_metric, undefined, unvalidated, unwatched

_HEAD = "heads.heads.for_"
Note = Callable[[str], None]  # called with lines for the user


@dataclass(frozen=True)
class FoldRun:
    """Where and how one fold is trained.

    Args:
        folder: of its checkpoint and history.
        number: of the fold, from 0.
        label: added to each history line.
        show: called with each history line.
        note: called with what is to be known of each stage.
        group: the processes that learn together.
        warn: called with what will go otherwise than asked for, full sentences.
    """

    folder: Path
    seed: int
    number: int = 0
    label: Mapping[str, Any] | None = None
    resume: bool = False
    show: Show | None = None
    note: Note | None = None
    group: Group = field(default_factory=Alone)
    warn: Note | None = None

    def of_stage(self, number: int, name: str) -> FoldRun:
        """The run of one of several stages."""
        seed = int(np.random.SeedSequence([self.seed, number]).generate_state(1)[0]) if number else self.seed
        label = {**(self.label or {}), "stage": name}
        return replace(self, folder=self.folder / f"stage-{name}", seed=seed, label=label)


@dataclass(frozen=True)
class Staged:
    """A finished stage.

    Args:
        network: with the weights of its best epoch.
        answers: the tasks that it can answer: those it learned, and those whose heads it copied whole.
        facts: JSON-able: what it learned, what an epoch was, what became of each layer.
    """

    network: Network
    answers: tuple[str, ...]
    facts: dict[str, Any]


def plan(experiment: Experiment) -> list[tuple[StageSettings, Experiment]]:
    """Every stage with its own experiment; an experiment without stages is one."""
    if not experiment.stages:
        return [(StageSettings(name="all"), experiment)]
    return [(stage, experiment.at(stage)) for stage in experiment.stages]


def train_stages(
    experiment: Experiment, ready: FoldMaterial, models: Mapping[str, Source], run: FoldRun
) -> tuple[Staged, list[dict[str, Any]]]:
    """Train the stages one after another.

    Args:
        models: model folders that are copied from, by name.
    Returns: the last stage, and the facts of all.
    Raises: ExperimentError for a copy, a freeze or a rate that does not fit; TrainingError when a loss is not finite.
    """
    sources, stages = dict(models), plan(experiment)
    facts = []
    if len(stages) > 1 and not run.number:
        _rehearse(stages, ready, models, run)
    for number, (stage, alone) in enumerate(stages):
        own = run.of_stage(number, stage.name) if len(stages) > 1 else run
        with _said_of(alone.name):
            done = _train(stage, alone, ready, sources, own)
        facts.append(done.facts)
        source = _source(stage, alone, ready, done.network)
        sources[source.name] = source
    return done, facts


@contextmanager
def _said_of(name: str) -> Iterator[None]:
    """Settings that prove impossible only now, such as layers that do not fit the input, are said with their file."""
    try:
        yield
    except ExperimentError as error:
        if error.where.startswith(name):
            raise
        raise ExperimentError(f"{name}:{error.where}", error.found, error.advice, error.problems) from error


def _rehearse(
    stages: Sequence[tuple[StageSettings, Experiment]], ready: FoldMaterial, models: Mapping[str, Source], run: FoldRun
) -> None:
    """Begin every stage without learning: what does not fit in the last is said before the first has learned."""
    sources = dict(models)
    for number, (stage, alone) in enumerate(stages):
        with _said_of(alone.name):
            begun = _first(stage, alone, ready, sources, run.of_stage(number, stage.name))
            _learner(begun.network, begun.fold, alone, run, begun.factors)
        source = _source(stage, alone, ready, begun.network)
        sources[source.name] = source


def _source(stage: StageSettings, alone: Experiment, ready: FoldMaterial, network: Network) -> Source:
    """A stage as later ones copy from it."""
    state = {n: t.detach().cpu().clone() for n, t in network.state_dict().items()}
    return Source(f"{STAGE}{stage.name}", state, {n: ready.tasks[n] for n in alone.tasks}, ready.inputs)


def single(experiment: Experiment, ready: FoldMaterial, run: FoldRun) -> Loop:
    """The loop of an experiment of one stage, before its first step; what `train_stages` would run."""
    ((stage, alone),) = plan(experiment)
    with _said_of(experiment.name):
        return _begun(stage, alone, ready, {}, run)[0]


def _train(
    stage: StageSettings, alone: Experiment, ready: FoldMaterial, sources: Mapping[str, Source], run: FoldRun
) -> Staged:
    loop, facts = _begun(stage, alone, ready, sources, run)
    _tell(facts, run)
    said = _warn(loop, loop.fold, run)
    loop.run(dict(run.label or {}), run.resume, run.show if said else _watchful(loop.learner.settings, run))
    return Staged(loop.learner.network, tuple(facts["answers"]), facts)


class _First(NamedTuple):
    """A stage's network with its first weights, and what it learns from."""

    network: Network
    fold: FoldMaterial
    copied: list[Copied]
    factors: dict[torch.nn.Parameter, float]
    answers: tuple[str, ...]


def _first(
    stage: StageSettings, alone: Experiment, ready: FoldMaterial, sources: Mapping[str, Source], run: FoldRun
) -> _First:
    start(run.seed, alone.training.threads or torch.get_num_threads())
    names = learned(stage, alone.tasks)
    fold = _with_roles(ready.learning(names), alone)
    network = build(alone.network, alone.heads, ready.inputs, {n: ready.tasks[n] for n in alone.tasks})
    copied = _copy(network, stage, alone, ready, sources)
    factors = learned_parameters(network, stage, names, alone.name)
    answers = _answers(network, names, copied, alone)
    network.to(_device(alone.training.device))
    return _First(network, fold, copied, factors, answers)


def _begun(
    stage: StageSettings, alone: Experiment, ready: FoldMaterial, sources: Mapping[str, Source], run: FoldRun
) -> tuple[Loop, dict[str, Any]]:
    """A stage before its first step, and its facts."""
    network, fold, copied, factors, answers = _first(stage, alone, ready, sources, run)
    run.group.same("weights to begin with", lambda: _digest(network))
    loop = Loop(_learner(network, fold, alone, run, factors), fold, alone.sampling, run.folder, run.seed)
    used = {c.origin: sources[c.origin].digest for c in copied}
    facts = {
        "name": stage.name,
        "learned": list(learned(stage, alone.tasks)),
        "answers": list(answers),
        "epoch": loop.sampler.describe(),
        "layers": layer_rows(network, copied, factors),
        "sources": {name: digest for name, digest in used.items() if digest},
    }
    return loop, facts


def _copy(
    network: Network, stage: StageSettings, alone: Experiment, ready: FoldMaterial, sources: Mapping[str, Source]
) -> list[Copied]:
    mine = Source(alone.name, {}, {n: ready.tasks[n] for n in alone.tasks}, ready.inputs)
    found = [c for copy in stage.copies for c in copy_layers(network, copy, sources[copy.source], mine)]
    return list({c.target: c for c in found}.values())  # the last copy onto a layer is what stands there


def _learner(
    network: Network, fold: FoldMaterial, alone: Experiment, run: FoldRun, factors: dict[torch.nn.Parameter, float]
) -> Learner:
    train = fold.parts["train"]
    labelled = {n: int((~np.isnan(t[train])).any(axis=1).sum()) for n, t in fold.targets.items()}
    facts = {n: Facts(t.kind, t.width, labelled[n]) for n, t in fold.tasks.items()}
    weigher = balancer(alone.balancing, facts, run.seed)
    optimizer = optimizer_of(factors, alone.training)
    _check_places(network, alone, fold.tasks)
    watched_task = alone.training.watch.partition(".")[0]
    if watched_task in fold.tasks:
        check_metric(alone.training.watch, {watched_task: score_names(fold, watched_task)})
    learner = Learner(network, fold.tasks, weigher, optimizer, alone.training, still_parts(network), run.group)
    learner.to_train()
    return learner


def _answers(network: Network, names: Sequence[str], copied: Sequence[Copied], alone: Experiment) -> tuple[str, ...]:
    """What the network can answer: heads that are neither learned nor copied are random and do not count."""
    targets = {c.target for c in copied}
    heads = {task: [n for n in network.state_dict() if n.startswith(f"{_HEAD}{task}.")] for task in alone.tasks}
    answers = tuple(task for task in alone.tasks if task in names or targets.issuperset(heads[task]))
    for task in answers:
        random = [source for source in alone.network.links.get(task, ()) if source not in answers]
        if random:
            found = f"feeds {task} but its head is neither learned nor copied"
            raise ExperimentError(f"{alone.name}: {random[0]}", found, "Learn it, copy its head, or take the link out.")
    return answers


def _with_roles(fold: FoldMaterial, alone: Experiment) -> FoldMaterial:
    """Tasks that only help elsewhere are what counts in a stage that learns nothing else."""
    parts: dict[str, Any] = dict(fold.tasks)
    return replace(fold, tasks={n: t.model_copy(update={"role": alone.tasks[n].role}) for n, t in parts.items()})


def _tell(facts: Mapping[str, Any], run: FoldRun) -> None:
    """Say once, not for every fold, what an epoch is and what becomes of the layers of a stage."""
    if run.note is None or run.number:
        return
    staged = "stage" in (run.label or {})
    run.note((f"Stage {facts['name']}: " if staged else "") + sampling_sentence(facts["epoch"]))
    for line in row_lines(facts["layers"]) if staged else ():
        run.note(line)


def _digest(network: Network) -> str:
    """Of all weights and statistics."""
    found = hashlib.sha256()
    for tensor in network.state_dict().values():
        found.update(tensor.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy().tobytes())
    return found.hexdigest()


def _check_places(network: Network, alone: Experiment, taught: Collection[str]) -> None:
    """Blocks at which gradients are read are there, which only a network that is built can tell."""
    training = alone.training
    asked = {"balancing.at": getattr(alone.balancing, "at", PLACES[0])} if len(taught) > 1 else {}
    if training.diagnostics_every and len(taught) > 1:
        asked["training.diagnostics_at"] = training.diagnostics_at
    for where, place_of in asked.items():
        if place_of not in PLACES:
            trained_weights(network, place_of, where)


def _warn(loop: Loop, fold: FoldMaterial, run: FoldRun) -> bool:
    """Say it before the epochs are spent when early stopping has nothing to look at; whether there was such a thing."""
    if run.warn is None:
        return False
    settings, rows, label = loop.learner.settings, loop.validation.tracks, dict(run.label or {})
    if len(fold.parts["validation"]):
        targets = [n for n, task in fold.tasks.items() if task.role == "target"]
        labelled = [n for n, target in fold.targets.items() if not np.isnan(target[rows]).all()]
        blind = unwatched(settings.watch, targets, labelled, settings.patience)
    else:
        once = label.pop("fold", 0) == 0  # the same is true of every fold
        blind = unvalidated(settings.watch, settings.patience, settings.schedule) if once else ""
    if blind:
        run.warn(_named(label) + blind)
    return bool(blind) or not len(fold.parts["validation"])


def _watchful(settings: TrainingSettings, run: FoldRun) -> Show:
    """Show each line, and say after the first epoch that what is watched is undefined."""

    def show(line: dict[str, Any]) -> None:
        if run.show is not None:
            run.show(line)
        blind = undefined(settings.watch, line["validation_scores"], settings.patience) if line["epoch"] == 1 else ""
        if blind and run.warn is not None:
            run.warn(_named(run.label or {}) + blind)

    return show


def _named(label: Mapping[str, Any]) -> str:
    return "".join(f"{key} {value}: " for key, value in label.items())


def _device(wanted: str) -> torch.device:
    there, among = torch.cuda.is_available(), place()
    if there and among is not None and wanted in ("auto", "cuda"):
        return torch.device(f"cuda:{among.local % torch.cuda.device_count()}")
    if wanted == "auto":
        return torch.device("cuda" if there else "cpu")
    if wanted != "cpu" and not there:
        found = f'"{wanted}" is asked for but torch finds no such device'
        raise ExperimentError("training.device", found, 'Set it to "auto", or install torch for your graphics card.')
    return torch.device(wanted)

"""One fold from rows to a model: build, train, export, and predict with what was exported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch

from unisono.balancing import Facts, balancer
from unisono.collection import Fold
from unisono.evaluation import Judged, Learned, predictions
from unisono.experiment import Experiment
from unisono.inputs.batching import batch_of, rows_of
from unisono.inputs.extraction import Failure
from unisono.model import Model, session_of
from unisono.nets.network import Network, build
from unisono.parts import Settings
from unisono.tasks import Array
from unisono.training.export import Exported, export
from unisono.training.loop import Loop, Show, start
from unisono.training.material import FoldMaterial, Material, facts_of, fold_material
from unisono.training.optimizing import optimizer_of
from unisono.training.step import Learner

_PARITY_ROWS = 4


@dataclass(frozen=True)
class Trained:
    """A fold's model and what it says of the tracks it did not learn from.

    Args:
        exported: the graph and the weights as bytes.
        predictions: of validation and test, by the exported graph.
        learned: fitted tasks and training references, for baselines.
        facts: of model.json: tasks, inputs, network, parity, counts.
        failures: inputs of tracks that could not be read.
    """

    exported: Exported
    predictions: pl.DataFrame
    learned: Learned
    facts: Mapping[str, Any]
    failures: tuple[Failure, ...]


@dataclass(frozen=True)
class FoldRun:
    """Where and how one fold is trained.

    Args:
        folder: of its checkpoint and history.
        number: of the fold, from 0.
        label: added to each history line.
    """

    folder: Path
    seed: int
    number: int = 0
    label: Mapping[str, Any] | None = None
    resume: bool = False
    show: Show | None = None


def train_fold(material: Material, fold: Fold, run: FoldRun) -> Trained:
    """Train one fold, or go on with it where a checkpoint stands.

    Raises: TrainingError when the loss is not finite or the export differs.
    """
    experiment = material.experiment
    start(run.seed, experiment.training.threads or torch.get_num_threads())
    ready = fold_material(material, fold)
    learner = learner_of(experiment, ready, run.seed)
    Loop(learner, ready, run.folder, run.seed, dict(run.label or {})).run(run.resume, run.show)
    exported = export(learner.network, list(ready.tasks), _some_rows(ready))
    facts = {
        **facts_of(ready),
        "tasks": {n: _dumped(t, n) for n, t in ready.tasks.items()},
        "inputs": {n: {"kind": i.kind, **_dumped(i)} for n, i in ready.inputs.items()},
        "network": learner.network.describe(),
        "parity": exported.parity,
    }
    model = Model(ready.tasks, ready.inputs, facts, session_of(exported.onnx, experiment.training.threads))
    train = {n: t.reference(ready.targets[n][ready.parts["train"]]) for n, t in ready.tasks.items()}
    table = pl.concat([_predicted(model, ready, part, run.number) for part in ("validation", "test")])
    return Trained(exported, table, Learned(ready.tasks, train), facts, ready.failures)


def learner_of(experiment: Experiment, ready: FoldMaterial, seed: int) -> Learner:
    """A fresh network with its optimiser and balancer."""
    network: Network = build(experiment.network, experiment.heads, ready.inputs, ready.tasks)
    network.to(_device(experiment.training.device)).train()
    train = ready.parts["train"]
    labelled = {n: int((~np.isnan(t[train])).any(axis=1).sum()) for n, t in ready.targets.items()}
    facts = {n: Facts(t.kind, t.width, labelled[n]) for n, t in ready.tasks.items()}
    weigher = balancer(experiment.balancing, facts, seed)
    optimizer = optimizer_of(network.parameters(), experiment.training)
    return Learner(network, ready.tasks, weigher, optimizer, experiment.training)


def _predicted(model: Model, ready: FoldMaterial, part: str, number: int) -> pl.DataFrame:
    where = ready.parts[part]
    scores = model.predict([ready.tracks[i] for i in where])
    said = {
        n: Judged(t.outputs, _reference(ready, n, where), scores[n].astype(np.float32)) for n, t in ready.tasks.items()
    }
    return predictions([ready.names[i] for i in where], said, split=part, fold=number)


def _reference(ready: FoldMaterial, name: str, where: Any) -> Array:
    return ready.tasks[name].reference(ready.targets[name][where])


def _some_rows(ready: FoldMaterial) -> dict[str, Any]:
    """A few real rows; tracks that have every input come first."""
    order = sorted(ready.parts["train"], key=lambda i: sum(not e for e in ready.tracks[i].values()))
    chosen = [i for i in order if rows_of(ready.tracks[i])][:_PARITY_ROWS]
    return batch_of(ready.inputs, [(ready.tracks[i], 0) for i in chosen])


def _dumped(part: Any, name: str = "") -> dict[str, Any]:
    settings: Settings = part
    dumped = settings.model_dump(mode="json", exclude_none=True)
    return {"kind": part.kind, **{k: v for k, v in dumped.items() if not name or k != "name"}}


def _device(wanted: str) -> torch.device:
    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(wanted)

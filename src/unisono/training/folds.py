"""One fold from rows to a model: build, train, export, and predict with what was exported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from unisono.collection import Fold
from unisono.evaluation import Judged, Learned, predictions
from unisono.inputs.batching import batch_of, rows_of
from unisono.inputs.extraction import Failure
from unisono.model import Model, session_of
from unisono.parts import Settings
from unisono.tasks import Array
from unisono.training.export import Exported, export
from unisono.training.material import FoldMaterial, Material, facts_of, fold_material
from unisono.training.stages import FoldRun, train_stages

_PARITY_ROWS = 4


@dataclass(frozen=True)
class Trained:
    """A fold's model and what it says of the tracks it did not learn from.

    Args:
        exported: the graph and the weights as bytes.
        predictions: of all parts but train, by the exported graph.
        learned: fitted tasks and training references, for baselines.
        facts: of model.json: tasks, inputs, network, parity, counts.
        failures: inputs of tracks that could not be read.
    """

    exported: Exported
    predictions: pl.DataFrame
    learned: Learned
    facts: Mapping[str, Any]
    failures: tuple[Failure, ...]


def train_fold(material: Material, fold: Fold, run: FoldRun) -> Trained:
    """Train one fold, or go on with it where a checkpoint stands.

    Raises: TrainingError when the loss is not finite or the export differs.
    """
    experiment = material.experiment
    ready = fold_material(material, fold)
    last, stages = train_stages(experiment, ready, material.sources, run)
    told = ready.learning(last.answers)
    exported = export(last.network, last.answers, _some_rows(ready))
    facts = {
        **facts_of(told),
        "tasks": {n: _dumped(t, n) for n, t in told.tasks.items()},
        "inputs": {n: {"kind": i.kind, **_dumped(i)} for n, i in ready.inputs.items()},
        "network": last.network.describe(),
        "stages": stages,
        "parity": exported.parity,
    }
    model = Model(told.tasks, ready.inputs, facts, session_of(exported.onnx, experiment.training.threads))
    train = {n: t.reference(told.targets[n][told.parts["train"]]) for n, t in told.tasks.items()}
    homes = [experiment.homes[n] for n in told.tasks]
    table = pl.concat([_predicted(model, told, part, homes, run.number) for part in told.parts if part != "train"])
    return Trained(exported, table, Learned(told.tasks, train), facts, ready.failures)


def _predicted(
    model: Model, ready: FoldMaterial, part: str, homes: Sequence[Sequence[str]], number: int
) -> pl.DataFrame:
    """Each task's answers for the tracks of its own collections.

    Args:
        homes: the collections of each task.
    """
    tables = []
    for home, name in enumerate(ready.collections):
        where = ready.parts[part][ready.homes[ready.parts[part]] == home]
        mine = [task for task, own in zip(ready.tasks, homes, strict=True) if name in own]
        scores = model.predict([ready.tracks[i] for i in where]) if mine else {}
        said = {n: Judged(ready.tasks[n].outputs, _reference(ready, n, where), scores[n]) for n in mine}
        tables.append(predictions([ready.names[i] for i in where], said, split=part, fold=number))
    return pl.concat(tables)


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

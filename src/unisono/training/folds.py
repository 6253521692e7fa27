"""One fold from rows to a model: build, train, export, and predict with what was exported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from unisono.collection import Fold
from unisono.evaluation import Judged, Learned, predictions
from unisono.inputs.batching import batch_of, mean_of_tracks, rows_of
from unisono.inputs.extraction import Failure
from unisono.model import Model, session_of
from unisono.parts import Settings
from unisono.targets import ArtistFactors
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
        excerpts: predictions of the test tracks' excerpts; empty where no track has several.
        factors: of the artists, for tasks whose targets are computed from them.
    """

    exported: Exported
    predictions: pl.DataFrame
    learned: Learned
    facts: Mapping[str, Any]
    failures: tuple[Failure, ...]
    excerpts: pl.DataFrame
    factors: Mapping[str, ArtistFactors]


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
    homes = {n: experiment.homes[n] for n in told.tasks}
    tables = {part: _predicted(model, told, part, homes, run.number) for part in told.parts if part != "train"}
    said, excerpts = pl.concat([table for table, _ in tables.values()]), tables["test"][1]
    return Trained(exported, said, Learned(told.tasks, train), facts, ready.failures, excerpts, ready.factors)


def _predicted(
    model: Model, ready: FoldMaterial, part: str, homes: Mapping[str, Sequence[str]], number: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Each task's answers for the tracks of its own collections, and for their excerpts where a track has several.

    Args:
        homes: the collections of each task.
    """
    tables, pieces = [], []
    for home, name in enumerate(ready.collections):
        where = ready.parts[part][ready.homes[ready.parts[part]] == home]
        mine = [task for task, own in homes.items() if name in own]
        at, rows = model.predict_excerpts([ready.tracks[i] for i in where]) if mine else (where[:0], {})
        scores = {n: mean_of_tracks(rows[n], at, len(where)) for n in mine}
        tables.append(_table(ready, where, scores, part, number))
        pieces.append(_table(ready, where[at], {n: rows[n] for n in mine if len(at) > len(where)}, part, number))
    return pl.concat(tables), pl.concat(pieces)


def _table(
    ready: FoldMaterial, where: NDArray[np.intp], scores: Mapping[str, Array], part: str, number: int
) -> pl.DataFrame:
    """Predictions of tracks by position, which may stand several times."""
    said = {}
    for name, found in scores.items():
        task = ready.tasks[name]
        said[name] = Judged(task.outputs, task.reference(ready.targets[name][where]), found)
    return predictions([ready.names[i] for i in where], said, split=part, fold=number)


def _some_rows(ready: FoldMaterial) -> dict[str, Any]:
    """A few real rows; tracks that have every input come first."""
    order = sorted(ready.parts["train"], key=lambda i: sum(not e for e in ready.tracks[i].values()))
    chosen = [i for i in order if rows_of(ready.tracks[i])][:_PARITY_ROWS]
    return batch_of(ready.inputs, [(ready.tracks[i], 0) for i in chosen])


def _dumped(part: Any, name: str = "") -> dict[str, Any]:
    settings: Settings = part
    dumped = settings.model_dump(mode="json", exclude_none=True)
    return {"kind": part.kind, **{k: v for k, v in dumped.items() if not name or k != "name"}}

"""One fold from rows to a model: build, train, export, and predict with what was exported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from unisono.collection import Fold, Split
from unisono.evaluation import Learned
from unisono.inputs.batching import batch_of, rows_of
from unisono.inputs.extraction import Failure
from unisono.model import Model, session_of
from unisono.parts import Settings
from unisono.targets import ArtistFactors
from unisono.training.export import Exported, export
from unisono.training.material import FoldMaterial, Material, facts_of, fold_material
from unisono.training.predicting import predicted
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


def fold_runs(split: Split, whole: FoldRun) -> list[tuple[Fold, FoldRun]]:
    """Every fold of a run with where it is trained, in order; the one of the model that is kept comes last."""
    many = len(split.folds) > 1
    runs = [
        (fold, replace(whole, folder=whole.folder / f"fold-{i}", number=i, label={"fold": i}) if many else whole)
        for i, fold in enumerate(split.folds)
    ]
    last = replace(whole, folder=whole.folder / "final", label={"fold": "final"}, note=None)
    return [*runs, *([] if split.final is None else [(split.final, last)])]


def follow_fold(material: Material, fold: Fold, run: FoldRun) -> None:
    """Train one fold as one of several processes, of which the first does all the rest."""
    train_stages(material.experiment, fold_material(material, fold), material.sources, run)


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
    said = {part: predicted(model, told, part, homes, run.number) for part in told.parts if part != "train"}
    table, test = pl.concat([one.tracks for one in said.values()]), said["test"]
    learned = Learned(told.tasks, train, test.total_loss)
    return Trained(exported, table, learned, facts, ready.failures, test.excerpts, ready.factors)


def _some_rows(ready: FoldMaterial) -> dict[str, Any]:
    """A few real rows; tracks that have every input come first."""
    order = sorted(ready.parts["train"], key=lambda i: sum(not e for e in ready.tracks[i].values()))
    chosen = [i for i in order if rows_of(ready.tracks[i])][:_PARITY_ROWS]
    return batch_of(ready.inputs, [(ready.tracks[i], 0) for i in chosen])


def _dumped(part: Any, name: str = "") -> dict[str, Any]:
    settings: Settings = part
    dumped = settings.model_dump(mode="json", exclude_none=True)
    return {"kind": part.kind, **{k: v for k, v in dumped.items() if not name or k != "name"}}

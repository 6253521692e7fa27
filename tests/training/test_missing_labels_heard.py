"""Thirty tasks about rendered sound with half of all labels missing: together at least as good as each task alone."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from unisono.demo import render
from unisono.experiment import Experiment
from unisono.training.material import FoldMaterial, fold_material, prepare
from unisono.training.rows import Rows
from unisono.training.stages import FoldRun, train_stages
from unisono.training.step import Learner
from unisono.training.validating import validate

TASKS, TRACKS = 30, 160
NAMES = [f"listener{i}" for i in range(TASKS)]


def likings(folder: Path, missing: float = 0.5) -> None:
    """What thirty listeners like, each by a taste for genres and for energy and by a whim; half of it is not known."""
    table = pl.read_csv(render(folder, tracks=TRACKS, seed=3, seconds=3.0, missing=0.0))
    rng = np.random.default_rng(0)
    kinds = np.unique(table["genre"].to_numpy(), return_inverse=True)[1]
    energy = table["energy"].to_numpy().astype(float)
    facts = np.column_stack([np.eye(kinds.max() + 1)[kinds] * 1.5, (energy - energy.mean()) / energy.std()])
    liking = facts @ rng.normal(size=(facts.shape[1], TASKS)) + 0.3 * rng.normal(size=(len(table), TASKS))
    liked = np.where(liking > np.median(liking, axis=0), "yes", "no")
    liked[rng.random(liked.shape) < missing] = ""
    with (folder / "likings.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["path", "artist", *NAMES])
        writer.writerows([*row, *said] for row, said in zip(table.select("path", "artist").rows(), liked, strict=True))


def experiment(folder: Path, names: list[str]) -> Experiment:
    tables: dict[str, Any] = {
        "collection": {"table": "likings.csv", "id": "path", "audio": "path", "groups": ["artist"]},
        "split": {"seed": 0, "test": 0.5, "validation": 0.05},
        "inputs": {"sound": {"kind": "sound_statistics", "groups": ["bands", "loudness", "rhythm"], "duration": 3}},
        "tasks": {name: {"kind": "multiclass"} for name in names},
        "network": {"blocks": [{"layers": ["dropout 0.2", "linear 32", "batchnorm", "relu", "dropout 0.3"]}]},
        "training": {
            "epochs": 30, "batch_size": 16, "learning_rate": 0.003, "threads": 1,
            "optimizer": "adamw", "weight_decay": 0.05,
        },
    }  # fmt: skip
    return Experiment.of(tables, folder)


def scores(asked: Experiment, shared: FoldMaterial, folder: Path) -> dict[str, tuple[float, float]]:
    """Accuracy and log loss of each task on the test part that all experiments have in common."""
    last, _ = train_stages(asked, shared, {}, FoldRun(folder, 1))
    fold = shared.learning(list(asked.tasks))
    parts: Any = None  # nothing is learned any more
    learner = Learner(last.network, fold.tasks, parts, parts, asked.training)
    device = next(last.network.parameters()).device
    judged = validate(learner, fold, Rows(fold, "test", 64, device)).scores
    return {name: (score["accuracy"], score["log_loss"]) for name, score in judged.items()}


def test_thirty_tasks_heard_together_score_at_least_as_each_alone(tmp_path: Path) -> None:
    likings(tmp_path)
    whole = experiment(tmp_path, NAMES)
    material = prepare(whole, 1)
    ready = fold_material(material, material.corpus.split.folds[0])
    together = scores(whole, ready, tmp_path / "together")
    alone = {n: scores(experiment(tmp_path, [n]), ready, tmp_path / n)[n] for n in NAMES[::2]}  # to be quicker
    accuracy, loss = np.array([np.subtract(together[n], score) for n, score in alone.items()]).T
    assert np.mean([right for right, _ in together.values()]) > 0.7
    assert accuracy.mean() > -0.02, (together, alone)  # a few labels of 80 judges: uncertain by 0.025
    assert loss.mean() < -0.02, (together, alone)

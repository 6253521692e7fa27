"""Many tasks with half of all labels missing: never NaN, and together at least as good as each task alone."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unisono.experiment import Experiment
from unisono.training.material import FoldMaterial, fold_material, prepare
from unisono.training.rows import Rows
from unisono.training.stages import FoldRun, train_stages
from unisono.training.step import Learner
from unisono.training.validating import validate

TASKS = 6


def write(path: Path, missing: float, rows: int = 400) -> None:
    """Moods that all follow from the same two hidden properties of twelve measured numbers."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 12))
    hidden = np.tanh(x @ rng.normal(size=(12, 2)) / 2)
    angles = rng.uniform(0, 2 * np.pi, TASKS)  # every mood is another mixture of the two, none weaker than the others
    moods = hidden @ np.stack([np.cos(angles), np.sin(angles)]) + 0.2 * rng.normal(size=(rows, TASKS))
    known = rng.random((rows, TASKS)) >= missing
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "artist", *(f"f{i}" for i in range(12)), *(f"mood{i}" for i in range(TASKS))])
        for i in range(rows):
            labels = [round(v, 4) if there else "" for v, there in zip(moods[i], known[i], strict=True)]
            writer.writerow([i, i, *x[i].round(4), *labels])


def experiment(folder: Path, names: list[str], epochs: int = 40) -> Experiment:
    tables: dict[str, Any] = {
        "collection": {"table": "songs.csv"},
        "split": {"seed": 0, "test": 0.7, "validation": 0.05},
        "inputs": {"numbers": {"kind": "columns", "columns": ["f*"]}},
        "tasks": {name: {"kind": "regression"} for name in names},
        "network": {"blocks": [{"layers": ["linear 32", "tanh"]}, {"layers": ["linear 4", "tanh"]}]},
        "training": {"epochs": epochs, "batch_size": 16, "learning_rate": 0.01, "threads": 1},
    }
    return Experiment.of(tables, folder)


def scores(asked: Experiment, shared: FoldMaterial, folder: Path) -> dict[str, float]:
    """R2 of each task on the test part that all experiments have in common."""
    last, _ = train_stages(asked, shared, {}, FoldRun(folder, 1))
    fold = shared.learning(list(asked.tasks))
    parts: Any = None  # nothing is learned any more
    learner = Learner(last.network, fold.tasks, parts, parts, asked.training)
    device = next(last.network.parameters()).device
    return {n: s["r2"] for n, s in validate(learner, fold, Rows(fold, "test", 64, device)).scores.items()}


def test_tasks_together_score_at_least_as_each_alone_on_its_labelled_part(tmp_path: Path) -> None:
    write(tmp_path / "songs.csv", missing=0.5)
    names = [f"mood{i}" for i in range(TASKS)]
    whole = experiment(tmp_path, names)
    material = prepare(whole, 1)
    ready = fold_material(material, material.corpus.split.folds[0])
    together = scores(whole, ready, tmp_path / "together")
    alone = {n: scores(experiment(tmp_path, [n]), ready, tmp_path / n)[n] for n in names}
    gains = [together[n] - alone[n] for n in names]
    assert np.mean(gains) > 0.03 and min(gains) > -0.05, (together, alone)
    assert min(together.values()) > 0.7


@pytest.mark.parametrize("method", ["sum", "gradnorm", "uncertainty"])
def test_thirty_tasks_with_half_of_the_labels_are_never_nan(
    tmp_path: Path, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "TASKS", 30)
    write(tmp_path / "songs.csv", missing=0.5, rows=80)
    asked = experiment(tmp_path, [f"mood{i}" for i in range(30)], epochs=2)
    made = Experiment.of({**asked.tables(), "balancing": {"method": method}})
    material = prepare(made, 1)
    ready = fold_material(material, material.corpus.split.folds[0])
    lines: list[dict[str, Any]] = []
    last, _ = train_stages(made, ready, {}, FoldRun(tmp_path / "run", 1, show=lines.append))
    assert all(np.isfinite(t.numpy()).all() for t in last.network.state_dict().values())
    assert all(
        math.isfinite(v) for line in lines for key in ("train", "validation", "weights") for v in line[key].values()
    )

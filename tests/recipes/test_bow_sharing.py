"""The recipes bow-sharing: songs meet their labels by id, all schemes are planned, exchanged labels teach nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import scipy.sparse

from unisono import Experiment, train
from unisono.study.plan import Study
from unisono.study.run import run_study

SMALL = (
    "network.encoder.width=16",
    'network.encoder.blocks=[{layers=["linear 8","relu"]},{layers=["linear 8","relu"]},{layers=["linear 8","relu"]}]',
)


def settings(folder: Path, epochs: int) -> list[str]:
    """What makes the recipe small."""
    return [f"base={folder}", *SMALL, f"training.epochs={epochs}", "training.patience=0", "training.batch_size=16"]


def area(folder: Path, out: Path) -> float:
    run = train(Experiment.load("bow-sharing", [*settings(folder, 12), "training.learning_rate=0.01"]), out, seed=1)
    return float(run.scores["tasks"]["pop"]["roc_auc_macro"])


def test_songs_meet_their_labels_by_id(counted: Path, tmp_path: Path) -> None:
    assert area(counted, tmp_path / "run") > 0.95


def test_counts_of_other_songs_teach_nothing(counted: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    for name in ("labels.csv", "lastfm50_tags_subset.csv"):
        (folder / name).write_bytes((counted / name).read_bytes())
    counts = scipy.sparse.csr_array(scipy.sparse.load_npz(counted / "bow_csr.npz"))
    scipy.sparse.save_npz(folder / "bow_csr.npz", counts[np.random.default_rng(3).permutation(160)])
    assert area(folder, tmp_path / "run") < 0.7


def test_all_schemes_are_planned(counted: Path) -> None:
    plan = Study.load("bow-sharing-study", [f"base={counted}"])
    assert len(plan.configurations) == 16
    assert plan.settings.sizes == (100, 200, 500, 1000, 2000)
    assert set(plan.tasks_of("nearest / high 2-4, figure")) == {"pop", "eighties", "dance"}
    assert set(plan.tasks_of("loose / interspersed 1 4, code")) == {"pop", "year"}
    assert plan.configurations["tight / high 3-4, code"].experiment.network.sharing == "high:2"


@pytest.mark.parametrize("sharing", ["low:2", "high:2", "high:3", '["all","each","each","all"]'])
def test_each_scheme_learns(counted: Path, tmp_path: Path, sharing: str) -> None:
    changes = [*settings(counted, 1), f"network.sharing={sharing}"]
    run = train(Experiment.load("bow-sharing", changes), tmp_path / "run", seed=0)
    assert set(run.scores["tasks"]) == {"pop", "rock", "alternative"}
    assert run.scores["protocol"] == "random"
    assert any("no group column" in leak for leak in run.scores["leaks"])


def test_exchanged_labels_are_at_chance(counted: Path, tmp_path: Path) -> None:
    changes = [*settings(counted, 12), "training.learning_rate=0.01"]
    asked = Study.load("bow-sharing-control", ["study.seeds=1", 'factors.learning={"ours" = {}}', *changes])
    run = run_study(asked, tmp_path / "study")
    assert run.failures == ()
    rows = [r for r in run.summary["scores"] if (r["task"], r["metric"]) == ("pop", "roc_auc_macro")]
    areas = {r["protocol"]: r["mean"] for r in rows}
    assert areas["random"] > 0.95
    assert areas["shuffled"] < 0.75


def test_the_published_way_to_learn_runs(counted: Path, tmp_path: Path) -> None:
    control = Study.load("bow-sharing-control", settings(counted, 1)).configurations["published"]
    assert control.experiment.training.optimizer == "adagrad"
    assert control.experiment.training.learning_rate == 0.0001
    tables = {**control.tables, "training": {**control.tables["training"], "epochs": 1}}
    run = train(Experiment.of(tables), tmp_path / "run", seed=0)
    assert run.scores["tasks"]["pop"]["n"] > 20

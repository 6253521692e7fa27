"""The recipes dj-tags: the published numbers of parameters, every configuration planned, each way to learn runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unisono import Experiment, open_model, train
from unisono.demo import render_dj
from unisono.inputs.mel import Mel
from unisono.nets.network import build
from unisono.study.plan import Study
from unisono.study.run import run_study
from unisono.training.corpus import gather

LABELS = {"main_genre": 6, "subgenre": 23, "intro": 5}  # as many as in the thesis
SITUATIONS = 8
SMALL = (  # a network for sounds of a second
    "inputs.audio.duration=1",
    "inputs.audio.n_mels=24",
    'network.blocks=[{layers=["conv 4 3x3 same","relu","maxpool 4x4","batchnorm"]},'
    '{layers=["conv 4 3x3 same","relu","maxpool 2x2","batchnorm"]},'
    '{layers=["conv 4 3x3 same","relu","maxpool 3x2","batchnorm","flatten"]}]',
    "training.epochs=1",
    "training.patience=0",
    'tasks.subgenre.rare="ignore"',
    'tasks.situation.rare="ignore"',
)


@pytest.fixture(scope="module")
def thesis(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table with the thesis's labels and none of its sounds."""
    folder = tmp_path_factory.mktemp("thesis")
    lines = ["path,artist,title,main_genre,subgenre,intro,energy,situation"]
    for i in range(92):
        genre, intro, situation = i % 23 % 6, i % 5, i % SITUATIONS
        lines.append(f"{i}.mp3,a{i},t{i},genre {genre},sub {i % 23},in {intro},{100 + i % 4 * 100},place {situation}")
    (folder / "dj_tags.csv").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tracks of a second, and a pool."""
    folder = tmp_path_factory.mktemp("dj")
    render_dj(folder, tracks=36, pool=24, seconds=1)
    return folder


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache, for hearing takes longest."""
    return tmp_path_factory.mktemp("cache")


def parameters(experiment: Experiment) -> int:
    """Learned numbers of the network, as a run would build it."""
    train = np.ones(92, np.bool_)
    cells = gather(experiment, 0).cells
    tasks = {name: task.fit(cells[name], train) for name, task in experiment.tasks.items()}
    heard: dict[str, Any] = {
        n: part if isinstance(part, Mel) else part.model_copy(update={"scaling": "none"})  # type: ignore[attr-defined]
        for n, part in experiment.inputs.items()
    }
    counts = build(experiment.network, experiment.heads, heard, tasks).parameter_counts()
    assert isinstance(counts["trainable"], int)
    return counts["trainable"]


@pytest.mark.parametrize(
    ("recipe", "configuration", "trainable"),
    [
        ("cnn", "main_genre alone / plain", 93_894),  # table 5.3 without its 448 statistics
        ("cnn", "nothing shared / plain", 471_147),  # table 6.5
        ("cnn", "shared layers / augmented", 395_115),  # table 6.5
        ("features", "energy alone / plain / all features", 32_897),  # table 5.9
        ("features", "separate 64-32 / plain / all features", 165_739),  # table 6.5
        ("features", "nothing shared / plain / all features", 277_771 + 1_344),  # the appendix, and its norms
    ],
)
def test_the_published_numbers_of_parameters(thesis: Path, recipe: str, configuration: str, trainable: int) -> None:
    changes = [f"base={thesis}", "collection.missing_audio=ignore"]
    plan = Study.load(f"dj-tags-{recipe}-study", changes)
    assert parameters(plan.configurations[configuration].experiment) == trainable


def test_a_linked_task_reads_what_feeds_it(thesis: Path) -> None:
    plan = Study.load("dj-tags-cnn-study", [f"base={thesis}", "collection.missing_audio=ignore"])
    linked = parameters(plan.configurations["output-feature / plain"].experiment)
    assert linked == 471_147 + 6 * 23 + (6 + 1) * SITUATIONS


def test_all_tables_are_planned(thesis: Path) -> None:
    plan = Study.load("dj-tags-features-study", [f"base={thesis}"])
    assert len(plan.configurations) == 93
    assert len(plan.wholes) == 3 * 3 + 1
    assert plan.baseline("subgenre") == "single / plain / all features"
    chosen = plan.configurations["subgenre alone / plain / selected"].experiment.inputs["heard"].selection  # type: ignore[attr-defined]
    assert list(chosen.tasks) == ["subgenre"] and chosen.tasks["subgenre"].mutual_information == 60
    assert plan.settings.also == {"energy": ("level_accuracy", "rmse")}
    for network, features, passed, kept in (
        ("subgenre alone", "selected alone", 0.8, 180),
        ("intro alone", "selected alone", 0.8, 100),
        ("energy alone", "selected of all", None, 0.6),
    ):
        chosen = plan.configurations[f"{network} / plain / {features}"].experiment.inputs["heard"].selection  # type: ignore[attr-defined]
        (ranking,) = chosen.tasks.values()
        assert (chosen.correlation, ranking.mutual_information) == (passed, kept)
    assert list(plan.tasks_of("pool / plain / all features")) == ["pool_genre", "pool_subgenre", "pool_intro"]
    assert plan.configurations["shared layer / plain / all features"].experiment.training.learning_rate == 0.005
    hearing = Study.load("dj-tags-cnn-study", [f"base={thesis}"])
    assert len(hearing.configurations) == 39
    assert hearing.settings.also == plan.settings.also
    assert set(hearing.tasks_of("single / plain")) == {*LABELS, "energy", "situation"}
    assert [s.name for s in hearing.configurations["combined / augmented"].experiment.stages] == [
        "genre",
        "others",
        "own",
    ]
    assert len(Study.load("dj-tags-excerpts-study", [f"base={thesis}"]).configurations) == 4


def test_the_network_that_hears_learns_in_every_way(rendered: Path, tmp_path: Path) -> None:
    wanted = {"transfer / plain", "combined / augmented before the split", "energy alone / plain"}
    plan = Study.load("dj-tags-cnn-study", [f"base={rendered}"])
    levels = [c.levels for name, c in plan.configurations.items() if name not in wanted]
    left_out = ", ".join(f'{{network="{one["network"]}", copies="{one["copies"]}"}}' for one in levels)
    left_out += "".join(f', {{network="pool {task} alone"}}' for task in ("genre", "subgenre", "intro"))
    rare = [f'factors.network.{n}.tasks.pool_subgenre.rare="ignore"' for n in ("transfer", "combined")]
    changes = [f"base={rendered}", *SMALL, *rare, "study.seeds=1", "study.together={}", f"study.exclude=[{left_out}]"]
    run = run_study(
        Study.load("dj-tags-cnn-study", [*changes, 'study.baseline="transfer / plain"']), tmp_path / "study"
    )
    assert run.failures == ()
    assert run.ran == 3
    assert run.summary["tasks"]["energy"]["metric"] == "r2"
    assert {cell["configuration"] for cell in run.summary["cells"]} == wanted
    assert any("altered copies" in leak for leak in run.summary["leaks"][""])
    assert all(row["hearing_s"] is not None for row in run.summary["cost"])
    assert {row["task"] for row in run.summary["answers"]} == {"energy"}


def test_features_are_learned_from_and_chosen(
    rendered: Path, choi_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, heard: Path
) -> None:
    monkeypatch.setenv("UNISONO_CACHE", str(heard))
    rare = [change for change in SMALL if "rare" in change]
    changes = [f"base={rendered}", f'inputs.heard.weights="{choi_weights / "keras.hdf5"}"', *rare]
    changes += ["inputs.heard.network=keras", "inputs.heard.duration=7"]
    changes += ["training.epochs=1", "inputs.heard.excerpts=1"]
    name = "output-feature / plain / selected"
    plan = Study.load("dj-tags-features-study", [*changes, f'study.baseline="{name}"'])
    run = train(plan.configurations[name].experiment, tmp_path / "run", seed=0)
    assert set(run.scores["tasks"]) == {*LABELS, "energy", "situation"}
    kept = run.scores["selection"]["heard"]
    assert kept["offered"] == 160 and 0 < len(kept["names"]) < 160
    assert kept["names"][0].startswith("excerpt 1 layer ")
    assert set(kept["by_task"]) == {*LABELS, "energy", "situation"}
    tags = open_model(run.model).tag([next((rendered / "music").iterdir())]).tracks[0]
    assert len(tags.answers) == 5


def test_the_pool_is_learned_alone_and_energies_are_told_in_every_way(
    rendered: Path, choi_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, heard: Path
) -> None:
    monkeypatch.setenv("UNISONO_CACHE", str(heard))
    wanted = {f"pool {task} alone / plain / all features" for task in ("genre", "intro")}
    wanted |= {"energy alone / plain / selected of all"}
    changes = [
        f"base={rendered}",
        f'inputs.heard.weights="{choi_weights / "keras.hdf5"}"',
        "inputs.heard.network=keras",
    ]
    changes += ["inputs.heard.duration=7", "inputs.heard.excerpts=1", "training.epochs=1", "study.seeds=1"]
    changes += ['study.together={pool=["pool genre alone", "pool intro alone"]}']
    plan = Study.load("dj-tags-features-study", [f"base={rendered}"])
    levels = [*plan.settings.exclude, *(c.levels for name, c in plan.configurations.items() if name not in wanted)]
    left_out = ", ".join("{" + ", ".join(f"{k}={json.dumps(v)}" for k, v in one.items()) + "}" for one in levels)
    changes += ["study.metrics={}"]
    kept = [f"study.exclude=[{left_out}]", 'study.baseline="energy alone / plain / selected of all"']
    run = run_study(Study.load("dj-tags-features-study", [*changes, *kept]), tmp_path / "study")
    assert (run.ran, run.failures) == (3, ())
    scores = {(r["configuration"], r["task"], r["metric"]) for r in run.summary["scores"]}
    assert {("energy alone / plain / selected of all", "energy", m) for m in ("r2", "level_accuracy", "rmse")} <= scores
    assert ("pool / plain / all features", "pool_intro", "accuracy") in scores
    (row,) = [r for r in run.summary["selections"] if r["task"] == "energy" and not r["part"]]
    assert row["offered"] == 160 and row["kept"] == pytest.approx(0.6 * 160, abs=6)


def test_collections_with_one_task_each_are_compared_as_one(tmp_path: Path) -> None:
    plan = Study.load("dj-tags-public-study", [f"base={tmp_path}"])
    assert set(plan.tasks_of("single / all features")) == {"genre", "style", "arousal", "valence"}
    transfer = plan.tasks_of("transfer / all features")
    assert {task.role for task in transfer.values()} == {"target"}
    alone = plan.configurations["genre alone / all features"].experiment
    assert list(alone.collections) == ["gtzan"] and alone.balancing.method == "sum"

"""Stages: what is copied is copied exactly, what is frozen does not move, and what does not fit is said."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from safetensors.torch import load_file

from unisono.errors import ExperimentError, ModelError, TrainingError
from unisono.experiment import Experiment, dump_toml
from unisono.model import open_model
from unisono.training.loop import Loop
from unisono.training.material import fold_material, prepare
from unisono.training.run import Watching, train
from unisono.training.stages import FoldRun, Staged, train_stages

Make = Callable[..., Experiment]
TRUNK = "branches.for_numbers.sharing"
BLOCKS = [{"layers": ["linear 8", "batchnorm", "relu"]}, {"layers": ["linear 6", "batchnorm", "relu", "dropout 0.2"]}]


def write(path: Path, rows: int = 60) -> None:
    rng = np.random.default_rng(5)
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "artist", *(f"f{k}" for k in range(5)), "source", "genre", "energy"])
        for i in range(rows):
            v = rng.normal(size=5).round(4)
            labels = ["a" if v[0] > v[1] else "b", "rock" if v[0] + v[2] > 0 else "jazz", round(float(v[0]), 3)]
            writer.writerow([i, f"artist {i // 2}", *v, *labels])


@pytest.fixture
def made(tmp_path: Path) -> Make:
    """Three tasks on five numbers; stages and changes are given by each test."""
    write(tmp_path / "songs.csv")
    tables: dict[str, Any] = {
        "collection": {"table": "songs.csv"},
        "inputs": {"numbers": {"kind": "columns", "columns": ["f*"]}},
        "tasks": {
            "source": {"kind": "multiclass"},
            "genre": {"kind": "multiclass"},
            "energy": {"kind": "regression"},
        },
        "network": {"blocks": BLOCKS, "sharing": "low:1"},
        "training": {"epochs": 2, "batch_size": 8, "learning_rate": 0.02, "threads": 1},
    }

    def make(*stages: dict[str, Any], **changes: Any) -> Experiment:
        merged = {k: {**tables.get(k, {}), **changes.get(k, {})} for k in {*tables, *changes}}
        return Experiment.of({**merged, "stages": list(stages)}, tmp_path, "mine")

    return make


def staged(experiment: Experiment, folder: Path) -> tuple[Staged, dict[str, dict[str, torch.Tensor]]]:
    """Train the stages of one fold, without exporting: the last one, and what every stage began and ended with."""
    states: dict[str, dict[str, torch.Tensor]] = {}
    plain = Loop.run

    def run(self: Loop, label: dict[str, Any], *more: Any) -> Any:
        name = label.get("stage", "all")
        states[f"{name} before"] = {n: t.clone() for n, t in self.learner.network.state_dict().items()}
        result = plain(self, label, *more)
        states[name] = {n: t.clone() for n, t in self.learner.network.state_dict().items()}
        return result

    material = prepare(experiment, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Loop, "run", run)
        ready = fold_material(material, material.corpus.split.folds[0])
        last, _ = train_stages(experiment, ready, material.sources, FoldRun(folder, 1))
    return last, states


PRETRAIN = {"name": "pretrain", "tasks": ["source"]}


def test_blocks_of_one_task_begin_every_branch(made: Make, tmp_path: Path) -> None:
    """System 003: a network of the source genre; its first block is shared, its second begins each task's own."""
    copy = [
        {"from": "stage:pretrain", "layers": f"{TRUNK}.block1"},
        {"from": "stage:pretrain", "layers": f"{TRUNK}.block2.for_all", "to": f"{TRUNK}.block2.for_*"},
    ]
    target = {
        "name": "target",
        "tasks": ["genre", "energy"],
        "copy": copy,
        "freeze": [f"{TRUNK}.block1", f"{TRUNK}.block2.for_genre"],
        "rates": {f"{TRUNK}.block2": 0.1, "heads": 2.0},
        "training": {"optimizer": "sgd", "weight_decay": 0.1},
    }
    last, states = staged(made(PRETRAIN, target), tmp_path / "run")
    source, before, after = states["pretrain"], states["target before"], states["target"]
    for name in ("linear1.weight", "batchnorm2.running_mean", "batchnorm2.num_batches_tracked"):
        assert torch.equal(before[f"{TRUNK}.block1.for_all.{name}"], source[f"{TRUNK}.block1.for_all.{name}"])
        for task in ("genre", "energy"):
            assert torch.equal(before[f"{TRUNK}.block2.for_{task}.{name}"], source[f"{TRUNK}.block2.for_all.{name}"])
    still = [n for n in before if "block1" in n or "block2.for_genre" in n]
    assert all(torch.equal(before[n], after[n]) for n in still), "frozen weights and their statistics do not move"
    assert not torch.equal(*(s[f"{TRUNK}.block2.for_energy.linear1.weight"] for s in (before, after)))
    assert last.answers == ("genre", "energy")
    rows = {row["layer"]: row for row in last.facts["layers"]}
    assert rows[f"{TRUNK}.block1.for_all"]["learned"] == 0
    assert rows[f"{TRUNK}.block2.for_energy"]["from"] == f"stage:pretrain {TRUNK}.block2.for_all"
    assert rows[f"{TRUNK}.block2.for_energy"]["rate"] == 0.1 and rows["heads.heads.for_genre"]["rate"] == 2.0
    assert rows["heads.heads.for_genre"]["from"] is None


def test_a_frozen_trunk_of_several_streams_under_a_new_head(made: Make, tmp_path: Path) -> None:
    """System 001, phase 2: every task's features, concatenated and frozen, are read by a new head of one task."""
    phase2 = {
        "name": "phase2",
        "learn": ["genre"],
        "copy": {"from": "stage:phase1", "layers": "branches"},
        "freeze": "branches",
        "heads": {"genre": {"reads": "all", "hidden": [10], "activation": "elu", "dropout": 0.5}},
        "training": {"epochs": 3},
    }
    run = train(made({"name": "phase1"}, phase2), tmp_path / "run", seed=2)
    first = load_file(tmp_path / "run" / "model" / "weights.safetensors")
    assert first["heads.heads.for_genre.hidden.linear1.weight"].shape == (10, 3 * 6)
    model = open_model(run.model)
    assert list(model.tasks) == list(run.scores["tasks"]) == ["genre"], "heads that were not learned do not answer"
    assert set(pl.read_parquet(tmp_path / "run" / "predictions.parquet")["task"]) == {"genre"}
    told = json.loads((tmp_path / "run" / "stages.json").read_text())
    assert [s["name"] for s in told] == ["phase1", "phase2"] and model.facts["stages"] == told
    assert all(row["learned"] == 0 for row in told[1]["layers"] if row["layer"].startswith("branches"))
    lines = [json.loads(line) for line in (tmp_path / "run" / "history.jsonl").read_text().splitlines()]
    assert [(line["stage"], line["epoch"]) for line in lines] == [
        ("phase1", 1),
        ("phase1", 2),
        ("phase2", 1),
        ("phase2", 2),
        ("phase2", 3),
    ]
    assert set(lines[-1]["train"]) == {"genre"}


def test_statistics_of_what_is_frozen_would_move_in_training_mode(made: Make, tmp_path: Path) -> None:
    """The control: with the frozen parts in training mode their running means are not those that were copied."""
    from unisono.training import stages

    target = {"name": "t", "copy": {"from": "stage:pretrain", "layers": f"{TRUNK}.block1"}, "freeze": f"{TRUNK}.block1"}
    name = f"{TRUNK}.block1.for_all.batchnorm2.running_mean"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stages, "still_parts", lambda network: ())
        _, states = staged(made(PRETRAIN, target), tmp_path / "run")
    assert not torch.equal(states["t before"][name], states["t"][name])


def test_unfreezing_and_heads_that_are_copied_whole(made: Make, tmp_path: Path) -> None:
    more = {
        "name": "more",
        "learn": ["energy"],
        "copy": {"from": "stage:all", "layers": ["branches", "heads.heads.for_[sg]*"]},
        "freeze": "*",
        "unfreeze": ["heads.heads.for_energy", f"{TRUNK}.block2.for_energy.**.bias"],
    }
    last, states = staged(made({"name": "all"}, more), tmp_path / "run")
    moved = {n for n, t in states["more"].items() if not torch.equal(t, states["more before"][n])}
    learned = {n for n in moved if "running" not in n and "num_batches" not in n}
    block = f"{TRUNK}.block2.for_energy"
    assert learned <= {f"heads.heads.for_energy.output.{k}" for k in ("weight", "bias")} | {
        f"{block}.linear1.bias",
        f"{block}.batchnorm2.bias",
    }
    assert f"{block}.batchnorm2.bias" in moved
    assert last.answers == ("source", "genre", "energy")


def test_heads_of_tasks_that_a_stage_does_not_learn_stay_as_they_are(made: Make, tmp_path: Path) -> None:
    head = {"network": {"head": {"hidden": [4], "batchnorm": True}}, "training": {"weight_decay": 0.1}}
    copy = {"from": "stage:all", "layers": "heads.heads.for_source"}
    last, states = staged(
        made({"name": "all"}, {"name": "more", "learn": ["genre"], "copy": copy}, **head), tmp_path / "r"
    )
    moved = {n for n, t in states["more"].items() if not torch.equal(t, states["more before"][n])}
    assert {n.split(".")[2] for n in moved if n.startswith("heads")} == {"for_genre"}, "their statistics stay, too"
    told = {row["layer"]: row["learned"] for row in last.facts["layers"] if row["layer"].startswith("heads")}
    assert told["heads.heads.for_genre"] and not told["heads.heads.for_source"] and not told["heads.heads.for_energy"]


def test_a_stage_that_is_stopped_goes_on_to_the_same_bits(made: Make, tmp_path: Path) -> None:
    target = {
        "name": "target",
        "tasks": ["genre"],
        "copy": {"from": "stage:pretrain", "layers": f"{TRUNK}.block1"},
        "sampling": {"method": "alternate"},
    }
    experiment = made(PRETRAIN, target, {"name": "idle", "tasks": ["energy"], "training": {"epochs": 1}})
    whole = train(experiment, tmp_path / "whole", seed=3)

    def stop(line: dict[str, Any]) -> None:
        if (line["stage"], line["epoch"]) == ("target", 1):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(experiment, tmp_path / "again", seed=3, watching=Watching(line=stop))
    (tmp_path / "x.toml").write_text(dump_toml(experiment.tables()))
    again = train(Experiment.load(tmp_path / "x.toml"), tmp_path / "again", seed=3, resume=True)
    for name in ("history.jsonl", "stages.json", "model/weights.safetensors", "stage-target/checkpoint/state.bin"):
        assert (again.folder / name).read_bytes() == (whole.folder / name).read_bytes(), name


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the source task, with the statistics of other tracks."""
    folder = tmp_path_factory.mktemp("source")
    write(folder / "songs.csv", 40)
    tables: dict[str, Any] = {
        "collection": {"table": "songs.csv"},
        "inputs": {"numbers": {"kind": "columns", "columns": ["f*"]}},
        "tasks": {"genre": {"kind": "multiclass"}},
        "network": {"blocks": BLOCKS},
        "training": {"epochs": 1, "threads": 1},
    }
    return train(Experiment.of(tables, folder), folder / "run", seed=9).folder


def test_copies_from_a_model_folder_read_tracks_as_it_does(made: Make, model: Path, tmp_path: Path) -> None:
    stage = {"name": "t", "tasks": ["genre"], "copy": {"from": str(model), "layers": "*"}}
    experiment = made(stage, {"name": "rest"})
    material = prepare(experiment, 1)
    ready = fold_material(material, material.corpus.split.folds[0])
    assert ready.inputs["numbers"] == open_model(model).inputs["numbers"]
    fresh = fold_material(prepare(made(), 1), material.corpus.split.folds[0])
    assert fresh.inputs["numbers"] != ready.inputs["numbers"], "fitted on these tracks it would be another scale"
    _, states = staged(experiment, tmp_path / "run")
    weights = load_file(model / "model" / "weights.safetensors")
    assert all(torch.equal(states["t before"][n], weights[n]) for n in weights)


def test_a_model_that_changed_since_cannot_be_resumed_from(made: Make, model: Path, tmp_path: Path) -> None:
    from unisono.training.claiming import check_same_data

    experiment = made({"name": "t", "copy": {"from": str(model), "layers": f"{TRUNK}.block1"}})
    material = prepare(experiment, 1)
    check_same_data(material, tmp_path, resume=False)
    check_same_data(material, tmp_path, resume=True)
    known = tmp_path / "split.sha256"
    known.write_text(known.read_text().replace(material.sources[str(model)].digest, "0" * 64))
    with pytest.raises(TrainingError, match="run: has other weights than when the run began"):
        check_same_data(material, tmp_path, resume=True)


COPY = {"from": "stage:pretrain", "layers": "branches"}


@pytest.mark.parametrize(
    ("stage", "message"),
    [
        (
            {"copy": {**COPY, "layers": "branches.for_audio"}},
            r'mine:stages\.t\.copy\.layers: the pattern "branches\.for_audio" fits no layer',
        ),
        (
            {"copy": {**COPY, "layers": "*.for_numbers", "to": "*.for_number"}},
            r"stages\.t\.copy\.to: the pattern .* fits no layer",
        ),
        ({"copy": COPY}, r'block2\.for_all\..*" of stage:pretrain has no place in this network'),
        (
            {"copy": {**COPY, "layers": "heads"}, "tasks": ["genre"]},
            r'"heads\.heads\.for_source\..* has no place in this network, whose tasks are genre\.',
        ),
        (
            {
                "copy": COPY,
                "network": {"sharing": "hard", "blocks": [BLOCKS[0], {"layers": ["linear 7", "batchnorm"]}]},
            },
            r'block2\.for_all\.linear1\.weight" has the shape \(7, 8\) but .* of stage:pretrain has \(6, 8\)',
        ),
        (
            {"copy": {**COPY, "layers": "heads.heads.for_source", "to": "heads.heads.for_genre"}},
            r"task genre answers jazz, rock but task source of stage:pretrain a, b\. Set `labels` alike",
        ),
        ({"freeze": "trunk"}, r'stages\.t\.freeze: the pattern "trunk" fits no layer'),
        ({"unfreeze": "trunk"}, r"stages\.t\.unfreeze: the pattern"),
        ({"rates": {"trunk": 0.1}}, r"stages\.t\.rates: the pattern"),
        ({"freeze": ["branches", "heads.heads.for_genre"]}, r"freeze: leaves nothing that could learn genre"),
        (
            {"learn": ["genre"], "network": {"links": {"genre": ["energy"]}}},
            r"mine:stages\.t: energy: feeds genre but its head is neither learned nor copied",
        ),
    ],
)
def test_what_does_not_fit_is_said_before_the_stage_is_trained(
    made: Make, tmp_path: Path, stage: Any, message: str
) -> None:
    with pytest.raises(ExperimentError, match=message):
        staged(made({**PRETRAIN, "training": {"epochs": 1}}, {"name": "t", **stage}, {"name": "end"}), tmp_path / "run")
    assert not list((tmp_path / "run").rglob("*")), "no earlier stage has learned anything"


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        ([{"name": "a"}, {"name": "a"}], r"mine:stages\.a: stands twice"),
        ([{"name": "a", "tasks": ["gnre"]}], r'stages\.a\.tasks: "gnre" is no task here.*Did you mean "genre"'),
        (
            [{"name": "a", "tasks": ["genre"], "learn": ["energy"]}],
            r'stages\.a\.learn: "energy" is no task here, which are genre',
        ),
        (
            [{"name": "a", "copy": {"from": "stage:b", "layers": "*"}}, {"name": "b"}],
            r'stages\.a\.copy\.from: "b" is no earlier stage, which are none',
        ),
        ([{"name": "a", "copy": {"from": "stage:a", "layers": "*"}}], '"a" is no earlier stage'),
        ([{"name": "a", "tasks": ["genre"]}], r"tasks\.source: is learned in no stage"),
        ([{"name": "a", "copy": {"from": "x", "layers": ["a", "b"], "to": "c"}}], "2 layers and 1 places"),
        ([{"name": "a", "freze": "x"}], r'stages\.a\.freze: is no key of StageSettings. Did you mean "freeze"'),
        ([{"name": "a/b"}], r"stages\.a/b\.name"),
        ([{"name": "a", "training": {"epoch": 3}}], r"stages\.a:training\.epoch: is no key of TrainingSettings"),
        ([{"name": "a", "heads": {"gnre": {}}}], r"stages\.a:heads\.gnre: is no task"),
        ([{"name": "a", "rates": {"*": 0}}], r"stages\.a\.rates"),
    ],
)
def test_stages_that_cannot_be(made: Make, stages: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(ExperimentError, match=message):
        made(*stages)


def test_the_last_stage_learns_a_target(made: Make) -> None:
    tasks = {"source": {"kind": "multiclass", "role": "auxiliary"}}
    with pytest.raises(ExperimentError, match="learns auxiliary tasks only but the last stage makes the model"):
        made({"name": "a"}, {"name": "b", "tasks": ["source"]}, tasks=tasks)
    first = made({"name": "a", "tasks": ["source"]}, {"name": "b"}, tasks=tasks)
    assert first.at(first.stages[0]).tasks["source"].role == "target", "there it is what counts"


def test_a_model_that_reads_otherwise_or_is_none(made: Make, model: Path) -> None:
    stage = {"name": "t", "copy": {"from": str(model), "layers": f"{TRUNK}.block1"}}
    with pytest.raises(ExperimentError, match=r"inputs\.numbers: scaling is 'minmax' but 'standard' in .*Set it alike"):
        prepare(made(stage, inputs={"numbers": {"kind": "columns", "columns": ["f*"], "scaling": "minmax"}}), 1)
    with pytest.raises(ModelError, match=r"stages\.t\.copy\.from: .*nowhere: there is no such folder\. Name a"):
        prepare(made({**stage, "copy": {"from": "nowhere", "layers": "*"}}), 1)


def test_a_stage_that_is_named_like_a_folder(made: Make, tmp_path: Path) -> None:
    stages = {"name": "a"}, {"name": "b", "copy": {"from": "a", "layers": "*"}}
    with pytest.raises(ExperimentError, match=r'stages\.b\.copy\.from: there is no folder "a", .* mean "stage:a"\?'):
        made(*stages)
    (tmp_path / "a").mkdir()
    assert made(*stages).stages[1].copies[0].source == "a"

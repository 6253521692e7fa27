"""Runs that learn as one program end as they would alone: the same epochs, scores and weights, but for float error."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from unisono.errors import TrainingError
from unisono.experiment import Experiment
from unisono.training.checkpoint import Checkpoint
from unisono.training.loop import Loop
from unisono.training.together import Asked, learn_together, learning, unfit
from unisono.training.together.opening import opened

Make = Callable[..., Experiment]
SEEDS = (0, 1, 2)
MLP: dict[str, dict[str, Any]] = {
    "collection": {"table": "songs.csv", "id": "id", "groups": ["artist"]},
    "inputs": {"lyrics": {"kind": "columns", "columns": ["f*"]}},
    "network": {
        "encoder": "mlp",
        "blocks": [
            {"layers": ["linear 16", "relu", "batchnorm", "dropout 0.3"]},
            {"layers": ["linear 8", "layernorm", "tanh", "dropout 0.2"]},
        ],
        "sharing": "low:1",
        "links": {"moods": ["genre"]},
        "head": {"hidden": [6], "dropout": 0.1},
    },
}


def with_numbers(folder: Path) -> None:
    """Add columns of numbers that tell the genre to the small table."""
    path, rng = folder / "songs.csv", np.random.default_rng(3)
    head, *lines = path.read_text().splitlines()
    kinds = {"rock": 0, "blues": 1, "jazz": 2, "": 1}
    added = [rng.normal(kinds[line.split(",")[3]], 1.0, 5).round(4).tolist() for line in lines]
    names = ",".join(f"f{i}" for i in range(5))
    rows = [f"{line},{','.join(map(str, row))}" for line, row in zip(lines, added, strict=True)]
    path.write_text("\n".join([f"{head},{names}", *rows]) + "\n")


def asked(made: Experiment, folder: Path, seeds: Sequence[int] = SEEDS) -> list[Asked]:
    return [Asked(made, folder / f"{seed}", seed, lambda line: None) for seed in seeds]


def alone(run: Asked) -> None:
    """Learn a run as `train` does, without its model and scores."""
    for one in opened(run):
        torch.set_rng_state(one.random.get_state())
        one.loop.run(one.loop.label, resume=True)


def both_ways(made: Experiment, folder: Path, seeds: Sequence[int] = SEEDS) -> list[tuple[Path, Path]]:
    """Folders of runs that learned alone, and of the same runs that learned together."""
    beside = asked(made, folder / "beside", seeds)
    assert learn_together(beside) == (len(seeds), "")
    separate = asked(made, folder / "alone", seeds)
    for run in separate:
        alone(run)
    return [(one.folder, other.folder) for one, other in zip(separate, beside, strict=True)]


def history(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]


def assert_alike(one: Any, other: Any, where: str = "") -> None:
    """The same values all the way down, numbers to a millionth or so."""
    if isinstance(one, dict):
        assert list(one) == list(other), where
        for key in one:
            assert_alike(one[key], other[key], f"{where}.{key}")
    elif isinstance(one, list):
        assert len(one) == len(other), where
        for i, pair in enumerate(zip(one, other, strict=True)):
            assert_alike(*pair, where=f"{where}[{i}]")
    elif isinstance(one, float) and isinstance(other, float):
        assert one == pytest.approx(other, rel=2e-4, abs=2e-5), where
    else:
        assert one == other, where


def weights(folder: Path) -> dict[str, Any]:
    saved = Checkpoint.load(folder / "checkpoint")
    assert saved is not None and saved.facts["finished"]
    return {f"{group} {n}": t for group in saved.tensors if group != "random" for n, t in saved.tensors[group].items()}


def assert_same_runs(pairs: list[tuple[Path, Path]]) -> None:
    for one, other in pairs:
        assert_alike(history(one), history(other))
        theirs, ours = weights(one), weights(other)
        assert set(ours) == set(theirs)
        for name, tensor in theirs.items():
            assert np.allclose(tensor.numpy(), ours[name].numpy(), rtol=1e-3, atol=1e-5), name


def test_bags_of_words(experiment: Make, tmp_path: Path) -> None:
    """Vocabularies differ by seed, labels are missing, and dropout draws the same numbers."""
    network = {"encoder": {"kind": "embedding_bag", "width": 16, "word_dropout": 0.2, "linear_path": True}}
    assert_same_runs(both_ways(experiment(network=network, training={"epochs": 4}), tmp_path))


def test_dense_layers(experiment: Make, tmp_path: Path) -> None:
    """Rates that change, gradients that are shortened, last batches of other sizes, statistics of batches."""
    made = experiment(**MLP, training={"epochs": 5, "clip": 0.5, "batch_size": 13, "schedule": "cosine", "warmup": 0.1})
    with_numbers(tmp_path)
    assert_same_runs(both_ways(made, tmp_path))


@pytest.mark.parametrize(
    "training",
    [
        {"optimizer": "sgd", "momentum": 0.9, "schedule": "plateau", "patience": 2, "epochs": 8, "learning_rate": 0.1},
        {"optimizer": "adagrad", "patience": 1, "epochs": 9, "learning_rate": 0.3},
        {"optimizer": "adamw", "weight_decay": 0.1, "watch": "genre.f1_macro", "patience": 2, "epochs": 7},
    ],
    ids=lambda training: training["optimizer"],
)
def test_each_run_stops_for_itself(experiment: Make, tmp_path: Path, training: dict[str, Any]) -> None:
    tasks = {"genre": {"kind": "multiclass", "class_weights": "balanced"}}
    balancing = {"method": "static", "weights": {"moods": 2.0}}
    made = experiment(**MLP, training=training, tasks=tasks, balancing=balancing)
    with_numbers(tmp_path)
    pairs = both_ways(made, tmp_path)
    assert_same_runs(pairs)
    lengths = {len(history(other)) for _, other in pairs}
    assert training["optimizer"] == "adamw" or len(lengths) > 1 or lengths != {training["epochs"]}


def test_folds_learn_side_by_side(experiment: Make, tmp_path: Path) -> None:
    made = experiment(split={"folds": 2}, training={"epochs": 2})
    (run,) = asked(made, tmp_path, (0,))
    learnt = learn_together([run])
    assert learnt == (1, "")
    assert sorted(p.parent.parent.name for p in run.folder.rglob("state.bin")) == ["final", "fold-0", "fold-1"]


@pytest.mark.parametrize("order", ["round_robin", "random"])
def test_one_task_a_step(experiment: Make, tmp_path: Path, order: str) -> None:
    """Lines of the history name the tasks in the same order, whichever comes first; an absent one adds nothing to them.

    A root of the error of no label at all would be a little above zero.
    """
    sampling, training = {"method": "alternate", "order": order}, {"epochs": 2, "batch_size": 8}
    rooted = {"year": {"kind": "regression", "role": "auxiliary", "loss": "rmse"}}
    made = experiment(sampling=sampling, training=training, tasks=rooted)
    assert_same_runs(both_ways(made, tmp_path, (0, 1)))


def test_experts_and_gates(experiment: Make, tmp_path: Path) -> None:
    network: dict[str, Any] = {
        "encoder": {"kind": "embedding_bag", "width": 8},
        "sharing": {"kind": "mmoe", "experts": 2},
    }
    network["encoder"]["blocks"] = [{"layers": ["linear 6", "relu"]}]
    assert_same_runs(both_ways(experiment(network=network, training={"epochs": 2}), tmp_path, (0, 1)))


def test_a_run_whose_loss_is_no_number_leaves_the_others_alone(experiment: Make, tmp_path: Path) -> None:
    made = experiment(training={"epochs": 3})
    runs = asked(made, tmp_path, (0, 1))
    broken = opened(runs[0])[0].loop
    with torch.no_grad():
        next(broken.learner.network.parameters()).fill_(torch.nan)
    broken.save(finished=False)
    before = (runs[0].folder / "checkpoint" / "state.bin").read_bytes()
    learn_together(runs)
    assert (runs[0].folder / "checkpoint" / "state.bin").read_bytes() == before
    with pytest.raises(TrainingError, match=r"the loss is .*nan"):
        alone(runs[0])
    separate = Asked(made, tmp_path / "alone", 1, lambda line: None)
    alone(separate)
    assert_same_runs([(separate.folder, runs[1].folder)])


ODD: dict[str, Any] = {
    "blocks": [{"layers": ["linear 7", "relu", "batchnorm"]}, {"layers": ["linear 5", "layernorm", "tanh"]}]
}


@pytest.mark.parametrize("tables", [{}, {**MLP, "network": {**MLP["network"], **ODD}}], ids=["words", "odd widths"])
@pytest.mark.parametrize("stop", [2, 7, 14], ids=["one is behind", "two are behind", "one is left"])
def test_stopped_anywhere_it_goes_on_to_the_same_last_bit(
    experiment: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tables: dict[str, Any], stop: int
) -> None:
    """Checkpoints of two runs may be of different epochs, as when it was stopped between writing them."""
    monkeypatch.setattr(learning, "_PAUSE", 0.0)
    patience = 0 if stop == 14 else 3  # the last of three runs, in the last of five epochs
    made = experiment(**tables, training={"epochs": 5, "patience": patience, "batch_size": 13 if tables else 16})
    with_numbers(tmp_path)
    whole, stopped = asked(made, tmp_path / "whole"), asked(made, tmp_path / "stopped")
    learn_together(whole)

    class Stop(Exception):
        pass

    saved = Loop.save
    calls = iter(range(100))

    def save(loop: Loop, finished: bool) -> None:
        if next(calls) == stop:  # 7: in the third epoch, after the first run's
            raise Stop
        saved(loop, finished)

    with monkeypatch.context() as patch:
        patch.setattr(Loop, "save", save)
        with pytest.raises(Stop):
            learn_together(stopped)
    assert learn_together(stopped).runs == len(SEEDS)
    for one, other in zip(whole, stopped, strict=True):
        assert history(one.folder) == history(other.folder)
        theirs, ours = weights(one.folder), weights(other.folder)
        differing = {n: float((t - ours[n]).abs().max()) for n, t in theirs.items() if not torch.equal(t, ours[n])}
        assert differing == {}


@pytest.mark.parametrize(
    ("tables", "why"),
    [
        ({"balancing": {"method": "gradnorm"}}, "are balanced by gradnorm"),
        ({"training": {"precision": "bf16"}}, "learn with bf16"),
        ({"training": {"diagnostics_every": 3}}, "compare the tasks' gradients"),
        ({"inputs": {"lyrics": {"kind": "words"}}, "network": {"encoder": "text_cnn"}}, "are no small networks"),
    ],
)
def test_what_cannot_be_one_program_is_said(experiment: Make, tables: dict[str, Any], why: str) -> None:
    assert why in unfit(experiment(**tables))
    assert unfit(experiment()) == ""


@pytest.mark.parametrize(
    ("tables", "why"),
    [
        ({"training": {"memory": 1e-9}}, "GiB of examples at once"),
        ({"network": {"sharing": {"kind": "cross_stitch"}}}, "a layer without a form for several networks"),
        ({"network": {"encoder": {"kind": "embedding_bag", "width": 65536}}}, "which is not small"),
    ],
)
def test_what_is_seen_once_runs_are_opened(experiment: Make, tmp_path: Path, tables: dict[str, Any], why: str) -> None:
    learnt = learn_together(asked(experiment(**tables), tmp_path, (0, 1)))
    assert learnt.runs == 0 and why in learnt.why_not

"""Whole runs on a small table: learned, honest, exact when resumed, and clear when they cannot go on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from unisono.errors import ExperimentError, LabelError, TrainingError
from unisono.experiment import Experiment, dump_toml
from unisono.model import open_model
from unisono.training.run import Watching, train

Make = Callable[..., Experiment]


def test_a_run_learns_and_leaves_what_it_promises(experiment: Make, tmp_path: Path) -> None:
    lines: list[dict[str, object]] = []
    run = train(experiment(), tmp_path / "run", seed=3, watching=Watching(line=lines.append))
    names = {p.name for p in run.folder.iterdir()}
    assert {"experiment.toml", "split.csv", "history.jsonl", "predictions.parquet", "scores.json", "model"} <= names
    scores = json.loads((run.folder / "scores.json").read_text())
    assert scores["protocol"] == "grouped" and not scores["leaks"] and scores["split"] == "test"
    assert scores["tasks"]["genre"]["accuracy"] > scores["tasks"]["genre"]["majority"]["accuracy"] + 0.1
    assert len(lines) == 6
    history = (run.folder / "history.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in history] == lines
    assert "seconds" not in history[0]
    facts = open_model(run.model).facts
    assert facts["parity"]["max_difference"] < 1e-4
    assert facts["columns"] == {"id": "id", "lyrics": "lyrics"}


def test_test_scores_are_those_of_the_exported_model(experiment: Make, tmp_path: Path) -> None:
    run = train(experiment(), tmp_path / "run", seed=1)
    frame = pl.read_parquet(run.folder / "predictions.parquet").filter(pl.col("split") == "test", task="genre")
    model = open_model(run.model)
    table = pl.read_csv(tmp_path / "songs.csv")
    for track in frame["track"].unique():
        text = table.filter(pl.col("id") == track)["lyrics"][0]
        examples = model.inputs["lyrics"].read(type("T", (), {"lyrics": text, "id": track})())
        expected = frame.filter(pl.col("track") == track)["score"].to_list()
        assert model.predict([{"lyrics": examples}])["genre"][0].tolist() == pytest.approx(expected, abs=1e-6)


def test_the_total_loss_is_that_of_the_target_tasks_on_test(experiment: Make, tmp_path: Path) -> None:
    made = experiment(split={"folds": 2, "final": False}, training={"epochs": 1})
    scores = train(made, tmp_path / "run", seed=1).scores
    for fold in scores["folds"]:  # the tasks' losses have a score each; the year only helps
        expected = fold["tasks"]["genre"]["log_loss"] + fold["tasks"]["moods"]["log_loss"]
        assert fold["total_loss"] == pytest.approx(expected, rel=1e-5)
    assert scores["total_loss"] == pytest.approx(sum(fold["total_loss"] for fold in scores["folds"]) / 2)


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(experiment: Make, tmp_path: Path) -> None:
    weights = [
        (train(experiment(), tmp_path / name, seed=seed).model / "weights.safetensors").read_bytes()
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    ]
    assert weights[0] == weights[1] != weights[2]


@pytest.mark.parametrize("method", ["sum", "gradnorm"])
def test_killed_anywhere_and_resumed_gives_the_same_bits(experiment: Make, tmp_path: Path, method: str) -> None:
    made = experiment(
        balancing={"method": method},
        network={"encoder": {"kind": "embedding_bag", "width": 16}, "head": {"hidden": [8], "dropout": 0.3}},
        training={"checkpoint_every": 2, "schedule": "cosine", "optimizer": "adamw"},
    )
    whole = train(made, tmp_path / "whole", seed=5)
    (tmp_path / "x.toml").write_text(dump_toml(made.tables()))
    script = f"""
        import os, signal, sys
        from pathlib import Path
        import unisono.training.checkpoint as checkpoint
        from unisono.training.run import train
        plain, left = checkpoint.Checkpoint.save, [int(sys.argv[1])]
        def save(self, folder):
            plain(self, folder)
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        checkpoint.Checkpoint.save = save
        train({str(tmp_path / "x.toml")!r}, {str(tmp_path / "killed")!r}, seed=5, resume=True)
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    for after in (1, 4):
        ended = subprocess.run([sys.executable, "-c", textwrap.dedent(script), str(after)], env=environment)
        assert ended.returncode == -signal.SIGKILL
    again = train(Experiment.load(tmp_path / "x.toml"), tmp_path / "killed", seed=5, resume=True)
    for name in ("history.jsonl", "predictions.parquet", "model/weights.safetensors", "model/model.onnx"):
        assert (again.folder / name).read_bytes() == (whole.folder / name).read_bytes(), name


def test_kills_at_random_times_lose_nothing(experiment: Make, tmp_path: Path) -> None:
    made = experiment(training={"epochs": 30, "checkpoint_every": 1})
    (tmp_path / "x.toml").write_text(dump_toml(made.tables()))
    whole = train(made, tmp_path / "whole", seed=2)
    code = "import sys; from unisono.training.run import train; train(sys.argv[1], sys.argv[2], seed=2, resume=True)"
    state = tmp_path / "killed" / "checkpoint" / "state.bin"
    for _ in range(3):
        before = state.stat().st_mtime_ns if state.exists() else 0
        started = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "x.toml"), str(tmp_path / "killed")])
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and started.poll() is None:
            if state.exists() and state.stat().st_mtime_ns > before:
                break
            time.sleep(0.005)
        time.sleep(0.03)
        started.kill()
        started.wait()
    again = train(Experiment.load(tmp_path / "x.toml"), tmp_path / "killed", seed=2, resume=True)
    assert (again.model / "weights.safetensors").read_bytes() == (whole.model / "weights.safetensors").read_bytes()


def test_resuming_weights_and_optimizer_alone_would_not_be_exact(experiment: Make, tmp_path: Path) -> None:
    """The control: the same kill with the random state left out gives other weights."""
    from unisono.training import loop

    made = experiment(
        network={"encoder": {"kind": "embedding_bag", "width": 16}, "head": {"hidden": [8], "dropout": 0.3}}
    )
    whole = train(made, tmp_path / "whole", seed=5)

    class Stop(Exception):
        pass

    def stop_at_three(line: dict[str, object]) -> None:
        if line["epoch"] == 3:
            raise Stop

    with pytest.raises(Stop):
        train(made, tmp_path / "naive", seed=5, watching=Watching(line=stop_at_three))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "restore_random", lambda tensors: None)
        again = train(made, tmp_path / "naive", seed=5, resume=True)
    assert (again.model / "weights.safetensors").read_bytes() != (whole.model / "weights.safetensors").read_bytes()


def test_folds_predict_every_track_once_and_keep_a_final_model(experiment: Make, tmp_path: Path) -> None:
    run = train(experiment(split={"folds": 3}, training={"epochs": 2}), tmp_path / "run", seed=0)
    frame = pl.read_parquet(run.folder / "predictions.parquet").filter(pl.col("split") == "test", task="year")
    assert len(frame) == frame["track"].n_unique() == 90
    assert len(run.scores["folds"]) == 3
    assert open_model(run.model).facts["scores"]["tasks"]["genre"]["n"] == run.scores["tasks"]["genre"]["n"]
    folds = [json.loads(line)["fold"] for line in (run.folder / "history.jsonl").read_text().splitlines()]
    assert folds == [0, 0, 1, 1, 2, 2, "final", "final"]


def test_early_stopping_keeps_the_best_epoch(experiment: Make, tmp_path: Path) -> None:
    made = experiment(training={"epochs": 200, "patience": 3, "learning_rate": 0.05, "watch": "genre.f1_macro"})
    run = train(made, tmp_path / "run", seed=0)
    lines = [json.loads(line) for line in (run.folder / "history.jsonl").read_text().splitlines()]
    assert len(lines) < 200
    best = max(line["validation_scores"]["genre"]["f1_macro"] for line in lines)
    kept = [line for line in lines if line["best"]][-1]
    assert kept["validation_scores"]["genre"]["f1_macro"] == best
    assert lines[-1]["epoch"] - kept["epoch"] == 3


def test_auxiliary_tasks_do_not_count_in_the_watched_total(experiment: Make, tmp_path: Path) -> None:
    run = train(experiment(training={"epochs": 1}), tmp_path / "run", seed=0)
    (line,) = [json.loads(text) for text in (run.folder / "history.jsonl").read_text().splitlines()]
    validation = line["validation"]
    assert line["total"]["validation"] == pytest.approx(validation["genre"] + validation["moods"])


def test_a_loss_that_is_no_number_stops_with_step_tracks_and_cause(experiment: Make, tmp_path: Path) -> None:
    made = experiment(training={"learning_rate": 1e30, "optimizer": "sgd"})
    with pytest.raises(TrainingError, match=r"epoch \d+, step \d+, tracks t\d+, .* the loss is .*lower it"):
        train(made, tmp_path / "run", seed=0)


def test_gradients_are_compared_every_n_steps_and_change_nothing(experiment: Make, tmp_path: Path) -> None:
    plain = train(experiment(training={"epochs": 2}), tmp_path / "plain", seed=0)
    looked = train(experiment(training={"epochs": 2, "diagnostics_every": 3}), tmp_path / "looked", seed=0)
    lines = [json.loads(line) for line in (looked.folder / "history.jsonl").read_text().splitlines()]
    records = [record for line in lines for record in line["diagnostics"]["conflicts"]]
    assert [record["step"] for record in records] == list(range(1, lines[-1]["step"] + 1, 3))
    assert all(len(record["cosine"]) == len(record["tasks"]) >= 2 for record in records)
    assert looked.scores["tasks"]["genre"]["log_loss"] == pytest.approx(
        plain.scores["tasks"]["genre"]["log_loss"], rel=1e-4
    )


def test_another_experiment_cannot_resume_nor_overwrite_a_run(experiment: Make, tmp_path: Path) -> None:
    train(experiment(training={"epochs": 1}), tmp_path / "run", seed=0)
    with pytest.raises(ExperimentError, match="holds a run already"):
        train(experiment(training={"epochs": 1}), tmp_path / "run", seed=0)
    with pytest.raises(ExperimentError, match=r"is a run with training.epochs = 1, not 2, so it cannot be resumed"):
        train(experiment(training={"epochs": 2}), tmp_path / "run", seed=0, resume=True)


def test_a_split_that_leaks_is_said_before_anything_is_learned(experiment: Make, tmp_path: Path) -> None:
    told: list[str] = []
    watching = Watching(line=lambda _: told.append("epoch"), warn=told.append)
    random = experiment(split={"protocol": "random"}, training={"epochs": 1})
    run = train(random, tmp_path / "run", watching=watching)
    assert told[0].startswith("The scores will be stamped leaky: random split although groups are known (")
    assert told[0].endswith('set protocol = "grouped" under [split], with groups that are known under [collection].')
    assert "epoch" in told and run.warnings[0] == told[0]


def test_a_watched_score_of_no_task(experiment: Make, tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match=r'"genere.f1_macro" names no score .* Did you mean "genre"'):
        train(experiment(training={"watch": "genere.f1_macro"}), tmp_path / "run")


def test_a_task_without_any_label_is_said_before_training(experiment: Make, tmp_path: Path) -> None:
    made = experiment()
    frame = pl.read_csv(tmp_path / "songs.csv", infer_schema=False).with_columns(genre=pl.lit(None, pl.String))
    frame.write_csv(tmp_path / "songs.csv")
    with pytest.raises(LabelError, match="no row is labelled"):
        train(made, tmp_path / "run")


def test_damaged_checkpoints_are_not_loaded(experiment: Make, tmp_path: Path) -> None:
    run = train(experiment(training={"epochs": 1}), tmp_path / "run", seed=0)
    path = run.folder / "checkpoint" / "state.bin"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(TrainingError, match="has other bytes than its checksum says"):
        train(experiment(training={"epochs": 1}), tmp_path / "run", seed=0, resume=True)

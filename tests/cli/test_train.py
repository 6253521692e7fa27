"""`unisono train`: a run from the command line, its lines, its JSON, and its mistakes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from unisono.cli._app import run
from unisono.errors import ExperimentError
from unisono.experiment import Experiment

Capture = pytest.CaptureFixture[str]


def test_a_run_is_told_and_left_behind(experiment: Path, tmp_path: Path, capsys: Capture) -> None:
    folder = tmp_path / "run"
    assert run(["train", str(experiment), "-o", str(folder), "--seed", "1", "--set", "training.epochs=2"]) == 0
    shown = capsys.readouterr().out
    assert [line.split()[1] for line in shown.splitlines() if line.startswith("epoch ")] == ["1", "2"]
    assert "genre\tf1_macro\t" in shown
    assert "Signature: data:" in shown
    assert "Exported model and trained network differ by at most " in shown
    assert f"Model: {folder / 'model'}   Report: {folder / 'report.html'}" in shown
    assert (folder / "report.html").is_file()
    assert "epochs = 2" in (folder / "experiment.toml").read_text()


def test_json_is_all_of_stdout(experiment: Path, tmp_path: Path, capsys: Capture) -> None:
    folder = tmp_path / "run"
    assert run(["train", str(experiment), "-o", str(folder), "--json", "--no-report"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["model"] == str(folder / "model")
    assert result["report"] is None
    assert 0 <= result["parity"] < 1e-3
    assert set(result["scores"]["tasks"]) == {"genre", "energy"}
    assert json.loads((folder / "scores.json").read_text()) == result["scores"]


def test_a_finished_run_is_not_overwritten(experiment: Path, finished: Path, capsys: Capture) -> None:
    assert run(["train", str(experiment), "-o", str(finished)]) == 2
    assert "holds a run already" in capsys.readouterr().err


def test_resume_of_a_finished_run_gives_the_same(experiment: Path, finished: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(finished, tmp_path / "copy")
    (folder / "scores.json").unlink()
    assert run(["train", str(experiment), "-o", str(folder), "--seed", "1", "--resume", "-q", "--no-report"]) == 0
    assert (folder / "scores.json").read_bytes() == (finished / "scores.json").read_bytes()


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ("training.epoch=3", 'Did you mean "epochs"?'),
        ("training.epochs=many", "mine.toml:training.epochs"),
        ("epochs", "has no key=value"),
        ("collection.table=gone.csv", "gone.csv"),
    ],
)
def test_mistakes_are_one_line(experiment: Path, tmp_path: Path, capsys: Capture, change: str, line: str) -> None:
    assert run(["train", str(experiment), "-o", str(tmp_path / "run"), "--set", change]) == 2
    shown = capsys.readouterr()
    assert line in shown.err
    assert len(shown.err.splitlines()) == 1
    assert shown.out == ""


def test_an_unknown_experiment_names_the_recipes(capsys: Capture) -> None:
    assert run(["train", "nonesuch"]) == 2
    assert "nonesuch: is neither a file nor a built-in recipe." in capsys.readouterr().err


def test_devices_are_a_key_of_the_experiment(
    experiment: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three processes were started by somebody else: another number is a mistake, told by the first alone."""
    for name, value in {"RANK": "0", "WORLD_SIZE": "3", "MASTER_ADDR": "localhost", "MASTER_PORT": "1"}.items():
        monkeypatch.setenv(name, value)
    assert run(["train", str(experiment), "-o", str(tmp_path / "run"), "--devices", "2"]) == 2
    assert "training.devices: is 2 but 3 processes were started. Leave it out" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
    assert run(["train", str(experiment), "-o", str(tmp_path / "run"), "--devices", "0"]) == 2
    assert "--devices" in capsys.readouterr().err


def test_on_bad_is_a_key_of_the_experiment(
    experiment: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def seen(console: object, asked: Experiment, how: object) -> None:
        raise ExperimentError("on_bad", asked.training.on_bad)

    monkeypatch.setattr("unisono.cli.train._run", seen)
    assert run(["train", str(experiment), "-o", str(tmp_path / "run"), "--on-bad", "use"]) == 2
    assert capsys.readouterr().err == "on_bad: use.\n"
    assert run(["train", str(experiment), "-o", str(tmp_path / "run"), "--on-bad", "half"]) == 2
    assert "--on-bad" in capsys.readouterr().err

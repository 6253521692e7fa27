"""`unisono study`: what it shows, what it leaves, and its mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from unisono.cli._app import run

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def study_file(experiment: Path, tmp_path: Path) -> Path:
    """A study of one configuration that is good and one that cannot be trained."""
    path = tmp_path / "study.toml"
    levels = "[factors.x]\ngood = { training.epochs = 1 }\n"
    levels += 'bad = { training = { learning_rate = 1e30, optimizer = "sgd" } }\n'
    path.write_text(f'[study]\nexperiment = "{experiment}"\nseeds = 1\n{levels}')
    return path


def test_the_plan_is_shown_and_nothing_run(study_file: Path, capsys: Capture) -> None:
    assert run(["study", str(study_file), "--plan", "--seeds", "3", "--protocols", "grouped, random"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "configuration\tx\ttasks"
    assert shown[-1] == "2 configurations, 3 seeds: 12 cells"


def test_a_study_is_run_reported_and_resumed(study_file: Path, tmp_path: Path, capsys: Capture) -> None:
    folder = tmp_path / "out"
    assert run(["study", str(study_file), "-o", str(folder), "-j", "1"]) == 3
    said = capsys.readouterr()
    assert "2 cells\n" in said.out
    assert "done    good  seed 0  genre f1_macro" in said.out
    assert "failed: bad, seed 0: " in said.err
    assert (folder / "report.html").is_file() and (folder / "tables" / "scores.csv").is_file()
    (folder / "report.html").unlink()
    assert run(["report", str(folder)]) == 0
    assert (folder / "report.html").is_file()
    capsys.readouterr()
    good = ["--set", 'study.exclude=[{ x = "bad" }]', "--resume", "--json", "-j", "1"]
    assert run(["study", str(study_file), "-o", str(folder), *good]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["ran"] == 0 and result["failed"] == []


def test_a_study_is_no_experiment(study_file: Path, tmp_path: Path, capsys: Capture) -> None:
    assert run(["train", str(study_file), "-o", str(tmp_path / "run")]) == 2
    assert "is a study but an experiment is needed. Run it with `unisono study`." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--protocols", "grouped,randon"], "study.protocols.1"),
        (["--protocols", ""], "study.protocols.0: '': input should be 'grouped'"),
        (["--protocols", "excerpts_cross", "--plan"], "no test track has several excerpts"),
        (["--set", "training.epoch=3"], 'Did you mean "epochs"'),
        (["--set", "study.baseline=god"], 'Did you mean "good"'),
    ],
)
def test_mistakes_are_one_line(
    study_file: Path, tmp_path: Path, capsys: Capture, options: list[str], line: str
) -> None:
    assert run(["study", str(study_file), "-o", str(tmp_path / "out"), *options]) == 2
    said = capsys.readouterr().err
    assert line in said and said.count("\n") == 1

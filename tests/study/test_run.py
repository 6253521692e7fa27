"""A whole study, small but real: cells are ordinary runs, never run twice, and what fails is named."""

from __future__ import annotations

import fcntl
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from unisono.errors import ExperimentError, ModelError, TableError
from unisono.files import commit_bytes
from unisono.study import run
from unisono.study.plan import Study
from unisono.study.run import StudyWatching, run_study
from unisono.training.run import train

Made = Callable[..., Study]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, made_once: Made) -> tuple[Study, Path]:
    """A study of two configurations and two seeds that has run; read it only."""
    folder = tmp_path_factory.mktemp("finished") / "study"
    study = made_once()
    run_study(study, folder)
    return study, folder


def without_times(summary: dict[str, Any]) -> str:
    return json.dumps({k: v for k, v in summary.items() if k != "cost"})


def test_a_cell_is_an_ordinary_run(finished: tuple[Study, Path], tmp_path: Path) -> None:
    _, folder = finished
    cell = next(p for p in folder.glob("cells/*") if p.is_dir())
    seed = json.loads(cell.with_suffix(".json").read_text())["place"]["seed"]
    again = train(cell / "experiment.toml", tmp_path / "run", seed)
    assert (tmp_path / "run" / "scores.json").read_bytes() == (cell / "scores.json").read_bytes()
    assert (again.model / "weights.safetensors").read_bytes() == (cell / "model" / "weights.safetensors").read_bytes()


def test_what_is_done_is_never_run_again(finished: tuple[Study, Path]) -> None:
    study, folder = finished
    before = without_times(json.loads((folder / "study.json").read_text()))
    victim = sorted(folder.glob("cells/*.json"))[0]
    told = victim.read_bytes()
    victim.unlink()
    again = run_study(study, folder, resume=True)
    assert again.ran == 1
    assert without_times(again.summary) == before
    assert {**json.loads(victim.read_bytes()), "cost": 0} == {**json.loads(told), "cost": 0}
    assert run_study(study, folder, resume=True).ran == 0


@pytest.mark.parametrize("left", ["", '{"cell": 1}', "[]", None])
def test_a_damaged_result_is_made_again(finished: tuple[Study, Path], tmp_path: Path, left: str | None) -> None:
    study, folder = finished
    out, said = tmp_path / "damaged", list[str]()
    shutil.copytree(folder, out)
    victim = sorted(out.glob("cells/*.json"))[0]
    told = victim.read_bytes()
    victim.write_text(told.decode()[:200] if left is None else left)
    torn = victim.with_suffix("") / "checkpoint" / ".unisono-1.tmp"
    torn.parent.mkdir(exist_ok=True)
    torn.write_bytes(b"half")
    again = run_study(study, out, resume=True, watching=StudyWatching(note=said.append))
    assert (again.ran, again.failures) == (1, ())
    assert said[0] == f"{victim} is damaged: it is made again from the cell's run, or the cell is run again"
    assert without_times(again.summary) == without_times(json.loads((folder / "study.json").read_text()))
    assert not torn.exists()


def test_a_study_without_its_toml_is_one_still(finished: tuple[Study, Path], tmp_path: Path) -> None:
    study, folder = finished
    shutil.copytree(folder, tmp_path / "bare")
    (tmp_path / "bare" / "study.toml").unlink()
    with pytest.raises(ExperimentError, match="holds a study already"):
        run_study(study, tmp_path / "bare")
    assert run_study(study, tmp_path / "bare", resume=True).ran == 0
    assert (tmp_path / "bare" / "study.toml").read_bytes() == (folder / "study.toml").read_bytes()


def test_a_study_that_was_moved_goes_on(finished: tuple[Study, Path], tmp_path: Path) -> None:
    study, folder = finished
    shutil.copytree(folder, tmp_path / "moved")
    sorted((tmp_path / "moved").glob("cells/*.json"))[0].unlink()
    again = run_study(study, tmp_path / "moved", resume=True)
    assert (again.ran, again.failures) == (1, ())
    assert without_times(again.summary) == without_times(json.loads((folder / "study.json").read_text()))


def test_a_study_grows(finished: tuple[Study, Path], made_once: Made, tmp_path: Path) -> None:
    _, folder = finished
    planned: list[tuple[int, int]] = []
    watching = StudyWatching(planned=lambda cells, done: planned.append((len(cells), len(done))))
    run_study(made_once(study={"seeds": [1]}), folder, resume=True, watching=watching)
    assert planned == [(2, 2)]


def test_a_folder_is_not_taken_twice(finished: tuple[Study, Path], tmp_path: Path) -> None:
    study, folder = finished
    with pytest.raises(ExperimentError, match="holds a study already"):
        run_study(study, folder)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a.txt").write_text("mine")
    with pytest.raises(ExperimentError, match="holds something that is no study"):
        run_study(study, tmp_path / "full")


@pytest.mark.parametrize(
    ("protocol", "line"), [("copies_cross", "no input makes copies"), ("excerpts_cross", "no test track has several")]
)
def test_a_protocol_that_cannot_leak_is_refused_before_any_cell(
    made_study: Made, tmp_path: Path, protocol: str, line: str
) -> None:
    study = made_study(study={"protocols": ["grouped", protocol]})
    with pytest.raises(ExperimentError, match=rf'alone:split.on_purpose: lets "{protocol}" but {line}'):
        run_study(study, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_excerpts_cannot_cross_where_an_input_knows_of_none(made_study: Made, tmp_path: Path) -> None:
    numbers = {"inputs": {"year": {"kind": "columns", "columns": ["year"]}}, "network": {}}
    study = made_study(study={"protocols": ["excerpts_cross"]}, experiment=numbers)
    with pytest.raises(ExperimentError, match=r'alone:split.on_purpose: lets "excerpts_cross" but no test track has'):
        run_study(study, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_model_that_is_nowhere_ends_a_study_before_it_begins(made_study: Made, tmp_path: Path) -> None:
    pieces = {"inputs": {"pieces": {"kind": "transformer", "model": "no/such/folder"}}, "network": {}}
    line = "alone:inputs.pieces.model: no/such/folder: is no folder but a model as transformers saves it is needed"
    with pytest.raises(ModelError, match=line):
        run_study(made_study(experiment=pieces), tmp_path / "out")
    copied = {"stages": [{"name": "a", "copy": {"from": "gone", "layers": "*"}}]}
    with pytest.raises(ModelError, match="gone"):
        run_study(made_study(factors={"tasks": {"alone": copied}}), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_study_whose_table_is_bad_leaves_nothing_behind(made_study: Made, tmp_path: Path) -> None:
    study, table, out = made_study(), tmp_path / "songs.csv", tmp_path / "out"
    good = table.read_text()
    table.write_text(good.replace("artist", "band", 1))
    for there in (False, True):
        with pytest.raises(TableError, match="artist"):
            run_study(study, out)
        assert list(out.iterdir()) == [] if there else not out.exists()
        out.mkdir(exist_ok=True)
    table.write_text(good)
    study = made_study(study={"seeds": 1}, factors={"tasks": {"alone": {"tasks": ["genre"]}}})
    assert run_study(study, out).ran == 1


def test_a_study_that_has_cells_stays_when_it_is_refused(made_study: Made, tmp_path: Path) -> None:
    one = {"factors": {"tasks": {"alone": {"tasks": ["genre"]}}}}
    study = made_study(study={"seeds": 1, "metrics": {"genre": "top_3_accuracy"}}, **one)
    with pytest.raises(ExperimentError, match="top_3_accuracy"):
        run_study(study, tmp_path / "out")
    assert run_study(made_study(study={"seeds": 1}, **one), tmp_path / "out", resume=True).ran == 0


def test_a_cell_that_fails_is_named_and_the_rest_goes_on(made_study: Made, tmp_path: Path) -> None:
    factors = {"x": {"good": {}, "bad": {"training": {"learning_rate": 1e30, "optimizer": "sgd"}}}}
    study = made_study(study={"baseline": "good", "seeds": 1}, factors=factors)
    run = run_study(study, tmp_path / "out")
    assert run.ran == 1
    assert len(run.failures) == 1 and run.failures[0].startswith("bad, seed 0: ")
    states = {c["configuration"]: c["state"] for c in run.summary["cells"]}
    assert states == {"good": "done", "bad": "failed"}
    assert "1 of 2 cells have no result" in run.summary["notes"][0]


def test_shuffled_labels_are_no_evidence(made_study: Made, tmp_path: Path) -> None:
    study = made_study(study={"seeds": 2, "protocols": ["shuffled"], "keep": "results"})
    run = run_study(study, tmp_path / "out")
    assert {row["verdict"] for row in run.summary["comparisons"]} == {"no evidence"}
    assert not [p for p in (tmp_path / "out" / "cells").iterdir() if p.is_dir()]


def test_pilot_runs_tell_how_long_to_learn(made_study: Made, tmp_path: Path) -> None:
    study = made_study(
        study={"seeds": 1, "epochs": "pilot", "pilots": 2, "patience": 1, "baseline": "alone", "protocols": ["random"]},
        factors={"tasks": {"alone": {"tasks": ["genre"]}}},
        experiment={"training": {"epochs": 4, "batch_size": 32, "learning_rate": 0.02}},
    )
    notes: list[str] = []
    run = run_study(study, tmp_path / "out", watching=StudyWatching(note=notes.append))
    (found,) = run.summary["pilot_epochs"]
    results = [json.loads(p.read_text()) for p in (tmp_path / "out" / "cells").glob("*.json")]
    best = [r["best_epoch"] for r in results if r["pilot"]]
    assert len(best) == 2 and found["epochs"] == max(1, round(sum(best) / 2))
    (final,) = [r for r in results if not r["pilot"]]
    assert final["epochs"] == found["epochs"] == final["best_epoch"], "the last epoch is kept"
    assert f"alone, random: {found['epochs']} epochs, the mean of 2 pilot runs" in notes


@pytest.mark.skipif(sys.platform == "win32", reason="there are no locks of this kind")
def test_of_two_that_begin_at_once_the_second_leaves_what_the_first_wrote(
    made_study: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, held = tmp_path / "study", []

    def written(path: Path, data: bytes) -> None:
        commit_bytes(path, data)
        lock = (folder / ".lock").open("w")
        fcntl.flock(lock, fcntl.LOCK_EX)  # here the other process has come first
        held.append(lock)

    monkeypatch.setattr(run, "commit_bytes", written)
    with pytest.raises(ExperimentError, match="is being run by another process"):
        run_study(made_study(), folder)
    held[0].close()
    assert (folder / "study.toml").is_file() and (folder / ".lock").is_file()

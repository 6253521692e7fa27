"""Scores by epoch: what a cell keeps of its history, and means over runs that end at different epochs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from unisono.study.by_epoch import epochs, kept
from unisono.study.cells import Place
from unisono.study.comparing import Records
from unisono.study.plan import Study
from unisono.study.run import run_study

Made = Callable[..., Study]
MakesResult = Callable[..., dict[str, Any]]


def line(epoch: int, value: float | None, **more: Any) -> dict[str, Any]:
    scores = {"genre": {} if value is None else {"f1_macro": value}}
    losses = {"genre": 1 / epoch}
    return {"epoch": epoch, "train": losses, "validation": losses, "validation_scores": scores, **more}


def test_a_cell_keeps_few_digits_of_every_epoch() -> None:
    found = kept([line(1, 0.123456), line(2, None), line(3, 0.3)])
    assert found == {
        "genre": {"f1_macro": [0.1235, None, 0.3], "loss": [1.0, 0.5, 0.3333], "train_loss": [1.0, 0.5, 0.3333]}
    }


def test_folds_are_averaged_while_they_last() -> None:
    found = kept([line(1, 0.2, fold=0), line(2, 0.4, fold=0), line(1, 0.4, fold=1)])
    assert found["genre"]["f1_macro"] == [0.3, 0.4]
    assert kept([]) == {}


def test_runs_are_averaged_while_they_last(made_study: Made, result: MakesResult) -> None:
    curves = ([0.2, 0.4, 0.9], [0.4, 0.6])
    found = [
        (Place("alone", "", seed), result(0.5, by_epoch={"genre": {"f1_macro": curve, "loss": [1.0]}}))
        for seed, curve in enumerate(curves)
    ]
    rows = epochs(Records.of(made_study(), found))
    assert [row["metric"] for row in rows] == ["f1_macro", "loss"]
    first = rows[0]
    assert (first["configuration"], first["task"], first["runs"]) == ("alone", "genre", [2, 2, 1])
    assert first["mean"] == pytest.approx([0.3, 0.5, 0.9])
    assert first["low"][0] < 0.3 < first["high"][0]
    assert first["low"][2] is None, "of one run nothing is known"


def test_further_scores_are_those_of_also(made_study: Made, result: MakesResult) -> None:
    curves = {"genre": {"f1_macro": [0.1], "accuracy": [0.2], "f1_micro": [0.3]}}
    found = [(Place("alone", "", 0), result(0.5, by_epoch=curves))]
    rows = epochs(Records.of(made_study(study={"also": {"genre": ["accuracy"]}}), found))
    assert [row["metric"] for row in rows] == ["f1_macro", "accuracy"]


def test_results_of_earlier_versions_have_none(made_study: Made, result: MakesResult) -> None:
    assert epochs(Records.of(made_study(), [(Place("alone", "", 0), result(0.5))])) == []


def test_a_study_that_has_run_tells_every_epoch(made_study: Made, tmp_path: Path) -> None:
    study = made_study(study={"seeds": 1, "keep": "results"}, factors={"tasks": {"alone": {"tasks": ["genre"]}}})
    rows = {row["metric"]: row for row in run_study(study, tmp_path / "study").summary["epochs"]}
    assert set(rows) == {"f1_macro", "loss", "train_loss"}
    assert all(len(row["mean"]) == 2 and None not in row["mean"] for row in rows.values())
    assert rows["train_loss"]["mean"][1] < rows["train_loss"]["mean"][0]

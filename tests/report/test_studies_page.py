"""Studies that were run apart on one page: every configuration, nothing tested between them."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from unisono.errors import TrainingError
from unisono.report import write_studies_report

PLACE = {"protocol": "", "size": None, "auxiliary_size": None}


def study(names: tuple[str, ...] = ("alone", "both"), **tasks: str) -> dict[str, Any]:
    """A study.json of configurations that all learn the tasks (name="metric"); the last one helps."""
    about = {
        name: {"kind": "multiclass", "role": "target", "metric": metric, "baseline": names[0]}
        for name, metric in tasks.items()
    }
    places = [{**PLACE, "configuration": name} for name in names]
    numbers = {"runs": 2, "mean": 0.5, "deviation": 0.01, "interval": [0.4, 0.6], "values": [0.49, 0.51]}
    scores = [
        {**place, **numbers, "task": task, "metric": metric, "chance": 0.3, "majority": None}
        for place in places for task, metric in tasks.items()
    ]  # fmt: skip
    compared = [
        {**places[-1], "task": t, "metric": m, "baseline": names[0], "interval": None, "verdict": "helps"}
        for t, m in tasks.items()
    ]
    return {
        "description": "made <up>", "version": "1", "seeds": [0, 1], "mark": [], "leaks": {"": ["leaks a bit"]},
        "tasks": about, "scores": scores, "comparisons": compared, "labels": [],
        "configurations": {n: {"levels": {"x": n}, "tasks": list(tasks)} for n in names},
        "cells": [{**place, "cell": place["configuration"]} for place in places],
        "losses": [{**place, **numbers, "tasks": len(tasks)} for place in places],
        "cost": [{**place, "runs": 2, "parameters": 1234, "seconds": 1.0} for place in places],
    }  # fmt: skip


def written(folder: Path, found: dict[str, Any]) -> Path:
    folder.mkdir(parents=True)
    (folder / "study.json").write_text(json.dumps(found))
    return folder


def test_two_studies_stand_side_by_side(tmp_path: Path) -> None:
    first = written(tmp_path / "hears", study(genre="accuracy", mood="accuracy"))
    second = written(tmp_path / "reads", study(genre="accuracy", mood="accuracy", year="accuracy"))
    text = write_studies_report([first, second], tmp_path / "both.html").read_text()
    for said in (
        "hears beside reads",
        "Nothing is tested between them",
        "made &lt;up&gt;",
        "hears: leaks a bit",
        "1,234",
    ):
        assert said in text, said
    assert "sums over other tasks" in text, "one learns three targets, the other two"
    assert text.count("<svg") == 2 and "year" not in text
    rows = list(csv.DictReader((tmp_path / "both-tables" / "overview.csv").read_text().splitlines()))
    assert [row["configuration"] for row in rows] == ["hears: alone", "hears: both", "reads: alone", "reads: both"]
    assert "total loss" not in rows[0]
    assert "**0.500" in (tmp_path / "both-tables" / "overview.md").read_text(), "helps in its own study"
    cost = list(csv.DictReader((tmp_path / "both-tables" / "cost.csv").read_text().splitlines()))
    assert [row["parameters"] for row in cost] == ["1234"] * 4


def test_total_losses_of_the_same_targets_stand_side_by_side(tmp_path: Path) -> None:
    folders = [written(tmp_path / name, study(genre="accuracy", mood="accuracy")) for name in ("a", "b")]
    text = write_studies_report(folders, tmp_path / "both.html").read_text()
    assert "sums over other tasks" not in text and "total loss" in text


def test_of_many_configurations_some_have_bars_and_all_stand_in_the_table(tmp_path: Path) -> None:
    many = written(tmp_path / "many", study(tuple(f"level {i}" for i in range(20)), genre="accuracy"))
    few = written(tmp_path / "few", study(genre="accuracy"))
    text = write_studies_report([many, few], tmp_path / "both.html").read_text()
    assert "4 of 20 bars of many" in text and text.count("<td>many: level") == 2 * 20
    assert "Not drawn" not in write_studies_report([many, few], tmp_path / "both.html", everything=True).read_text()


def test_scores_that_differ_are_said(tmp_path: Path) -> None:
    first = written(tmp_path / "a", study(genre="accuracy"))
    second = written(tmp_path / "b", study(genre="f1_macro"))
    assert "b decides about genre by f1_macro; shown is accuracy" in write_studies_report(
        [first, second], tmp_path / "both.html"
    ).read_text()  # fmt: skip


def test_folders_of_one_name_are_told_apart(tmp_path: Path) -> None:
    folders = [written(tmp_path / name / "study", study(genre="accuracy")) for name in ("x", "y")]
    assert f"{folders[1]}: both" in write_studies_report(folders, tmp_path / "both.html").read_text()


def test_what_cannot_be_set_side_by_side_is_refused(tmp_path: Path) -> None:
    first = written(tmp_path / "a", study(genre="accuracy"))
    second = written(tmp_path / "b", study(mood="accuracy"))
    with pytest.raises(TrainingError, match=r"no target task in common with the others \(a: genre; b: mood\)"):
        write_studies_report([first, second], tmp_path / "both.html")
    with pytest.raises(TrainingError, match="is named with a study that is itself"):
        write_studies_report([first, first], tmp_path / "both.html")
    with pytest.raises(TrainingError, match="is missing, so this study has not run"):
        write_studies_report([first, tmp_path], tmp_path / "both.html")
    assert not (tmp_path / "both.html").exists()

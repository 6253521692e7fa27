"""Matrices of tasks against tasks from made-up results."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unisono.study.cells import Parting, Place
from unisono.study.comparing import Records
from unisono.study.label_relating import explained, label_relatedness
from unisono.study.plan import Study
from unisono.study.relating import relatedness


def task(value: float) -> dict[str, Any]:
    return {"kind": "multiclass", "role": "target", "f1_macro": value, "accuracy": value}


def test_the_gain_of_a_pair_and_what_gradients_say(made_study: Callable[..., Study], result: Any) -> None:
    levels = {n: {"tasks": n.split("+")} for n in ("genre", "mood", "genre+mood")}
    study = made_study(study={"baseline": None, "groups": 1}, factors={"x": levels})
    cosine = {"tasks": ["genre", "mood"], "cosine": [[1.0, 0.3], [0.3, 1.0]]}
    scored = {"genre": {"genre": task(0.6)}, "mood": {"mood": task(0.5)}}
    scored["genre+mood"] = {"genre": task(0.7), "mood": task(0.45)}
    found = []
    for name, tasks in scored.items():
        for seed in range(3):
            more = {"cosine": cosine} if "+" in name else {}
            found.append((Place(name, "", seed), result(0.0, tasks=tasks, **more)))
    transfer, gradients = relatedness(Records.of(study, found))
    assert transfer["tasks"] == ["genre", "mood"]
    assert transfer["matrix"][0][0] is None
    assert transfer["matrix"][1][0] == pytest.approx(0.1), "mood helps genre"
    assert transfer["matrix"][0][1] == pytest.approx(-0.05)
    assert transfer["groups"] == [["genre", "mood"]]
    assert gradients["matrix"] == [[1.0, 0.3], [0.3, 1.0]]


def test_labels_of_mixed_kinds_with_gaps() -> None:
    rng = np.random.default_rng(0)
    classes = np.eye(3)[rng.integers(0, 3, 400)]
    number = classes @ [[0.0], [1.0], [5.0]] + rng.normal(0, 0.5, (400, 1))
    many = np.eye(60)[rng.integers(0, 60, 400)]
    assert explained(classes, number) > 0.95
    assert explained(number, classes) < explained(classes, number), "a number tells three classes less"
    assert explained(many, number) < 0.2, "many classes explain nothing by chance"
    assert np.corrcoef(many @ np.linalg.lstsq(many, number, rcond=None)[0][:, 0], number[:, 0])[0, 1] > 0.3, (
        "an unadjusted fit is fooled"
    )
    assert np.isnan(explained(classes[:5], number[:5]))


def test_labels_of_a_study(made_study: Callable[..., Study], tmp_path: Path) -> None:
    study = made_study(factors={"x": {"all": {}}}, study={"baseline": None})
    parted = Parting(study, tmp_path).of(study.configurations["all"], "", 0)
    row = label_relatedness(parted, 2)
    assert row is not None and row["tasks"] == ["genre", "mood", "year"]
    assert row["matrix"][0][0] is None and row["matrix"][0][1] < 0.5
    train = int((parted.fold.part == "train").sum())
    assert row["pairs"][1][1] == train > row["pairs"][0][0] > row["pairs"][0][2]
    assert len(row["groups"]) == 2


def test_without_pairs_and_looks_there_is_nothing(records: Callable[..., Records]) -> None:
    assert relatedness(records({"alone": [0.5, 0.6]})) == []

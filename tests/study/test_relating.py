"""Matrices of tasks against tasks from made-up results."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from unisono.study.cells import Place
from unisono.study.comparing import Records
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


def test_without_pairs_and_looks_there_is_nothing(records: Callable[..., Records]) -> None:
    assert relatedness(records({"alone": [0.5, 0.6]})) == []

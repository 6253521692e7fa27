"""Means over the seeds: answers one after another, features that were kept, total loss."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from unisono.study.averages import answers, losses, selections
from unisono.study.cells import Place
from unisono.study.comparing import Records
from unisono.study.one_cell import _answers, _counts
from unisono.study.plan import Study

Made = Callable[..., Study]
MakesResult = Callable[..., dict[str, Any]]


def test_answers_of_all_seeds_stand_one_after_another(made_study: Made, result: MakesResult) -> None:
    found = []
    for seed in range(2):
        one = result(0.5, answers={"genre": {"reference": [1.0, 2.0], "score": [seed, seed], "levels": [1, 2]}})
        found.append((Place("alone", "", seed), one))
    found.append((Place("with year", "", 0), result(0.5)))
    (row,) = answers(Records.of(made_study(), found))
    assert (row["configuration"], row["levels"]) == ("alone", [1, 2])
    assert row["reference"] == [1.0, 2.0, 1.0, 2.0]
    assert row["score"] == [0, 0, 1, 1]


def test_answers_are_those_of_the_test_part(tmp_path: Path) -> None:
    rows = [(f"t{i}", "test" if i % 2 else "validation", "year", i if i % 3 else None, i + 0.5) for i in range(1200)]
    rows += [("t1", "test", "genre", 1.0, 0.7)]
    schema = ["track", "split", "task", "reference", "score"]
    pl.DataFrame(rows, schema=schema, orient="row").write_parquet(tmp_path / "predictions.parquet")
    tasks = {"year": {"kind": "regression", "levels": [0, 600]}, "genre": {"kind": "multiclass"}}
    found = _answers(tmp_path, tasks)
    assert list(found) == ["year"]
    reference, score = np.array(found["year"]["reference"]), np.array(found["year"]["score"])
    assert len(reference) == 400
    assert (reference % 2 == 1).all() and (reference % 3 != 0).all()
    assert (score == reference + 0.5).all()
    assert reference[0] == 1 and reference[-1] == 1199, "spread over all of them"


def test_features_are_counted_by_task_and_place(made_study: Made, result: MakesResult) -> None:
    chosen = {"offered": 9, "left_out": {}, "names": ["a[0]", "a[1]", "b[0]"], "by_task": {"genre": ["a[0]"]}}
    other = {**chosen, "names": ["a[0]"], "by_task": {"genre": ["a[0]"]}}
    found = [
        (Place("alone", "", seed), result(0.5, selection={"heard": _counts(one)}))
        for seed, one in enumerate((chosen, other))
    ]
    rows = selections(Records.of(made_study(), found))
    told = {(row["task"], row["part"]): row["kept"] for row in rows}
    assert told == {("all", ""): 2.0, ("all", "a"): 1.5, ("all", "b"): 0.5, ("genre", ""): 1.0}
    assert rows[0]["offered"] == 9


def test_total_loss_is_told_where_it_is_known(made_study: Made, result: MakesResult) -> None:
    found = [
        (Place("alone", "", seed), result(0.5, scores={"leaks": [], "total_loss": loss}))
        for seed, loss in enumerate((1.0, 2.0, None))
    ]
    (row,) = losses(Records.of(made_study(), found))
    assert (row["mean"], row["runs"], row["tasks"]) == (1.5, 2, 1)

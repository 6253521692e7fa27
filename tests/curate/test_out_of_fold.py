"""Folds for an audit, whatever the experiment's own split is."""

from __future__ import annotations

from typing import Any

import pytest

from unisono.curate.out_of_fold import with_folds
from unisono.errors import ExperimentError
from unisono.experiment import Experiment

TABLES: dict[str, Any] = {
    "collection": {"table": "a.csv"},
    "inputs": {"lyrics": {"kind": "words"}},
    "tasks": {"genre": {"kind": "multiclass"}},
}


def test_five_folds_unless_the_experiment_has_its_own() -> None:
    asked = with_folds(Experiment.of({**TABLES, "split": {"calibration": 0.1}})).split
    assert (asked.folds, asked.calibration, asked.final) == (5, 0.0, False)
    assert with_folds(Experiment.of({**TABLES, "split": {"folds": 3}})).split.folds == 3


def test_a_split_from_a_file_is_refused_with_its_key() -> None:
    with pytest.raises(ExperimentError, match=r"^mine.toml:split: is from a file but an audit draws folds of its own"):
        with_folds(Experiment.of({**TABLES, "split": {"column": "part"}}, name="mine.toml"))
    more = {"more": {"table": "b.csv", "split": {"column": "part"}}}
    tables = {"collections": more, "inputs": TABLES["inputs"]}
    tables["tasks"] = {"genre": {"kind": "multiclass", "collection": "more"}}
    with pytest.raises(ExperimentError, match=r"^mine.toml:collections.more.split: is from a file"):
        with_folds(Experiment.of(tables, name="mine.toml"))

"""Changes laid over an experiment's tables."""

from __future__ import annotations

import pytest

from unisono.errors import ExperimentError
from unisono.study.changes import changed

BASE = {
    "collection": {"table": "a.csv"},
    "collections": {"other": {"table": "b.csv"}},
    "inputs": {"x": {"kind": "columns", "selection": {"by": ["genre", "year"]}}},
    "tasks": {"genre": {"kind": "multiclass"}, "year": {"kind": "regression", "collection": "other"}, "mood": {}},
    "heads": {"year": {"dropout": 0.1}},
    "network": {
        "links": {"mood": ["genre", "year"], "year": ["genre"]},
        "sharing": ["all", [["genre", "year"], ["mood"]]],
    },
    "balancing": {"method": "static", "weights": {"genre": 1.0, "year": 0.5}},
}


def test_a_task_is_left_out_with_all_that_is_said_of_it() -> None:
    made = changed(BASE, {"tasks": ["genre", "mood"]}, "x")
    assert list(made["tasks"]) == ["genre", "mood"]
    assert made["heads"] == {}
    assert made["network"] == {"links": {"mood": ["genre"]}, "sharing": ["all", [["genre"], ["mood"]]]}
    assert made["balancing"]["weights"] == {"genre": 1.0}
    assert made["inputs"]["x"]["selection"]["by"] == ["genre"]
    assert BASE["tasks"].keys() == {"genre", "year", "mood"}, "the base stays as it is"


def test_a_collection_without_tasks_is_left_out() -> None:
    several = {"collections": {"a": {}, "b": {}}, "tasks": {"x": {"collection": "a"}, "y": {"collection": ["a", "b"]}}}
    assert list(changed(several, {"tasks": ["x"]}, "x")["collections"]) == ["a"]
    assert list(changed(several, {"tasks": ["y"]}, "x")["collections"]) == ["a", "b"]


def test_another_method_brings_no_settings_of_the_former() -> None:
    assert changed(BASE, {"balancing": {"method": "gradnorm", "alpha": 1.0}}, "x")["balancing"] == {
        "method": "gradnorm",
        "alpha": 1.0,
    }
    same = changed(BASE, {"balancing": {"method": "static", "weights": {"year": 2.0}}}, "x")["balancing"]
    assert same["weights"] == {"genre": 1.0, "year": 2.0}


def test_keys_are_removed() -> None:
    assert "links" not in changed(BASE, {"remove": ["network.links"]}, "x")["network"]
    with pytest.raises(
        ExperimentError, match=r'"network\.link" is no key that the experiment sets.*Did you mean "links"'
    ):
        changed(BASE, {"remove": ["network.link"]}, "x")


def test_an_unknown_task_is_told() -> None:
    with pytest.raises(ExperimentError, match=r'"gener" is no task, which are genre, year, mood.*Did you mean "genre"'):
        changed(BASE, {"tasks": ["gener"]}, "x")


def test_tasks_can_be_changed_too() -> None:
    assert changed(BASE, {"tasks": {"mood": {"kind": "multilabel"}}}, "x")["tasks"]["mood"] == {"kind": "multilabel"}


def test_stages_lose_their_tasks_too() -> None:
    stages = [
        {"name": "sources", "tasks": ["year"]},
        {"name": "both", "learn": ["genre", "year"], "copy": {"from": "stage:sources", "layers": "branches"}},
        {"name": "all", "copy": [{"from": "stage:both", "layers": "branches"}]},
    ]
    base = {"tasks": {"genre": {}, "year": {}}, "stages": stages, "sampling": {"ratios": {"genre": 1, "year": 2}}}
    made = changed(base, {"tasks": ["genre"]}, "x")
    assert made["stages"] == [
        {"name": "both", "learn": ["genre"], "copy": []},
        {"name": "all", "copy": [{"from": "stage:both", "layers": "branches"}]},
    ]
    assert made["sampling"] == {"ratios": {"genre": 1}}


def test_weights_of_tasks_that_are_left_out_leave_the_plain_sum() -> None:
    base = {"tasks": {"genre": {}, "year": {}}, "balancing": {"method": "static", "weights": {"year": 10}}}
    assert changed(base, {"tasks": ["genre"]}, "mine")["balancing"] == {"method": "sum"}
    assert changed(base, {"tasks": ["year"]}, "mine")["balancing"]["weights"] == {"year": 10}

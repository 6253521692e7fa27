"""Changes laid over an experiment's tables."""

from __future__ import annotations

import json
from typing import Any

import pytest

from unisono.errors import ExperimentError
from unisono.experiment import Experiment
from unisono.study.changes import changed, tasks_of_levels

BASE: dict[str, Any] = {
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


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"remove": "network"}, r'^x.remove: is "network" but a list of keys is needed\. Write remove = \["network"\]'),
        ({"remove": [1]}, r'^x.remove: is \[1\] but a list of keys is needed\. Write remove = \["NAME"\]'),
        ({"remove": [["a"]]}, r'^x.remove: is \[\["a"\]\] but a list of keys'),
        ({"tasks": "genre"}, r'^x.tasks: is "genre" but a list of tasks is needed\. Write tasks = \["genre"\]'),
        ({"tasks": [["genre"]]}, r'^x.tasks: is \[\["genre"\]\] but a list of tasks'),
    ],
)
def test_lists_that_are_none_are_told(change: dict[str, Any], line: str) -> None:
    with pytest.raises(ExperimentError, match=line):
        changed(BASE, change, "x")


@pytest.mark.parametrize(
    "wrong",
    [
        *({key: 3} for key in ("stages", "network", "inputs", "balancing", "sampling", "heads", "collections")),
        {"network": {"sharing": [[3]]}},
        {"network": {"sharing": [[["genre", 3]]]}},
        {"network": {"links": 3}},
        {"network": {"links": {"genre": 3}}},
        {"heads": {"genre": 3}},
        {"inputs": {"x": 3}},
        {"inputs": {"x": {"selection": {"by": 3}}}},
        {"tasks": {"genre": 3}},
        *({"stages": [stage]} for stage in (3, {"heads": 3}, {"tasks": 3}, {"copy": 3}, {"copy": [3]})),
    ],
    ids=str,
)
def test_what_is_of_the_wrong_kind_is_left_for_the_experiment_to_refuse(wrong: dict[str, Any]) -> None:
    base: dict[str, Any] = {
        "collection": {"table": "a.csv"},
        "inputs": {"x": {"kind": "columns", "columns": ["a"]}},
        "tasks": {"genre": {"kind": "multiclass"}, "mood": {"kind": "multiclass"}},
    }
    plain = changed({k: {**t, **wrong.get(k, {})} if k == "tasks" else t for k, t in base.items()}, {}, "x")
    rest = {k: v for k, v in wrong.items() if k != "tasks"}
    made = changed(plain, {"tasks": ["genre"], **rest} if rest else {"tasks": ["genre"]}, "x")
    with pytest.raises(ExperimentError, match=r"^(mine:)[a-z]+"):
        Experiment.of(made, name="mine")


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


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ({"heads": {"yaer": {"dropout": 0.1}}}, "heads"),
        ({"network": {"links": {"mood": ["yaer"]}}}, "network.links.mood"),
        ({"network": {"links": {"yaer": ["mood"]}}}, "network.links"),
        ({"network": {"sharing": ["all", [["genre", "yaer"], ["mood"]]]}}, "network.sharing, block 2"),
        ({"balancing": {"method": "static", "weights": {"yaer": 1.0}}}, "balancing.weights"),
        ({"inputs": {"x": {"selection": {"by": ["yaer"]}}}}, "inputs.x.selection.by"),
        ({"inputs": {"x": {"selection": {"tasks": {"yaer": {"anova": 5}}}}}}, "inputs.x.selection.tasks"),
        ({"heads": {"mood": {"reads": ["yaer", "mood"]}}}, "heads.mood.reads"),
        ({"stages": [{"name": "one", "learn": "yaer"}]}, "stages.one.learn"),
        ({"stages": [{"name": "one", "balancing": {"weights": {"yaer": 2.0}}}]}, "stages.one.balancing.weights"),
        ({"stages": [{"name": "one", "heads": {"yaer": {}}}]}, "stages.one.heads"),
    ],
)
def test_a_slip_is_not_taken_for_a_task_that_is_left_out(more: dict[str, Any], key: str) -> None:
    told = rf'^mine: {key}: "yaer" is no task, which are genre, year, mood\. Did you mean "year"\?'
    with pytest.raises(ExperimentError, match=told):
        changed(BASE, {"tasks": ["genre", "mood"], **more}, "mine")
    right = json.loads(json.dumps(more).replace("yaer", "year"))
    assert "year" not in json.dumps(changed(BASE, {"tasks": ["genre", "mood"], **right}, "mine")).replace("yaer", "")


def test_heads_read_and_training_watches_no_task_that_is_left_out() -> None:
    heads = {"genre": {"reads": ["year", "genre"]}, "mood": {"reads": ["year"], "dropout": 0.1}}
    training = {"watch": "year.r2", "epochs": 3}
    made = changed(BASE, {"tasks": ["genre", "mood"], "heads": heads, "training": training}, "x")
    assert made["heads"] == {"genre": {"reads": ["genre"]}, "mood": {"dropout": 0.1}}
    assert made["training"] == {"epochs": 3}
    assert changed(BASE, {"tasks": ["year"], "training": training}, "x")["training"] == training


def test_a_task_of_another_level_may_be_named() -> None:
    change = {"tasks": ["genre"], "heads": {"key": {"dropout": 0.1}}}
    assert tasks_of_levels([{"tasks": {"key": {}}}, change, {}]) == ("key",)
    assert "key" not in changed(BASE, change, "mine", ["key"])["heads"]
    with pytest.raises(ExperimentError, match='mine: heads: "key" is no task'):
        changed(BASE, change, "mine")

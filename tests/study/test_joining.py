"""Configurations that learn tasks of their own count as one: tasks of all, sums of losses and cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from unisono.errors import ExperimentError
from unisono.study.averages import costs, losses, selections
from unisono.study.by_epoch import epochs
from unisono.study.cells import Place
from unisono.study.comparing import Condition, Records, comparisons
from unisono.study.joining import joined, wholes
from unisono.study.plan import Study

Made = Callable[..., Study]
MakesResult = Callable[..., dict[str, Any]]
FACTORS = {
    "network": {
        "genre alone": {"tasks": ["genre"]},
        "mood alone": {"tasks": ["mood"]},
        "both": {"tasks": ["genre", "mood"]},
    },
    "speed": {"slow": {"training": {"learning_rate": 0.001}}, "fast": {}},
}
ALONE = {"together": {"alone": ("genre alone", "mood alone")}, "baseline": "alone / slow"}


@pytest.fixture
def made_records(result: MakesResult) -> Callable[[Study], Records]:
    """Results of all configurations and three seeds; genre alone has a loss of 1, mood alone of 0.5, both of 2."""

    def made(study: Study) -> Records:
        found = []
        for name in study.configurations:
            tasks = tuple(study.tasks_of(name))
            loss = 2.0 if len(tasks) == 2 else {"genre": 1.0, "mood": 0.5}[tasks[0]]
            for seed in range(3):
                one = result(0.5 + 0.1 * len(tasks), judged=f"split {seed}", scores={"leaks": [], "total_loss": loss})
                one["tasks"] = dict.fromkeys(tasks, one["tasks"]["genre"])
                found.append((Place(name, "", seed), one))
        return Records.of(study, found)

    return made


def test_two_networks_are_compared_as_one(made_study: Made, made_records: Callable[[Study], Records]) -> None:
    study = made_study(study=ALONE, factors=FACTORS)
    assert study.wholes == {f"alone / {s}": (f"genre alone / {s}", f"mood alone / {s}") for s in ("slow", "fast")}
    assert list(study.tasks_of("alone / fast")) == ["genre", "mood"]
    records = made_records(study)
    names = list(records.found[Condition("", None, None)])
    assert names == ["alone / slow", "alone / fast", "both / slow", "both / fast"]
    rows = [r for r in comparisons(records) if r["configuration"] == "both / slow"]
    assert {(r["task"], r["baseline"], r["runs"]) for r in rows} == {
        ("genre", "alone / slow", 3),
        ("mood", "alone / slow", 3),
    }
    told = {row["configuration"]: row for row in losses(records)}
    assert told["alone / slow"]["mean"] == pytest.approx(1.5)
    assert told["alone / slow"]["tasks"] == told["both / slow"]["tasks"] == 2
    cost = {row["configuration"]: row for row in costs(records)}
    assert cost["alone / slow"]["parameters"] == 200
    assert cost["both / slow"]["parameters"] == 100
    assert cost["alone / slow"]["seconds"] == 2.0
    assert cost["alone / slow"]["epochs"] == 2


def test_a_seed_that_one_lacks_is_left_out(made_study: Made, result: MakesResult) -> None:
    study = made_study(study=ALONE, factors=FACTORS)
    found = []
    for name, seeds in (("genre alone / slow", (0, 1)), ("mood alone / slow", (1,))):
        for seed in seeds:
            one = result(0.5)
            one["tasks"] = dict.fromkeys(study.tasks_of(name), one["tasks"]["genre"])
            found.append((Place(name, "", seed), one))
    (whole,) = Records.of(study, found).found[Condition("", None, None)]["alone / slow"]
    assert whole["seed"] == 1


def test_what_members_kept_and_how_they_learned_stands_task_by_task(made_study: Made, result: MakesResult) -> None:
    study = made_study(study=ALONE, factors=FACTORS)
    found = []
    for name, kept in (
        ("genre alone / slow", {"": {"a": 5}, "genre": {"a": 3, "b": 1}}),
        ("mood alone / slow", {"": {"a": 7}}),  # no task chose for itself
    ):
        chosen = {"heard": {"offered": 9, "left_out": {}, "kept": kept}}
        (task,) = study.tasks_of(name)
        one = result(0.5, selection=chosen, by_epoch={task: {"f1_macro": [0.1]}})
        one["tasks"] = {task: one["tasks"]["genre"]}
        found.append((Place(name, "", 0), one))
    records = Records.of(study, found)
    rows = [(r["configuration"], r["task"], r["part"], r["kept"]) for r in selections(records)]
    assert rows == [
        ("alone / slow", "genre", "", 4.0),
        ("alone / slow", "genre", "a", 3.0),
        ("alone / slow", "genre", "b", 1.0),
        ("alone / slow", "mood", "", 7.0),
    ]
    assert [(r["configuration"], r["task"]) for r in epochs(records)] == [
        ("alone / slow", t) for t in ("genre", "mood")
    ]


@pytest.mark.parametrize(
    ("together", "message"),
    [
        ({"alone": ["genre alone", "mood alne"]}, 'together.alone: "mood alne" is no level .*mood alone'),
        ({"alone": ["genre alone", "slow"]}, "names other than two levels or more of one factor"),
        ({"alone": ["genre alone"]}, "names other than two levels or more of one factor"),
        ({"both": ["genre alone", "mood alone"]}, "is the name of a configuration too"),
    ],
)
def test_slips(made_study: Made, together: dict[str, list[str]], message: str) -> None:
    with pytest.raises(ExperimentError, match=message):
        made_study(study={"together": together}, factors=FACTORS)


def test_two_that_learn_the_same_are_no_whole(result: MakesResult) -> None:
    with pytest.raises(ExperimentError, match="of which two learn genre"):
        joined([[{**result(0.5), "seed": 0}], [{**result(0.5), "seed": 0}]], "alone")


def test_a_combination_that_is_left_out_makes_no_whole() -> None:
    levels = {"a / x": {"n": "a", "f": "x"}, "b / x": {"n": "b", "f": "x"}, "a / y": {"n": "a", "f": "y"}}
    assert wholes({"all": ["a", "b"]}, levels, "here") == {"all / x": ("a / x", "b / x")}

"""Configurations that learn tasks of their own count as one: tasks of all, sums of losses and cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from unisono.errors import ExperimentError
from unisono.study.averages import costs, losses
from unisono.study.cells import Place
from unisono.study.comparing import Condition, Records, comparisons
from unisono.study.joining import wholes
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


def test_two_that_learn_the_same_are_no_whole(made_study: Made, result: MakesResult) -> None:
    study = made_study(study={"together": {"alone": ["genre alone", "both"]}, "baseline": None}, factors=FACTORS)
    found = [(Place(n, "", 0), result(0.5)) for n in ("genre alone / slow", "both / slow")]
    with pytest.raises(ExperimentError, match="of which two learn genre"):
        Records.of(study, found)


def test_a_combination_that_is_left_out_makes_no_whole() -> None:
    levels = {"a / x": {"n": "a", "f": "x"}, "b / x": {"n": "b", "f": "x"}, "a / y": {"n": "a", "f": "y"}}
    assert wholes({"all": ["a", "b"]}, levels, "here") == {"all / x": ("a / x", "b / x")}

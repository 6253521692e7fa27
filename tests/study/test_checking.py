"""What a study asks for that it could not give is refused when it is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from unisono.errors import ExperimentError
from unisono.study.plan import Study

Made = Callable[..., Study]
APART: dict[str, Any] = {
    "genre alone": {"tasks": ["genre"]},
    "mood alone": {"tasks": ["mood"]},
    "both": {"tasks": ["genre", "mood"]},
}
YEARS = {
    "genre": {"tasks": ["genre", "year"], "stages": [{"name": "a", "tasks": "year"}, {"name": "b", "tasks": "genre"}]},
    "mood": {"tasks": ["mood", "year"], "stages": [{"name": "a", "tasks": "year"}, {"name": "b", "tasks": "mood"}]},
}


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ({"chosen": {"tuned": []}}, "study:study.chosen.tuned: names no configuration but needs those of which one"),
        (
            {"chosen": {"single": ["both"]}, "together": {"single": ["genre alone", "mood alone"]}},
            "study:study.chosen.single: is the name of a configuration too",
        ),
        (
            {"together": {"single": ["genre alone", "both"]}},
            'study:study.together: counts "genre alone" and "both" as one, but each of them learns genre. Name levels',
        ),
        ({"mark": ["bith"]}, 'study:study.mark: "bith" is no level of a factor, which are genre.*Did you mean "both"'),
        ({"groups": 3}, "study:study.groups: asks for 3 groups but there are 2 tasks to group"),
        (
            {"auxiliary_sizes": [10]},
            "study:study.auxiliary_sizes: varies the labels of auxiliary tasks but there",
        ),
        (
            {"baseline": {"genre": "mood alone"}},
            'baseline.genre: "mood alone" does not learn genre as a target, which genre alone, both does. Name one',
        ),
    ],
)
def test_what_cannot_be_is_one_line(made_study: Made, asked: dict[str, Any], line: str) -> None:
    with pytest.raises(ExperimentError, match=line):
        made_study(study={"baseline": None, **asked}, factors={"network": APART})


def test_what_can_be_is_not_refused(made_study: Made) -> None:
    asked = {"mark": ["both"], "groups": 2, "together": {"single": ["genre alone", "mood alone"]}}
    assert made_study(study={"baseline": {"genre": "genre alone"}, **asked}, factors={"network": APART})
    excluded = {"mark": ["both"], "exclude": [{"network": "both"}]}
    assert made_study(study={"baseline": None, **excluded}, factors={"network": APART})


def test_what_only_earlier_stages_learn_is_scored_by_none(made_study: Made) -> None:
    study = made_study(study={"baseline": None, "together": {"single": ["genre", "mood"]}}, factors={"x": YEARS})
    assert set(study.tasks_of("single")) == {"genre", "mood", "year"}


def test_a_baseline_that_is_part_of_a_whole_is_the_whole(made_study: Made) -> None:
    together = {"together": {"single": ["genre alone", "mood alone"]}}
    for baseline in ("genre alone", {"genre": "genre alone"}):
        study = made_study(study={"baseline": baseline, **together}, factors={"network": APART})
        assert [study.baseline(task) for task in ("genre", "mood")] == ["single", "single"]

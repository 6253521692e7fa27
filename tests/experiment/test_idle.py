"""What looks at validation tracks is refused where the split leaves none, before anything is read."""

from __future__ import annotations

from typing import Any

import pytest

from unisono.errors import ExperimentError
from unisono.experiment import Experiment

TABLES: dict[str, Any] = {
    "collection": {"table": "songs.csv", "lyrics": "lyrics"},
    "inputs": {"lyrics": {"kind": "words"}},
    "tasks": {"genre": {"kind": "multiclass"}},
}
NONE: dict[str, Any] = {"split": {"validation": 0}}


@pytest.mark.parametrize(
    ("training", "message"),
    [
        (
            {"schedule": "plateau"},
            r'mine:training\.schedule: is "plateau", which looks at .* split\.validation = 0 leaves',
        ),
        ({"watch": "genre.f1_macro"}, r'mine:training\.watch: is "genre\.f1_macro", .* or take watch out\.'),
    ],
)
@pytest.mark.parametrize("staged", [False, True])
def test_nothing_validates(training: dict[str, Any], message: str, staged: bool) -> None:
    more = {"stages": [{"name": "one"}, {"name": "two", "training": training}]} if staged else {"training": training}
    with pytest.raises(ExperimentError, match=message.replace("mine:", r"mine:(stages\.two:)?")):
        Experiment.of({**TABLES, **NONE, **more}, name="mine")


@pytest.mark.parametrize(
    "more",
    [
        {**NONE, "training": {"patience": 5}},
        {**NONE, "training": {"watch": "nothing"}},
        {"split": {"file": "split.csv", "validation": 0}, "training": {"watch": "genre.f1_macro"}},
        {"split": {"validation": 0, "on_purpose": ["select_on_test"]}, "training": {"schedule": "plateau"}},
    ],
)
def test_something_may_validate(more: dict[str, Any]) -> None:
    assert Experiment.of({**TABLES, **more}, name="mine").tasks

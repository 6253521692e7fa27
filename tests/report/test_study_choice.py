"""What a study's page draws of many configurations, and what it says of the others."""

from __future__ import annotations

from typing import Any

import pytest

from unisono.report.study_choice import conditions, fair, left_out

NAMES = ["alone / x", "alone / y", "a / x", "a / y", "b / x", "b / y"]


def rows(protocol: str = "", size: int | None = None) -> list[dict[str, Any]]:
    place = {"protocol": protocol, "size": size, "auxiliary_size": None}
    return [{**place, "task": "genre", "configuration": name} for name in NAMES]


def study(lower: bool = False) -> dict[str, Any]:
    """The baseline is the worst, b / y the best, where more is better."""
    about = {"metric": "accuracy", "baseline": "alone / x", "lower_is_better": lower}
    scores = [{**row, "metric": "accuracy", "mean": 0.1 * at} for at, row in enumerate(rows())]
    return {"tasks": {"genre": about}, "scores": scores}


@pytest.mark.parametrize(
    ("most", "lower", "names"),
    [
        (None, False, NAMES),
        (6, False, NAMES),
        (1, False, ["alone / x"]),
        (4, False, ["alone / x", "alone / y", "a / y", "b / y"]),
        (3, True, ["alone / x", "a / x", "b / x"]),
        (4, True, ["alone / x", "alone / y", "a / x", "b / x"]),
    ],
)
def test_the_baseline_and_the_best_of_each_first_level_come_first(
    most: int | None, lower: bool, names: list[str]
) -> None:
    assert [row["configuration"] for row in fair(study(lower), rows(), most)] == names


def test_every_protocol_is_drawn_at_its_last_size() -> None:
    known = [*rows("grouped", 10), *rows("grouped", 20), *rows("published", 20)]
    assert [(r[0]["protocol"], r[0]["size"]) for r in conditions(known, everything=False)] == [
        ("grouped", 20),
        ("published", 20),
    ]
    assert len(conditions(known, everything=True)) == 3


def test_what_is_left_out_is_said() -> None:
    known = [*rows("grouped", 10), *rows("grouped", 20)]
    assert left_out(known, known, "matrices") == ""
    said = left_out(known, known[6:8], "matrices")
    assert "matrices of 1 of 2 sizes" in said and "4 of 6 matrices" in said and "unisono report STUDY --all" in said

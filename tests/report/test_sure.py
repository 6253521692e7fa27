"""The part of a run's page that says how much is still given when more of it has to be right."""

from __future__ import annotations

from typing import Any

from unisono.report.sure import sure_part


def row(precision: float, given: int, right: int, **more: Any) -> dict[str, Any]:
    share = {"coverage": given / 200, "reached": right / given if given else None}
    return {"precision": precision, "given": given, "right": right, "of": 200, **share, **more}


def test_labels() -> None:
    part = sure_part("genre", {"coverage": [row(0.5, 150, 120), row(0.9, 100, 95)]}, leaky=False)
    assert part["said"] == (
        "With --min-precision 0.9, 50% of the tags are given and 95.0% of these are right "
        "(95 of 100 on tracks it has not seen)."
    )
    assert "<svg" in part["coverage"]


def test_numbers_with_intervals() -> None:
    found = {"coverage": [row(0.9, 200, 190, half_width=40.0)], "intervals": [{"level": 0.9, "half_width": 35.0}]}
    part = sure_part("tempo", found, leaky=False)
    assert "100% of the numbers are given, off by 40 at most, which holds for 95.0% (190 of 200" in part["said"]
    assert part["reliability"] is None


def test_silence() -> None:
    labels, numbers = ({"coverage": [one]} for one in (row(0.9, 0, 0), row(0.9, 0, 0, half_width=None)))
    assert sure_part("genre", labels, leaky=False)["said"].endswith("stays silent: no label is that sure.")
    assert sure_part("tempo", numbers, leaky=False)["said"].endswith("stays silent: no interval that narrow holds.")
    assert sure_part("genre", None, leaky=False)["coverage"] is None

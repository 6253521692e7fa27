"""Figures of studies with many configurations: all can be told apart."""

from __future__ import annotations

import re
from typing import Any

import pytest

from unisono.report.study_curves import by_epoch, by_size


def rows(names: list[str], sizes: tuple[int, ...] = (100, 200)) -> list[dict[str, Any]]:
    """A score of each configuration at each size, three runs each; the first is the baseline."""
    return [
        {"configuration": name, "metric": "accuracy", "mean": 0.4 + 0.01 * at, "interval": [0.3, 0.6],
         "is_baseline": at == 0, "size": size, "auxiliary_size": None, "place": {"size": size, "auxiliary_size": None}}
        for at, name in enumerate(names) for size in sizes
    ]  # fmt: skip


def texts(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_few_configurations_are_lines_of_one_panel() -> None:
    drawn = texts(by_size(rows(["a / x", "a / y", "b / x", "b / y"]), "genre", "size", leaky=False))
    for name in ("a / x", "a / y", "b / x", "b / y"):
        assert drawn.count(name) == 1, name
    assert "a" not in drawn and drawn.count("100") == 1


def test_many_are_parted_by_their_first_level_beside_the_baseline() -> None:
    names = [
        "alone / low",
        *(f"{group} / {way}" for group in ("tight", "loose") for way in ("low", "mid", "high", "top")),
    ]
    svg = by_size(rows(names), "genre", "size", leaky=False)
    drawn = texts(svg)
    assert {"tight", "loose"} <= set(drawn) and "alone" not in drawn, "a panel each; the baseline has none of its own"
    for label in ("alone / low", "low", "mid", "high", "top"):
        assert drawn.count(label) == 1, label
    assert drawn.count("100") == 2


def test_no_panel_is_left_out() -> None:
    names = ["alone / low", *(f"group {i} / {way}" for i in range(8) for way in ("low", "high"))]
    drawn = texts(by_size(rows(names), "genre", "size", leaky=False))
    assert [text for text in drawn if text.startswith("group")] == [f"group {i}" for i in range(8)]


@pytest.mark.parametrize("many", [3, 8, 13])
def test_the_legend_stays_inside(many: int) -> None:
    """Long names take as many rows as they need."""
    svg = by_size(
        rows([f"a configuration with quite a long name {i}" for i in range(many)]), "genre", "size", leaky=False
    )
    width = float(re.search(r'viewBox="0 0 ([\d.]+)', svg)[1])  # type: ignore[index]
    starts = [float(x) for x in re.findall(r"translate\(([-\d.]+) [-\d.]+\)[^>]*>a configuration", svg)]
    starts = starts or [float(x) for x in re.findall(r'x="([-\d.]+)"[^>]*>a configuration', svg)]
    assert len(starts) == many
    assert all(0 < x < width - 150 for x in starts)


def by_epochs(names: list[str], lasting: int = 4, metric: str = "accuracy") -> list[dict[str, Any]]:
    """Five epochs, of which all runs have the first ones."""
    mean = [0.1, 0.2, 0.3, 0.4, 0.5]
    runs = [3] * lasting + [1] * (5 - lasting)
    ends = {"low": [v - 0.1 for v in mean[:lasting]] + [None] * (5 - lasting), "high": [v + 0.1 for v in mean]}
    return [
        {"configuration": name, "metric": metric, "runs": runs, "mean": mean, **ends, "is_baseline": at == 0}
        for at, name in enumerate(names)
    ]


def test_scores_by_epoch_are_lines_of_one_panel_or_of_one_each_first_level() -> None:
    drawn = texts(by_epoch(by_epochs(["alone", "both"]), "genre", leaky=True))
    assert {"alone", "both", "accuracy, validation", "LEAKY"} <= set(drawn) and drawn.count("epoch") == 1
    names = ["alone / x", *(f"group {i} / {way}" for i in range(5) for way in ("low", "high"))]
    drawn = texts(by_epoch(by_epochs(names), "genre", leaky=False))
    assert [text for text in drawn if text.startswith("group")] == [f"group {i}" for i in range(5)]


def test_a_line_is_dotted_where_runs_have_ended() -> None:
    whole, ended = (by_epoch(by_epochs(["alone"], lasting), "genre", leaky=False) for lasting in (5, 3))
    assert dotted(ended) > dotted(whole)


def dotted(svg: str) -> int:
    """Paths of more than one point with dots as short as they are drawn."""
    return len([d for d in re.findall(r'<path d="([^"]*)"[^>]*stroke-dasharray: 1[.,]', svg) if d.count("L") > 0])


def test_numbers_beyond_1_are_not_cut() -> None:
    large = [{**row, "mean": [50.0] * 5, "low": [40.0] * 5, "high": [60.0] * 5} for row in by_epochs(["alone"], 5)]
    assert {"50", "50.0"} & set(texts(by_epoch(large, "energy", leaky=False)))

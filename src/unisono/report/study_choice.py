"""Which of many configurations and conditions a study's page draws, and the sentence that says which it does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
CONDITION = ("protocol", "size", "auxiliary_size")


def condition(row: Row) -> tuple[Any, ...]:
    """Protocol and sizes of a row."""
    return tuple(row[key] for key in CONDITION)


def conditions(rows: Sequence[Row], everything: bool) -> list[list[Row]]:
    """The rows of each condition; without `everything`, of each protocol those of its last sizes alone."""
    parted: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        parted.setdefault(condition(row), []).append(row)
    last = {place[0]: place for place in parted}
    return [mine for place, mine in parted.items() if everything or last[place[0]] == place]


def fair(study: Row, rows: Sequence[Row], most: int | None) -> list[Row]:
    """At most so many rows of one task and condition: the baseline's, the best of each first level, the next best.

    Args:
        most: None for all.
    Returns: rows in the order in which they were.
    """
    if most is None or len(rows) <= most:
        return list(rows)
    about = study["tasks"][rows[0]["task"]]
    sign = 1 if about.get("lower_is_better") else -1
    means = {
        r["configuration"]: sign * r["mean"]
        for r in study["scores"]
        if (r["task"], r["metric"]) == (rows[0]["task"], about["metric"]) and condition(r) == condition(rows[0])
    }
    by_score = sorted((r["configuration"] for r in rows), key=lambda name: means.get(name, float("inf")))
    first: dict[str, str] = {}
    for name in by_score:
        first.setdefault(name.split(" / ")[0], name)
    own = [name for name in by_score if name == about["baseline"]]
    chosen = list(dict.fromkeys([*own, *first.values(), *by_score]))[:most]
    return [r for r in rows if r["configuration"] in chosen]


def left_out(rows: Sequence[Row], drawn: Sequence[Row], what: str) -> str:
    """What is not drawn, a full sentence with the way to draw it; empty when all is.

    Args:
        drawn: those of `rows` that are.
    """
    there = list(dict.fromkeys(condition(r) for r in drawn))
    places = {condition(r) for r in rows}
    said = []
    if len(places) > len(there):
        several = "pairs of protocol and size" if len({place[0] for place in places}) > 1 else "sizes"
        said.append(f"{what} of {len(places) - len(there)} of {len(places)} {several}: drawn is the last size")
    fewer = sum(condition(r) in there for r in rows) - len(drawn)
    if fewer:
        said.append(
            f"{fewer} of {fewer + len(drawn)} {what}: drawn are the baseline's, those of the best of each first level, "
            "then of the next best"
        )
    return f"Not drawn: {'; and '.join(said)}. unisono report STUDY --all draws everything." if said else ""

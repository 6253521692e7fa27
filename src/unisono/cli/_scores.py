"""Scores as a table for a person: the headline metrics of every task beside what needs no learning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from unisono.cli._console import Console
from unisono.metrics import main_metrics

_COLUMNS = ("task", "metric", "score", "95 % interval", "guessing", "always the same")


def show_scores(console: Console, scores: Mapping[str, Any]) -> None:
    """The content of a `scores.json`: stamps first, so that nobody misses them."""
    for leak in scores["leaks"]:
        console.warn(f"leaky: {leak}")
    console.table(_COLUMNS, list(_rows(scores["tasks"])), title=f"Scores on {scores['split']} tracks")
    console.say(f"Signature: {scores['signature']}")


def _rows(tasks: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
    for name, task in tasks.items():
        helps = " (only helps)" if task.get("role") == "auxiliary" else ""
        for metric in main_metrics(task["kind"]):
            known = (task.get("chance") or {}, task.get("majority") or {})
            yield (
                f"{name}{helps}",
                metric,
                _number(task.get(metric), task["undefined"].get(metric, "")),
                _span((task.get("interval") or {}).get(metric)),
                *(_number(baseline.get(metric)) for baseline in known),
            )


def _number(value: float | None, why: str = "") -> str:
    return f"{value:.3f}" if value is not None else f"undefined: {why}" if why else ""


def _span(between: Any) -> str:
    return f"{between[0]:.3f} to {between[1]:.3f}" if between else ""

"""What scores.json says beside the scores of tracks: those of single excerpts, and which features were chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from unisono.evaluation import Learned, score_excerpts


def with_details(
    scores: Mapping[str, Any], excerpts: pl.DataFrame, learned: Sequence[Learned], facts: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Scores with `excerpts` in each task, where tracks have several, and `selection`, where features were chosen.

    Args:
        excerpts: predictions of the excerpts of the tracks that were scored.
        learned: as for `score`.
        facts: of each fold's model.
    """
    tasks = {name: dict(task) for name, task in scores["tasks"].items()}
    if len(excerpts):
        for name, found in score_excerpts(excerpts, learned).items():
            tasks[name]["excerpts"] = found
    told = {**scores, "tasks": tasks}
    chosen = _chosen(facts)
    return {**told, "selection": chosen} if chosen else told


def _chosen(facts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Input -> what was chosen by the first fold, and the names that each of several folds chose."""
    found: dict[str, Any] = {}
    for name, part in facts[0]["inputs"].items():
        if part.get("selected"):
            first = {k: v for k, v in part["selected"].items() if k != "positions"}
            folds = [one["inputs"][name]["selected"]["names"] for one in facts]
            found[name] = {**first, "folds": folds} if len(folds) > 1 else first
    return found

"""What is said of a run beside the scores of tracks: scores of excerpts, chosen features, leaks, misnamed files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from unisono.collection.faults import several
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


def flattery(leaks: Sequence[str], protocol: str) -> list[str]:
    """A sentence on why the scores will flatter, and what to do about it, where a split leaks.

    Example:
        >>> flattery(["2 of 9 groups by artist stand in more than one part"], "grouped")
        ['The scores will be stamped leaky: 2 of 9 groups by artist stand in more than one part.']
    """
    if not leaks:
        return []
    honest = ' For honest ones set protocol = "grouped" under [split], with groups that are known under [collection].'
    return [f"The scores will be stamped leaky: {'; '.join(leaks)}.{'' if protocol == 'grouped' else honest}"]


def misnamed(found: Mapping[str, str]) -> list[str]:
    """A sentence on sound files whose names say another format, where there are some.

    Args:
        found: path -> what it holds.
    Example:
        >>> misnamed({"a.mp3": 'holds WAV though its name ends in ".mp3"'})
        ['1 sound file is misnamed, and read by what it holds: a.mp3 holds WAV though its name ends in ".mp3".']
    """
    if not found:
        return []
    first, why = min(found.items())
    how = "is misnamed, and read by what it holds" if len(found) == 1 else "are misnamed, and read by what they hold"
    more = f" (and {len(found) - 1:,} more)" if len(found) > 1 else ""
    return [f"{several(len(found), 'sound file')} {how}: {first} {why}{more}."]


def _chosen(facts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Input -> what was chosen by the first fold, and the names that each of several folds chose."""
    found: dict[str, Any] = {}
    for name, part in facts[0]["inputs"].items():
        if part.get("selected"):
            first = {k: v for k, v in part["selected"].items() if k != "positions"}
            folds = [one["inputs"][name]["selected"]["names"] for one in facts]
            found[name] = {**first, "folds": folds} if len(folds) > 1 else first
    return found

"""Configurations that learn tasks of their own, counted as one: the tasks of all, the sum of losses and of cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

from unisono.errors import ExperimentError, nearest

Result = dict[str, Any]
Levels = Mapping[str, Mapping[str, str]]  # configuration -> factor -> level
_ADDED = ("seconds", "steps", "step_ms")


def wholes(together: Mapping[str, Sequence[str]], configurations: Levels, where: str) -> dict[str, tuple[str, ...]]:
    """Name -> the configurations that count as one, for every combination of the other factors that has all of them.

    Args:
        together: name -> levels of one factor.
        where: the key, for messages.
    Raises: ExperimentError for a level that is none, or of another factor than the first, or a name that is taken.
    Example:
        >>> wholes({"alone": ["genre", "mood"]}, {"genre / a": {"task": "genre", "copies": "a"},
        ...        "mood / a": {"task": "mood", "copies": "a"}, "both / a": {"task": "both", "copies": "a"}}, "here")
        {'alone / a': ('genre / a', 'mood / a')}
    """
    found = {}
    for name, levels in together.items():
        factor = _factor_of(levels, configurations, f"{where}.{name}")
        by_levels = {tuple(sorted(one.items())): c for c, one in configurations.items()}
        for mine in configurations.values():
            if mine.get(factor) != levels[0]:
                continue
            members = [by_levels.get(tuple(sorted({**mine, factor: level}.items()))) for level in levels]
            if None in members:
                continue
            title = " / ".join(name if f == factor else level for f, level in mine.items())
            if title in configurations:
                raise ExperimentError(f"{where}.{name}", "is the name of a configuration too", "Choose another one.")
            found[title] = tuple(m for m in members if m is not None)
    return found


def _factor_of(levels: Sequence[str], configurations: Levels, where: str) -> str:
    known = {(f, level) for one in configurations.values() for f, level in one.items()}
    names = sorted({level for _, level in known})
    for level in levels:
        if level not in names:
            raise ExperimentError(where, f'"{level}" is no level of a factor', nearest(level, names))
    factors = [f for f in {f for f, _ in known} if all((f, level) in known for level in levels)]
    if not factors or len(levels) < 2:
        raise ExperimentError(where, "names other than two levels or more of one factor", "See docs/study.md.")
    return factors[0]


def joined(members: Sequence[Sequence[Result]], where: str) -> list[Result]:
    """Seed by seed one result of all members; a seed that one of them lacks is left out.

    Args:
        where: the name of the whole, for messages.
    Raises: ExperimentError when two members learn the same task.
    """
    by_seed = [{result["seed"]: result for result in results} for results in members]
    seeds = [seed for seed in by_seed[0] if all(seed in one for one in by_seed)] if by_seed else []
    return [_whole([one[seed] for one in by_seed], where) for seed in seeds]


def _whole(parts: Sequence[Result], where: str) -> Result:
    names = [task for part in parts for task in part["tasks"]]
    twice = next((task for at, task in enumerate(names) if task in names[:at]), None)
    if twice is not None:
        found = f"counts configurations as one of which two learn {twice}"
        raise ExperimentError(where, found, "Name levels with different tasks in study.together.")
    folds = zip(*(part["folds"] for part in parts), strict=True)
    return {
        **parts[0],
        "judged": " ".join(dict.fromkeys(part["judged"] for part in parts)),
        "tasks": _merged(part["tasks"] for part in parts),
        "folds": [_merged(one) for one in folds],
        "scores": {**parts[0]["scores"], **_stamp([part["scores"] for part in parts])},
        "validation": _sum(part["validation"] for part in parts),
        "epochs": fmean(part["epochs"] for part in parts),
        "best_epoch": fmean(part["best_epoch"] for part in parts),
        "weights": [],
        "by_epoch": _merged(part.get("by_epoch", {}) for part in parts),
        "cosine": None,
        "answers": _merged(part.get("answers", {}) for part in parts),
        "selection": _selection(parts),
        "cost": _cost([part["cost"] for part in parts]),
    }


def _selection(parts: Sequence[Result]) -> Result:
    """What the members' tasks chose of each input; all that a member kept where no task of it chose for itself.

    Members choose apart, so there is no number of what all of them kept together.
    """
    found: Result = {}
    for part in parts:
        for name, one in part.get("selection", {}).items():
            whole = found.setdefault(name, {**one, "kept": {}})
            chosen = {task: kept for task, kept in one["kept"].items() if task}
            whole["kept"] |= chosen or dict.fromkeys(part["tasks"], one["kept"][""])
    return found


def _stamp(scores: Sequence[Result]) -> Result:
    leaks = list(dict.fromkeys(leak for one in scores for leak in one["leaks"]))
    return {"leaks": leaks, "total_loss": _sum(one.get("total_loss") for one in scores)}


def _cost(costs: Sequence[Result]) -> Result:
    counts = _sum(None if c["parameters"] is None else c["parameters"]["trainable"] for c in costs)
    return {
        **costs[0],
        **{key: _sum(c[key] for c in costs) for key in _ADDED},
        "parameters": None if counts is None else {"trainable": counts},
    }


def _merged(tables: Iterable[Mapping[str, Any]]) -> Result:
    return {key: value for table in tables for key, value in table.items()}


def _sum(values: Iterable[Any]) -> Any:
    """The sum, or None where one of them is not known."""
    known = list(values)
    return None if None in known else sum(known)

"""Validation scores and losses by epoch: what a cell keeps of its history, and the means over the seeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

from unisono.study.comparing import Records, deciding, spread

LOSS, TRAIN_LOSS = "loss", "train_loss"  # stand among the scores: a task's loss on validation, and on training tracks
Curve = list[float | None]


def kept(lines: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Curve]]:
    """Task -> score -> a number an epoch, the mean over folds that lasted so long, to four digits.

    Args:
        lines: of the history, of one stage.
    Example:
        >>> lines = [{"epoch": 1, "train": {"mood": 2.0}, "validation": {"mood": 1.00004},
        ...           "validation_scores": {"mood": {"accuracy": 0.25}}}]
        >>> kept(lines)
        {'mood': {'accuracy': [0.25], 'loss': [1.0], 'train_loss': [2.0]}}
    """
    found: dict[tuple[str, str], dict[int, list[float]]] = {}
    for line in lines:
        for task, score, value in _values(line):
            found.setdefault((task, score), {}).setdefault(line["epoch"], []).append(value)
    last = max((line["epoch"] for line in lines), default=0)
    curves: dict[str, dict[str, Curve]] = {}
    for (task, score), epochs in found.items():
        means = [fmean(epochs[e]) if e in epochs else None for e in range(1, last + 1)]
        curves.setdefault(task, {})[score] = [None if v is None else float(f"{v:.4g}") for v in means]
    return curves


def _values(line: Mapping[str, Any]) -> Iterable[tuple[str, str, float]]:
    for task, scores in line.get("validation_scores", {}).items():
        yield from ((task, score, value) for score, value in scores.items())
    for key, named in (("validation", LOSS), ("train", TRAIN_LOSS)):
        yield from ((task, named, value) for task, value in line.get(key, {}).items())


def epochs(records: Records) -> list[dict[str, Any]]:
    """Means over the runs that lasted so long, epoch by epoch: a row a condition, configuration, task and score.

    The scores are the deciding one, those of `also`, and the losses; results of earlier versions have none.
    `runs`, `mean`, `low` and `high` have a value for each epoch; the last two are the ends of the 95 % interval.
    """
    rows = []
    for condition, configurations in records.found.items():
        for name, results in configurations.items():
            share = records.share(condition, name)
            for task, kind in records.tasks().items():
                also = records.study.settings.also.get(task, ())
                for score in dict.fromkeys((deciding(records.study, task, kind), *also, LOSS, TRAIN_LOSS)):
                    curves = [c for r in results if (c := r.get("by_epoch", {}).get(task, {}).get(score))]
                    if curves:
                        row = {**condition._asdict(), "configuration": name, "task": task, "metric": score}
                        rows.append(row | _means(curves, share))
    return rows


def _means(curves: Sequence[Curve], share: float) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {"runs": [], "mean": [], "low": [], "high": []}
    for epoch in range(max(map(len, curves))):
        values = [v for curve in curves if epoch < len(curve) and (v := curve[epoch]) is not None]
        one: dict[str, Any] = spread(values, share) if values else {"runs": 0, "mean": None, "interval": None}
        low, high = one["interval"] or (None, None)
        found["runs"].append(one["runs"])
        for key, value in (("mean", one["mean"]), ("low", low), ("high", high)):
            found[key].append(None if value is None else float(f"{value:.5g}"))
    return found

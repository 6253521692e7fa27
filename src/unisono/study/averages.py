"""Means over the seeds of what one number cannot say: confusions, labels one by one, costs, weights over time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.study.comparing import Condition, Records, spread

_MATRICES = {"confusion_matrix": "labels", "level_confusion_matrix": "levels"}


def confusions(records: Records) -> list[dict[str, Any]]:
    """Mean confusion matrices, and their differences from the baseline's: a row a condition, configuration and task."""
    rows = []
    for condition, name, task, results in _tasks(records):
        for key, names in _MATRICES.items():
            mean, labels = _mean_matrix(results, task, key, names)
            if mean is None:
                continue
            against = records.found[condition].get(baseline := records.study.baseline(task), ())
            other, theirs = _mean_matrix(against, task, key, names)
            compared = name != baseline and other is not None and theirs == labels
            row = {**condition._asdict(), "configuration": name, "task": task, "matrix": key, "labels": labels}
            row |= {"runs": len(results), "mean": mean.tolist(), "baseline": baseline if compared else None}
            rows.append(row | {"difference": (mean - other).tolist() if compared and other is not None else None})
    return rows


def labels(records: Records) -> list[dict[str, Any]]:
    """Mean scores of each label: a row a condition, configuration, task and label."""
    rows = []
    for condition, name, task, results in _tasks(records):
        parts = [r["tasks"][task].get("per_class") or r["tasks"][task].get("per_label") or {} for r in results]
        for label in dict.fromkeys(label for part in parts for label in part):
            found = [part[label] for part in parts if label in part]
            means = {metric: _mean([one.get(metric) for one in found]) for metric in found[0]}
            rows.append({**condition._asdict(), "configuration": name, "task": task, "label": label, **means})
    return rows


def costs(records: Records) -> list[dict[str, Any]]:
    """Mean cost of a run: a row a condition and configuration. Seconds are those of the machine that ran it.

    `together` is how many seeds learned at once, None where each learned alone.
    """
    rows = []
    for condition, configurations in records.found.items():
        for name, results in configurations.items():
            cost = [r["cost"] for r in results]
            row: dict[str, Any] = {**condition._asdict(), "configuration": name, "runs": len(results)}
            row["parameters"] = next((c["parameters"]["trainable"] for c in cost if c["parameters"]), None)
            row |= {key: _mean([c[key] for c in cost]) for key in ("seconds", "step_ms", "steps")}
            together = max(c.get("together", 1) for c in cost)
            row["together"] = together if together > 1 else None
            rows.append(row | {key: _mean([float(r[key]) for r in results]) for key in ("epochs", "best_epoch")})
    return rows


def losses(records: Records) -> list[dict[str, Any]]:
    """Total loss on test, the sum over the target tasks: a row a condition and configuration.

    Configurations are only comparable where they learn the same targets, whose number is `tasks`.
    """
    rows = []
    for condition, configurations in records.found.items():
        for name, results in configurations.items():
            values = [v for r in results if (v := r["scores"].get("total_loss")) is not None]
            if values:
                targets = [n for n, t in records.study.tasks_of(name).items() if t.role == "target"]
                row = {**condition._asdict(), "configuration": name, "metric": "total_loss", "tasks": len(targets)}
                rows.append(row | spread(values, records.share(condition, name)))
    return rows


def answers(records: Records) -> list[dict[str, Any]]:
    """True numbers and answers of all runs, one after another: a row a condition, configuration and regression."""
    rows = []
    for condition, name, task, results in _tasks(records):
        found = [r["answers"][task] for r in results if task in r.get("answers", {})]
        if found:
            row = {**condition._asdict(), "configuration": name, "task": task, "levels": found[0]["levels"]}
            rows.append(row | {key: [v for one in found for v in one[key]] for key in ("reference", "score")})
    return rows


def selections(records: Records) -> list[dict[str, Any]]:
    """How many features were kept, and from where: a row a condition, configuration, input, task ("": all) and part."""
    rows = []
    for condition, configurations in records.found.items():
        for name, results in configurations.items():
            found = [r["selection"] for r in results if r.get("selection")]
            for key in dict.fromkeys(i for one in found for i in one):
                rows += [
                    {**condition._asdict(), "configuration": name, "input": key, **row}
                    for row in _selection([one[key] for one in found if key in one])
                ]
    return rows


def _selection(found: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    offered = found[0]["offered"]
    for task in dict.fromkeys(t for one in found for t in one["kept"]):
        kept = [one["kept"].get(task, {}) for one in found]
        parts = sorted({p for one in kept for p in one})
        total = float(np.mean([sum(one.values()) for one in kept]))
        yield {"task": task or "all", "part": "", "offered": offered, "kept": total}
        for part in parts if len(parts) > 1 else ():
            mean = float(np.mean([one.get(part, 0) for one in kept]))
            yield {"task": task or "all", "part": part, "offered": None, "kept": mean}


def weights(records: Records) -> list[dict[str, Any]]:
    """Mean weights of the tasks by epoch, where they move: a row a condition and configuration."""
    rows = []
    for condition, configurations in records.found.items():
        for name, results in configurations.items():
            lines = [r["weights"] for r in results]
            tasks = list(dict.fromkeys(t for one in lines for line in one for t in line))
            curves = {t: _curve([[line.get(t) for line in one] for one in lines]) for t in tasks}
            if any(len(set(curve)) > 1 for curve in curves.values()):
                rows.append({**condition._asdict(), "configuration": name, "tasks": curves})
    return rows


def _tasks(records: Records) -> Iterator[tuple[Condition, str, str, list[dict[str, Any]]]]:
    """Every condition, configuration and task with its results."""
    for condition, configurations in records.found.items():
        for name, results in configurations.items():
            for task in records.tasks():
                mine = [r for r in results if task in r["tasks"]]
                if mine:
                    yield condition, name, task, mine


def _mean_matrix(
    results: Sequence[Mapping[str, Any]], task: str, key: str, names: str
) -> tuple[NDArray[np.float64] | None, list[str]]:
    """The mean over runs; none where runs have no such matrix, or of other labels."""
    found = [(r["tasks"][task].get(key), r["tasks"][task].get(names)) for r in results if task in r["tasks"]]
    found = [(matrix, said) for matrix, said in found if matrix]
    if not found or any(said != found[0][1] for _, said in found):
        return None, []
    return np.mean([m for m, _ in found], axis=0), [one if isinstance(one, str) else f"{one:g}" for one in found[0][1]]


def _curve(runs: Sequence[Sequence[float | None]]) -> list[float | None]:
    """The mean over the runs that lasted so long, epoch by epoch."""
    longest = max((len(run) for run in runs), default=0)
    return [_mean([run[epoch] for run in runs if epoch < len(run)]) for epoch in range(longest)]


def _mean(values: Sequence[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return float(np.mean(known)) if known else None

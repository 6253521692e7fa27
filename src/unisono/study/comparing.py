"""Scores of configurations side by side, and paired comparisons with their baseline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from unisono.errors import ExperimentError, nearest
from unisono.evaluation import compare, holm
from unisono.evaluation.significance import detectable
from unisono.metrics import lower_is_better, main_metrics, widest_difference
from unisono.study.cells import Place
from unisono.study.joining import joined
from unisono.study.plan import Study

_LEVEL = 0.05


class Condition(NamedTuple):
    """What configurations are compared under."""

    protocol: str
    size: Any
    auxiliary_size: Any


class Value(NamedTuple):
    """One score of one run, or of one of its folds; `judged` tells on which tracks."""

    seed: int
    fold: int
    judged: str
    value: float


@dataclass(frozen=True)
class Records:
    """The results of a study.

    Args:
        found: condition -> configuration -> results, one a seed.
    """

    study: Study
    found: Mapping[Condition, Mapping[str, list[dict[str, Any]]]]

    @classmethod
    def of(cls, study: Study, results: Sequence[tuple[Place, dict[str, Any]]], whole: bool = True) -> Records:
        """Sorted by condition and configuration; those that are chosen on validation are added.

        Args:
            whole: those that count as one stand there as one, in the place of the first of them.
        """
        found: dict[Condition, dict[str, list[dict[str, Any]]]] = {}
        for place, result in results:
            condition = Condition(place.protocol, place.size, place.auxiliary_size)
            found.setdefault(condition, {}).setdefault(place.configuration, []).append({**result, "seed": place.seed})
        for configurations in found.values():
            for name, members in study.settings.chosen.items():
                picked = _picked([configurations.get(m, []) for m in members])
                if picked:
                    configurations[name] = picked
        if whole and study.wholes:
            found = {condition: _joined(study, one) for condition, one in found.items()}
        return cls(study, found)

    def values(self, condition: Condition, configuration: str, task: str, metric: str) -> list[Value]:
        """A score of all runs, fold by fold where there are folds; runs in which it is not defined are left out."""
        values = []
        for result in self.found[condition].get(configuration, ()):
            parts = result["folds"] or [result["tasks"]]
            for fold, tasks in enumerate(parts):
                value = tasks.get(task, {}).get(metric)
                if value is not None:
                    values.append(Value(result["seed"], fold, result["judged"], value))
        return values

    def share(self, condition: Condition, configuration: str) -> float:
        """Test over training tracks, the mean over runs."""
        return float(np.mean([r["share"] for r in self.found[condition][configuration]]))

    def tasks(self) -> dict[str, str]:
        """Every task that was scored, with its kind."""
        every = (r for configurations in self.found.values() for rs in configurations.values() for r in rs)
        return {name: task["kind"] for result in every for name, task in result["tasks"].items()}


def deciding(study: Study, task: str, kind: str) -> str:
    """The score that decides about a task."""
    return study.settings.metrics.get(task, main_metrics(kind)[0])


def check_metrics(study: Study, tasks: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse a score that a task has none of, as soon as one run has been scored.

    Raises: ExperimentError with the nearest score.
    """
    asked = [("metrics", *one) for one in study.settings.metrics.items()]
    asked += [("also", task, metric) for task, more in study.settings.also.items() for metric in more]
    for key, task, metric in asked:
        found = tasks.get(task)
        if found is None or isinstance(found.get(metric), float) or metric in found.get("undefined", {}):
            continue
        known = [k for k, v in found.items() if isinstance(v, float)]
        what = f'"{metric}" is no score of {found["kind"]}, which are {", ".join(known)}'
        raise ExperimentError(f"{study.name}:study.{key}.{task}", what, nearest(metric, known))


def scores(records: Records) -> list[dict[str, Any]]:
    """Mean, deviation and 95 % interval of the headline scores: a row a condition, configuration, task and metric."""
    rows = []
    for condition, configurations in records.found.items():
        for name, results in configurations.items():
            for task, kind in records.tasks().items():
                also = records.study.settings.also.get(task, ())
                for metric in dict.fromkeys((deciding(records.study, task, kind), *main_metrics(kind), *also)):
                    values = [v.value for v in records.values(condition, name, task, metric)]
                    if values:
                        row = {**condition._asdict(), "configuration": name, "task": task, "metric": metric}
                        rows.append(
                            row | spread(values, records.share(condition, name)) | _beside(results, task, metric)
                        )
    return rows


def comparisons(records: Records) -> list[dict[str, Any]]:
    """Paired comparisons with the baseline: a row a condition, configuration and target task.

    Holm's correction is over all comparisons of one protocol.
    """
    rows = [row for condition in records.found for row in _compared(records, condition)]
    for protocol in {row["protocol"] for row in rows}:
        family = [row for row in rows if row["protocol"] == protocol and row["p"] is not None]
        for row, p in zip(family, holm([row["p"] for row in family]), strict=True):
            row["p_holm"] = p
            _tell_detectable(row, detectable(row["differences"], row["share"], _LEVEL / len(family)))
    for row in rows:
        row["verdict"] = _verdict(row)
    return rows


def _tell_detectable(row: dict[str, Any], least: float | None) -> None:
    """What could have been seen; nothing where two scores cannot lie so far apart."""
    widest = widest_difference(row["metric"])
    row["blind"] = least is not None and widest is not None and least > widest
    row["detectable"] = None if row["blind"] else least


def _compared(records: Records, condition: Condition) -> Iterator[dict[str, Any]]:
    study = records.study
    for task, kind in records.tasks().items():
        baseline, metric = study.baseline(task), deciding(study, task, kind)
        if study.tasks_of(baseline)[task].role != "target":
            continue
        for name in records.found[condition]:
            learned = study.tasks_of(name).get(task)
            if name == baseline or learned is None or baseline not in records.found[condition]:
                continue
            if learned.role == "target" or records.values(condition, name, task, metric):
                row = {**condition._asdict(), "configuration": name, "baseline": baseline, "task": task}
                yield {**row, "metric": metric} | _pair(records, condition, (name, baseline), (task, metric))


def _pair(records: Records, condition: Condition, names: tuple[str, str], what: tuple[str, str]) -> dict[str, Any]:
    """The comparison of two configurations over the runs that judge the same tracks."""
    ours, theirs = ({v[:3]: v.value for v in records.values(condition, name, *what)} for name in names)
    both = [key for key in ours if key in theirs]
    this, that = [ours[k] for k in both], [theirs[k] for k in both]
    share = records.share(condition, names[1])
    row: dict[str, Any] = {"runs": len(both), "unpaired": len(ours) + len(theirs) - 2 * len(both), "share": share}
    row |= {"mean": float(np.mean(this)) if both else None, "baseline_mean": float(np.mean(that)) if both else None}
    row |= {"differences": [a - b for a, b in zip(this, that, strict=True)]}
    keys = ("difference", "deviation", "interval", "effect", "p", "p_wilcoxon", "detectable")
    if len(both) < 2:
        return row | dict.fromkeys((*keys, "p_holm")) | {"blind": True}
    found = compare(this, that, share)
    between = None if found.detectable is None else list(found.interval)
    return row | {k: getattr(found, k) for k in keys} | {"interval": between, "p_holm": found.p, "blind": False}


def _verdict(row: Mapping[str, Any]) -> str:
    if row["p"] is None:
        return "unknown"
    if row["p_holm"] >= _LEVEL:
        return "no evidence"
    return "helps" if (row["difference"] > 0) != lower_is_better(row["metric"]) else "hurts"


def _joined(study: Study, found: Mapping[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Every whole in the place of the first of its members; members are told as what they are part of."""
    owner = {member: name for name, members in study.wholes.items() for member in members}
    told: dict[str, list[dict[str, Any]]] = {}
    for name, results in found.items():
        whole = owner.get(name)
        if whole is None:
            told[name] = results
        elif whole not in told and (one := joined([found.get(m, []) for m in study.wholes[whole]], whole)):
            told[whole] = one
    return told


def _picked(members: Sequence[Sequence[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Seed by seed the result with the least validation loss; test is not looked at."""
    best: dict[int, dict[str, Any]] = {}
    for result in (r for results in members for r in results):
        known = best.get(result["seed"])
        if result["validation"] is not None and (known is None or result["validation"] < known["validation"]):
            best[result["seed"]] = result
    return list(best.values())


def spread(values: Sequence[float], share: float) -> dict[str, Any]:
    """Mean, deviation and the interval of the mean, as wide as overlapping training tracks make it."""
    array = np.asarray(values)
    mean, many = float(array.mean()), len(array) > 1
    deviation = float(array.std(ddof=1)) if many else None
    half = None
    if many:
        half = float(
            stats.t.ppf(1 - _LEVEL / 2, len(array) - 1) * np.sqrt((1 / len(array) + share) * array.var(ddof=1))
        )
    between = None if half is None else [mean - half, mean + half]
    return {"runs": len(array), "mean": mean, "deviation": deviation, "interval": between, "values": list(values)}


def _beside(results: Sequence[Mapping[str, Any]], task: str, metric: str) -> dict[str, Any]:
    """What chance and the best constant answer reach, the mean over runs."""
    found = {}
    for which in ("chance", "majority"):
        known = [v for r in results if (v := (r["tasks"].get(task, {}).get(which) or {}).get(metric)) is not None]
        found[which] = float(np.mean(known)) if known else None
    return found

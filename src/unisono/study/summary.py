"""All of study.json: what was compared, how it came out in one sentence each, and what to know about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib import metadata
from typing import Any

from unisono.metrics import lower_is_better
from unisono.study.averages import answers, confusions, costs, labels, losses, selections, weights
from unisono.study.by_epoch import epochs
from unisono.study.cells import Place
from unisono.study.comparing import Records, comparisons, deciding, scores
from unisono.study.plan import Study
from unisono.study.relating import relatedness
from unisono.study.sentences import flattery, sentence

_FEW = 5


def summarize(
    study: Study, results: Sequence[tuple[Place, str, dict[str, Any] | None]], failures: Mapping[str, str]
) -> dict[str, Any]:
    """The content of study.json; JSON-able, the same for the same results.

    Args:
        results: place, name and result of each cell; None where it has none.
        failures: why, by the cell's name.
    """
    done = [(place, found) for place, _, found in results if found is not None]
    records = Records.of(study, done)
    compared = comparisons(records)
    for row in compared:
        row["sentence"] = sentence(row)
    kinds = records.tasks()
    return {
        "name": study.name,
        "description": study.description,
        "version": metadata.version("unisono"),
        "seeds": list(study.settings.all_seeds),
        "mark": list(study.settings.mark),
        "configurations": {n: _configuration(study, n) for n in study.named},
        "tasks": {n: _task(study, n, kind) for n, kind in kinds.items()},
        "cells": [_cell(*one, failures) for one in results],
        "scores": scores(records),
        "comparisons": compared,
        "flattery": flattery(records),
        "confusions": confusions(records),
        "labels": labels(records),
        "losses": losses(records),
        "answers": answers(records),
        "selections": selections(records),
        "cost": costs(records),
        "weights": weights(records),
        "epochs": epochs(records),
        "relatedness": relatedness(Records.of(study, done, whole=False)),
        "leaks": _leaks(records),
        "notes": _notes(study, records, results, compared),
    }


def _configuration(study: Study, name: str) -> dict[str, Any]:
    chosen, together = study.settings.chosen.get(name, ()), study.wholes.get(name, ())
    levels = {} if chosen else dict(study.configurations[together[0] if together else name].levels)
    said = {"levels": levels, "tasks": list(study.tasks_of(name)), "chosen": list(chosen)}
    return said | ({"together": list(together)} if together else {})


def _task(study: Study, name: str, kind: str) -> dict[str, Any]:
    metric = deciding(study, name, kind)
    roles = {tasks[name].role for c in study.configurations if name in (tasks := study.tasks_of(c))}
    role = "target" if "target" in roles else "auxiliary"
    return {"kind": kind, "role": role, "metric": metric, "lower_is_better": lower_is_better(metric),
            "baseline": study.baseline(name)}  # fmt: skip


def _cell(place: Place, name: str, result: dict[str, Any] | None, failures: Mapping[str, str]) -> dict[str, Any]:
    why = failures.get(name) or None
    state = "done" if result is not None else "failed" if why else "missing"
    return {**asdict(place), "cell": name, "state": state, "why": why}


def _leaks(records: Records) -> dict[str, list[str]]:
    """Protocol -> why its scores flatter; of reasons that differ in their numbers alone, the first run's."""
    found: dict[str, dict[str, str]] = {}
    for condition, configurations in records.found.items():
        for reason in (leak for rs in configurations.values() for r in rs for leak in r["scores"]["leaks"]):
            kind = "".join(c for c in reason if not c.isdigit())
            found.setdefault(condition.protocol, {}).setdefault(kind, reason)
    return {protocol: list(reasons.values()) for protocol, reasons in found.items()}


def _notes(
    study: Study,
    records: Records,
    results: Sequence[tuple[Place, str, dict[str, Any] | None]],
    compared: Sequence[Mapping[str, Any]],
) -> list[str]:
    """What a reader has to know before believing the tables."""
    notes = []
    missing = sum(found is None for _, _, found in results)
    if missing:
        notes.append(f"{missing} of {len(results)} cells have no result: what is said here is of the others.")
    many = len(study.settings.all_seeds)
    judged = [{r["judged"] for rs in configurations.values() for r in rs} for configurations in records.found.values()]
    if many > 1 and any(len(one) == 1 for one in judged):
        notes.append(
            "All seeds are judged by the same tracks: intervals and p values are about first weights and orders, "
            "not about other tracks."
        )
    if 1 < many < _FEW:
        notes.append(f"{many} seeds are few: only large differences can be seen. The default is 10.")
    if many == 1 and not any(r["folds"] for c in records.found.values() for rs in c.values() for r in rs):
        notes.append("One run of each configuration: no difference between configurations can be told from luck.")
    if any(row["unpaired"] for row in compared):
        notes.append("Some runs have no partner that is judged by the same tracks: they are left out of comparisons.")
    if any(condition.size is not None for condition in records.found):
        notes.append(
            "Sizes are drawn from one training part: the corrected test takes its full size, which makes it careful."
        )
    return notes

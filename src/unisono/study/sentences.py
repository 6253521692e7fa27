"""What a comparison says, in one sentence that a reader can repeat without being wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from unisono.metrics import lower_is_better
from unisono.study.comparing import Condition, Records, deciding


def sentence(row: Mapping[str, Any]) -> str:
    """One comparison in words: helps, hurts, or no evidence with what could have been seen.

    Example:
        >>> sentence({"task": "genre", "metric": "f1_macro", "configuration": "with year", "baseline": "alone",
        ...     "verdict": "no evidence", "runs": 10, "mean": 0.41, "baseline_mean": 0.4, "difference": 0.01,
        ...     "interval": [-0.01, 0.03], "p_holm": 0.4, "detectable": 0.03})
        'genre: no evidence that "with year" differs from "alone": f1_macro 0.410 against 0.400 (+0.010, 95 % interval \
-0.010 to +0.030, 10 pairs, p 0.40). This study would have seen a difference of 0.030 in four of five cases.'
    """
    ours, theirs, task = f'"{row["configuration"]}"', f'"{row["baseline"]}"', row["task"] + _under(row)
    if row["verdict"] == "unknown":
        pairs = f"{row['runs']} pair" + ("" if row["runs"] == 1 else "s")
        return f"{task}: {pairs} of {ours} and {theirs}: nothing can be said."
    measured = f"{row['metric']} {row['mean']:.3f} against {row['baseline_mean']:.3f} ({_measured(row)})"
    if row["verdict"] != "no evidence":
        than = f"{ours} {row['verdict']} against {theirs}"
        return f"{task}: {than}: {measured}."
    seen = "What this study could have seen is not known."
    if row.get("blind"):
        seen = "This study could not have seen any difference."
    elif row["detectable"] is not None:
        seen = f"This study would have seen a difference of {row['detectable']:.3f} in four of five cases."
    return f"{task}: no evidence that {ours} differs from {theirs}: {measured}. {seen}"


def flattery(records: Records) -> list[dict[str, Any]]:
    """How much other protocols than the first say more than it: a row a protocol, configuration and task.

    The same model is judged by other tracks, so these are differences of means, with no test of significance.
    """
    order = list(dict.fromkeys(c.protocol for c in records.found))
    rows = []
    for condition, configurations in records.found.items():
        first = Condition(order[0], condition.size, condition.auxiliary_size)
        if condition.protocol == order[0] or first not in records.found:
            continue
        for name in configurations:
            for task, kind in records.tasks().items():
                metric = deciding(records.study, task, kind)
                ours = [v.value for v in records.values(condition, name, task, metric)]
                honest = [v.value for v in records.values(first, name, task, metric)]
                if ours and honest:
                    gain = float(np.mean(ours) - np.mean(honest))
                    row = {**condition._asdict(), "configuration": name, "task": task, "metric": metric}
                    row |= {"against": order[0], "mean": float(np.mean(ours)), "honest": float(np.mean(honest))}
                    rows.append(row | {"flatters": -gain if lower_is_better(metric) else gain})
    return rows


def _measured(row: Mapping[str, Any]) -> str:
    """The difference; pairs that all differ alike have no interval."""
    told = f"{row['difference']:+.3f} in each of {row['runs']} pairs"
    if row["interval"] is not None:
        low, high = row["interval"]
        told = f"{row['difference']:+.3f}, 95 % interval {low:+.3f} to {high:+.3f}, {row['runs']} pairs"
    return f"{told}, p {_p(row['p_holm'])}"


def _under(row: Mapping[str, Any]) -> str:
    """The protocol and the sizes, where the study has several."""
    sizes = [f"{key.replace('_', ' ')} {row[key]}" for key in ("size", "auxiliary_size") if row.get(key) is not None]
    named = [*([row["protocol"]] if row.get("protocol") else []), *sizes]
    return f" ({', '.join(named)})" if named else ""


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}" if value < 0.1 else f"{value:.2f}"

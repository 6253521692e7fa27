"""Scores of a study of artist-language by song and by segment, and what is gained over one task alone, seed by seed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from unisono.evaluation import compare

LEVELS = ("song", "segment")
AREAS = {"roc_auc_macro": "AUC-ROC", "average_precision_macro": "AUC-PR"}
Values = dict[int, tuple[float, float]]  # seed -> value, test over training tracks
Key = tuple[str, str, str, str, str]  # protocol, task, configuration, level, metric


def read(study: Path) -> dict[Key, Values]:
    """Every area of every finished cell.

    Raises: SystemExit where the study kept no runs.
    """
    found: dict[Key, Values] = {}
    for path in sorted((study / "cells").glob("*.json")):
        cell = json.loads(path.read_text("utf-8"))
        scores = study / "cells" / path.stem / "scores.json"
        if not scores.is_file():
            raise SystemExit(f"{study}: has no run folders; study with --set study.keep=runs")
        place = cell["place"]
        for task, one in json.loads(scores.read_text("utf-8"))["tasks"].items():
            for level, told in zip(LEVELS, (one, one["excerpts"]), strict=True):
                for metric in AREAS:
                    key = (place["protocol"], task, place["configuration"], level, metric)
                    found.setdefault(key, {})[place["seed"]] = (told[metric], cell["share"])
    return found


def tell(study: Path) -> None:
    """Print a table a protocol and task; differences are with the configuration that learns the task alone."""
    found = read(study)
    for protocol, task in dict.fromkeys((key[0], key[1]) for key in found):
        mine: dict[str, dict[tuple[str, str], Values]] = {}
        for (p, t, configuration, level, metric), values in found.items():
            if (p, t) == (protocol, task):
                mine.setdefault(configuration, {})[level, metric] = values
        print(f"\n{protocol}, {task}")
        for configuration in sorted(mine, key=lambda name: (not name.endswith("alone"), name)):
            print(f"  {configuration:20}" + "  ".join(_one(mine, configuration, at) for at in mine[configuration]))
        for configuration in mine:
            alone = f"{task} alone"
            if configuration != alone and alone in mine:
                gains = "  ".join(_gain(mine[configuration], mine[alone], at) for at in mine[configuration])
                print(f"  {configuration} against {alone}: {gains}")


def _one(mine: Mapping[str, Any], configuration: str, at: tuple[str, str]) -> str:
    values = [v for v, _ in mine[configuration][at].values()]
    deviation = float(np.std(values, ddof=1)) if len(values) > 1 else float("nan")
    return f"{at[0]} {AREAS[at[1]]} {np.mean(values):.3f} ({deviation:.3f}) n={len(values)}"


def _gain(ours: Mapping[Any, Values], alone: Mapping[Any, Values], at: tuple[str, str]) -> str:
    seeds = sorted(ours[at].keys() & alone[at].keys())
    if len(seeds) < 2:
        return f"{at[0]} {AREAS[at[1]]}: one seed"
    share = float(np.mean([ours[at][s][1] for s in seeds]))
    one = compare([ours[at][s][0] for s in seeds], [alone[at][s][0] for s in seeds], test_share=share)
    return f"{at[0]} {AREAS[at[1]]} {one.difference:+.3f} [{one.interval[0]:+.3f}, {one.interval[1]:+.3f}]"

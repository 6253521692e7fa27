"""The files of a run folder, read and checked, as the report needs them."""

from __future__ import annotations

import csv
import json
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from unisono.errors import TrainingError
from unisono.evaluation import read_predictions

History = list[dict[str, Any]]


@dataclass(frozen=True)
class RunFiles:
    """What a run has left behind.

    Args:
        name: of the run folder.
        experiment: the resolved experiment file, and its text under "text".
        parts: number of tracks by part ("train" ...), a row a fold.
        history: the lines of history.jsonl of the last stage, without those of a final model.
        predictions: of the part that was scored.
        scores: the content of scores.json.
        network: the network's description from model.json, None where there is none.
        failures: the rows of failures.csv.
    """

    name: str
    experiment: Mapping[str, Any]
    parts: Mapping[str, Mapping[str, int]]
    history: History
    predictions: pl.DataFrame
    scores: Mapping[str, Any]
    network: Mapping[str, Any] | None
    failures: list[dict[str, str]]

    @property
    def leaky(self) -> bool:
        """True when the scores flatter."""
        return bool(self.scores["leaks"])

    @property
    def tasks(self) -> dict[str, dict[str, Any]]:
        """Each task's scores, those that are tagged first, those that only help last."""
        asked = self.scores["tasks"].items()
        return dict(sorted(asked, key=lambda item: item[1].get("role") == "auxiliary"))


def read_run(folder: Path) -> RunFiles:
    """Read a run folder.

    Raises: TrainingError when it is no finished run, or one of its files is damaged.
    """
    scores = _json(folder / "scores.json")
    if "tasks" not in scores or "signature" not in scores:
        raise TrainingError(str(folder / "scores.json"), "has no tasks and signature", "Evaluate again.")
    table = read_predictions(folder / "predictions.parquet")
    model = folder / "model" / "model.json"
    return RunFiles(
        name=folder.resolve().name,
        experiment=_experiment(folder / "experiment.toml"),
        parts=_parts(folder / "split.csv"),
        history=_last_stage(_lines(folder / "history.jsonl")),
        predictions=table.filter(pl.col("split") == scores["split"]),
        scores=scores,
        network=_json(model).get("network") if model.is_file() else None,
        failures=_rows(folder / "failures.csv"),
    )


def _json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise TrainingError(str(path), "is missing, so this is no finished run", "Finish the run with --resume.")
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise TrainingError(str(path), f"is damaged ({error})", "Run it again.") from error
    return found


def _experiment(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {"text": ""}
    text = path.read_text("utf-8")
    try:
        return {**tomllib.loads(text), "text": text}
    except tomllib.TOMLDecodeError as error:
        raise TrainingError(str(path), f"is damaged ({error})", "Run it again.") from error


def _lines(path: Path) -> History:
    if not path.is_file():
        return []
    try:
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    except ValueError as error:
        raise TrainingError(str(path), f"is damaged ({error})", "Run it again.") from error


def _last_stage(history: History) -> History:
    stage = history[-1].get("stage") if history else None
    return [line for line in history if line.get("fold") != "final" and line.get("stage") == stage]


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        return [{str(k): str(v) for k, v in row.items()} for row in csv.DictReader(stream)]


def _parts(path: Path) -> dict[str, dict[str, int]]:
    counts = Counter((row.get("fold", "0"), row.get("part", "")) for row in _rows(path))
    folds: dict[str, dict[str, int]] = {}
    for (fold, part), number in sorted(counts.items()):
        folds.setdefault(fold, {})[part] = number
    return folds

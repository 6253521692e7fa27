"""One cell: an ordinary run in a folder of its own, and its result file."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import polars as pl

from unisono.files import commit_bytes
from unisono.study import by_epoch
from unisono.study.cells import Cell
from unisono.study.workers import Tell
from unisono.training.checkpoint import CHECKPOINT
from unisono.training.run import Watching, train

_POINTS = 400  # answers of a run that a study keeps of each number
_WHOLE = frozenset({"cell", "place", "tasks", "scores", "cost"})  # keys that no result is without
_TORN = ".unisono-*.tmp"  # what a killed process was writing
_LEFT_OUT = ("calibration", "sure", "excerpts")  # of a task's scores: what no comparison reads


@dataclass(frozen=True)
class Job:
    """A cell to run.

    Args:
        folder: of all cells.
        keep: the run's folder stays.
    """

    cell: Cell
    folder: Path
    keep: bool


def run_cell(job: Job, tell: Tell) -> dict[str, Any]:
    """Run a cell, or go on with it, and write its result beside its folder.

    Args:
        tell: called with the number of each epoch and how many there may be (0: several stages, each with its own).
    Raises: UserError for everything that is wrong with the experiment or its data.
    """
    cell, folder = job.cell, job.folder / job.cell.name
    experiment = cell.experiment()
    epochs = 0 if experiment.stages else experiment.training.epochs
    if _moved(folder, cell):
        shutil.rmtree(folder)
    watching = Watching(line=lambda line: tell((line["epoch"], epochs)))
    run = train(experiment, folder, cell.place.seed, resume=True, watching=watching)
    result = {
        "cell": cell.name,
        "place": asdict(cell.place),
        "pilot": cell.pilot,
        "share": cell.share,
        "judged": cell.judged,
        "skipped": len(run.failures),
        **_read(folder, run.scores),
    }
    commit_bytes(result_path(job.folder, cell), json.dumps(result, allow_nan=False).encode())
    for left in (*folder.rglob(CHECKPOINT), *folder.rglob(_TORN)):
        left.unlink()
    if not job.keep:
        shutil.rmtree(folder)
    return result


def result_of(folder: Path, cell: Cell) -> dict[str, Any] | None:
    """What a cell has left, if its file is there and whole.

    Args:
        folder: of all cells.
    """
    path = result_path(folder, cell)
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return found if isinstance(found, dict) and found.keys() >= _WHOLE else None


def _moved(folder: Path, cell: Cell) -> bool:
    """Whether the cell was begun where the study was before: it reads split files of there and is learned anew."""
    begun = folder / "experiment.toml"
    return begun.is_file() and _split_files(tomllib.loads(begun.read_text("utf-8"))) != _split_files(cell.tables)


def _split_files(tables: Mapping[str, Any]) -> dict[str, str]:
    read = {"": tables, **tables.get("collections", {})}
    return {name: str(one["split"]["file"]) for name, one in read.items() if "file" in one.get("split", {})}


def result_path(folder: Path, cell: Cell) -> Path:
    """The file that says that a cell is done."""
    return folder / f"{cell.name}.json"


def _read(folder: Path, scores: Mapping[str, Any]) -> dict[str, Any]:
    history = _lines(folder / "history.jsonl")
    last = [line for line in history if line.get("stage") == history[-1].get("stage") and line.get("fold") != "final"]
    return {
        "scores": {k: v for k, v in scores.items() if k not in ("tasks", "folds", "selection")},
        "tasks": {n: _slim(t) for n, t in scores["tasks"].items()},
        "folds": [{n: _numbers(t) for n, t in fold["tasks"].items()} for fold in scores.get("folds", ())],
        "validation": _kept(last),
        "epochs": len(last),
        "best_epoch": max((line["epoch"] for line in last if line["best"]), default=len(last)),
        "weights": [line["weights"] for line in last if line.get("fold", 0) == 0],
        "by_epoch": by_epoch.kept(last),
        "cosine": _cosine(last),
        "answers": _answers(folder, scores["tasks"]),
        "selection": {n: _counts(one) for n, one in scores.get("selection", {}).items()},
        "cost": _cost(folder, history),
    }


def _slim(task: Mapping[str, Any]) -> dict[str, Any]:
    excerpts = {f"excerpts.{k}": v for k, v in _numbers(task.get("excerpts", {})).items()}
    return {k: v for k, v in task.items() if k not in _LEFT_OUT} | excerpts


def _numbers(task: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in task.items() if v is None or isinstance(v, float)}


def _answers(folder: Path, tasks: Mapping[str, Any]) -> dict[str, Any]:
    """True numbers and answers of each regression, of test tracks that are spread over all of them, and its levels."""
    numbers = [name for name, task in tasks.items() if task["kind"] == "regression"]
    path = folder / "predictions.parquet"
    if not numbers or not path.is_file():
        return {}
    table = pl.read_parquet(path).filter(split="test").drop_nulls("reference")
    found = {}
    for name in numbers:
        mine = table.filter(task=name)
        at = np.unique(np.linspace(0, max(len(mine) - 1, 0), min(len(mine), _POINTS)).astype(int))
        pairs = {key: [round(float(v), 6) for v in mine[key].to_numpy()[at]] for key in ("reference", "score")}
        found[name] = {**pairs, "levels": tasks[name].get("levels", [])}
    return found


def _counts(selected: Mapping[str, Any]) -> dict[str, Any]:
    """How many features an input kept and each task chose, and from where: what stands before the bracket of a name."""
    by_task = {"": selected["names"], **selected.get("by_task", {})}
    parts = {task: Counter(name.partition("[")[0] for name in names) for task, names in by_task.items()}
    return {"offered": selected["offered"], "left_out": selected["left_out"], "kept": parts}


def _kept(lines: list[dict[str, Any]]) -> float | None:
    """The validation loss of what was kept, summed over the target tasks; the mean over folds."""
    folds: dict[Any, float | None] = {}
    for line in lines:
        if line["best"]:
            folds[line.get("fold", 0)] = line["total"]["validation"]
    known = [v for v in folds.values() if v is not None]
    return fmean(known) if known and len(known) == len(folds) else None


def _cosine(lines: list[dict[str, Any]]) -> dict[str, Any] | None:
    """How much the tasks' gradients agree, the mean over all looks: tasks and a row for each."""
    looks = [look for line in lines for look in line.get("diagnostics", {}).get("conflicts", ())]
    tasks = sorted({t for look in looks for t in look["tasks"]})
    sums = {(a, b): [] for a in tasks for b in tasks}  # type: dict[tuple[str, str], list[float]]
    for look in looks:
        for i, a in enumerate(look["tasks"]):
            for j, b in enumerate(look["tasks"]):
                if look["cosine"][i][j] is not None:
                    sums[a, b].append(look["cosine"][i][j])
    if not looks:
        return None
    return {"tasks": tasks, "cosine": [[fmean(sums[a, b]) if sums[a, b] else None for b in tasks] for a in tasks]}


def _cost(folder: Path, history: list[dict[str, Any]]) -> dict[str, Any]:
    """Seconds of learning, steps, and learned numbers; seconds are those of this machine."""
    timings, before, total = _lines(folder / "timings.jsonl"), 0.0, 0.0
    for now in (line["seconds"] for line in timings):  # each fold and stage counts from its own start
        total += now - before if now >= before else now
        before = now
    steps: dict[tuple[Any, Any], int] = {}
    for line in history:
        key = (line.get("fold", 0), line.get("stage"))
        steps[key] = max(steps.get(key, 0), line["step"])
    model = folder / "model" / "model.json"
    network = json.loads(model.read_text("utf-8")).get("network", {}) if model.is_file() else {}
    done = sum(steps.values())
    return {
        "seconds": round(total, 3),
        "steps": done,
        "step_ms": round(1000 * total / done, 3) if done else None,
        "parameters": network.get("parameters"),
        "together": max((line.get("together", 1) for line in timings), default=1),
    }


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]

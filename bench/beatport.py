"""Genre with artist group factors on 3,200 tracks of 32 DJ genres (system 001's mechanism), against genre alone.

Four groups of the table's descriptors (timbre, harmony, spectrum, rhythm) make four auxiliary tasks: artist group
factors, learned on the training artists of each fold. Compared on the same artist-grouped folds: an SVM, logistic
regression, genre alone, genre with the four tasks by plain sum and by GradNorm, and phase 2: the frozen streams of all
five tasks under a new head. Then GradNorm's weights by epoch for each of its four L0, on one grouped split, as CSV and
as a figure.

    UNISONO_DATA=FOLDER python bench/beatport.py [--folds 5] [--seeds 1] [--epochs 30] [--figures bench/figures]

The network is that of the recipe artist-group-factors-columns, whose study compares more of them. The input is one
vector a track and only about 240 artists have three tracks or more: a check of the mechanism. On one thread, about six
minutes.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import polars as pl
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from unisono.experiment import Experiment, load_toml
from unisono.study.changes import changed
from unisono.training.run import train

mpl.use("agg")

GROUPS = ("timbre", "harmony", "spectrum", "rhythm")
L0 = ("first", "epoch", "log_classes", "ema")
RECIPE = "artist-group-factors-columns"
ONE_STAGE: dict[str, Any] = {"remove": ["stages"]}


def experiment(data: Path, args: argparse.Namespace, split: dict[str, Any], change: dict[str, Any]) -> Experiment:
    """The recipe with a level's changes."""
    recipe, name, _ = load_toml(RECIPE)
    layers = [f"linear {args.width}", "batchnorm", "elu", "dropout 0.3"]
    factors = {group: {"target": {"codebook": args.codebook, "topics": args.topics}} for group in GROUPS}
    ours = {
        "tasks": factors,
        "network": {"blocks": [{"layers": layers}, {"layers": layers}]},
        "training": {"epochs": args.epochs},
    }
    tables = changed(changed(recipe, ours, name), change, name)
    return Experiment.of({**tables, "split": split, "base": str(data / "beatport-2021")}, name="beatport")


def machines(data: Path, run: Path) -> dict[str, float]:
    """Pooled accuracy of two usual models on a run's folds; its validation rows teach them too."""
    table = pl.read_csv(data / "beatport-2021" / "tracks.csv")
    values = table.select([c for c in table.columns if c[0].isdigit()]).to_numpy().astype(np.float64)
    genre, split = table["genre"].to_numpy(), pl.read_csv(run / "split.csv")
    makers: dict[str, Callable[[], Any]] = {
        "SVM (rbf, C = 10)": lambda: SVC(C=10),
        "logistic regression": lambda: LogisticRegression(C=0.1, max_iter=2000),
    }
    found = {}
    for name, make in makers.items():
        right = 0
        for _, fold in split.group_by("fold"):
            judged = _positions(fold.filter(pl.col("part") == "test"))
            taught = _positions(fold.filter(pl.col("part").is_in(["train", "validation"])))
            model = make_pipeline(StandardScaler(), make()).fit(values[taught], genre[taught])
            right += int((model.predict(values[judged]) == genre[judged]).sum())
        found[name] = right / len(table)
    return found


def _positions(part: pl.DataFrame) -> list[int]:
    """Rows of the table: the ids are lines, of which the first holds the names."""
    return [int(str(name).rpartition(":")[2]) - 2 for name in part["id"]]


def accuracies(data: Path, args: argparse.Namespace) -> dict[str, list[float]]:
    """Pooled accuracy of genre by model, one a seed; the folds are always the same."""
    split = {"protocol": "grouped", "folds": args.folds, "validation": 0.1, "seed": 0, "final": False}
    models: dict[str, dict[str, Any]] = {
        "genre alone": {**ONE_STAGE, "tasks": ["genre"], "balancing": {"method": "sum"}},
        "with AGF, sum": {**ONE_STAGE, "balancing": {"method": "sum"}},
        "with AGF, GradNorm": ONE_STAGE,
        "phase 2": {},
    }
    found: dict[str, list[float]] = {}
    for seed in range(args.seeds):
        for name, change in models.items():
            with tempfile.TemporaryDirectory() as folder:
                run = train(experiment(data, args, split, change), Path(folder) / "run", seed=seed)
                found.setdefault(name, []).append(run.scores["tasks"]["genre"]["accuracy"])
                _tell(name, run.scores)
                if not seed and name == "genre alone":
                    found |= {machine: [value] for machine, value in machines(data, run.folder).items()}
    return found


def _tell(name: str, scores: dict[str, Any]) -> None:
    helped = {n: t for n, t in scores["tasks"].items() if t["kind"] == "distribution"}
    said = ", ".join(
        f"{n}: n {t['n']}, kl {t['kl']:.2f} (constant {t['majority']['kl']:.2f})" for n, t in helped.items()
    )
    accuracy = scores["tasks"]["genre"]["accuracy"]
    print(f"{name:22} accuracy {accuracy:.4f}  leaks {scores['leaks']}  {said}", flush=True)


def curves(data: Path, args: argparse.Namespace) -> list[dict[str, Any]]:
    """GradNorm's weights at the end of each epoch, for each L0."""
    rows: list[dict[str, Any]] = []
    for l0 in L0:
        with tempfile.TemporaryDirectory() as folder:
            asked = experiment(data, args, {"seed": 0}, {**ONE_STAGE, "balancing": {"l0": l0}})
            run = train(asked, Path(folder) / "run", seed=0)
            lines = [json.loads(line) for line in (run.folder / "history.jsonl").read_text().splitlines()]
        for line in lines:
            rows += [{"l0": l0, "epoch": line["epoch"], "task": t, "weight": w} for t, w in line["weights"].items()]
        last = ", ".join(f"{t} {w:.2f}" for t, w in lines[-1]["weights"].items())
        print(f"L0 = {l0:12} accuracy {run.scores['tasks']['genre']['accuracy']:.4f}  last weights: {last}", flush=True)
    return rows


def draw(rows: Sequence[dict[str, Any]], folder: Path) -> None:
    """The curves as CSV and PNG, a panel for each L0."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "beatport-weights.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, ["l0", "epoch", "task", "weight"])
        writer.writeheader()
        writer.writerows([{**row, "weight": round(row["weight"], 5)} for row in rows])
    figure, axes = plt.subplots(1, len(L0), figsize=(13, 3.2), sharey=True, layout="constrained")
    for at, l0 in zip(axes, L0, strict=True):
        for task in ("genre", *GROUPS):
            mine = [row for row in rows if row["l0"] == l0 and row["task"] == task]
            at.plot([row["epoch"] for row in mine], [row["weight"] for row in mine], label=task)
        at.set_title(f"L0 = {l0}")
        at.set_xlabel("epoch")
        at.grid(alpha=0.3)
    axes[0].set_ylabel("weight (they sum to 5)")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right upper")
    figure.savefig(folder / "beatport-weights.png", dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--codebook", type=int, default=64)
    parser.add_argument("--topics", type=int, default=10)
    parser.add_argument("--figures", type=Path, default=Path(__file__).parent / "figures")
    parser.add_argument("--only", choices=["accuracy", "curves"])
    args = parser.parse_args()
    data = os.environ.get("UNISONO_DATA")
    if not data:
        sys.exit("UNISONO_DATA: is not set but has to name the folder of real collections")
    started = time.process_time()
    if args.only != "accuracy":
        draw(curves(Path(data), args), args.figures)
    if args.only != "curves":
        print(f"\ngenre, {args.folds} artist-grouped folds, {args.seeds} seed(s), pooled accuracy")
        for name, values in accuracies(Path(data), args).items():
            spread = f" (sd {statistics.stdev(values):.4f})" if len(values) > 1 else ""
            print(f"  {name:22} {statistics.mean(values):.4f}{spread}")
    print(f"\n{time.process_time() - started:.0f} s of CPU")


if __name__ == "__main__":
    main()

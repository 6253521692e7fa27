"""The recipe audio-small, energy and danceability in one model, against an SVM for each on the same folds.

R2 of the pooled predictions of five folds that no artist crosses, repeated for each seed. Files that are too short to
be heard are named and left out of both. The rival reads statistics of a log-mel spectrum, with the same bands and the
same changes over time as the recipe's network, or with what is usual (64 bands, changes from frame to frame).

    UNISONO_DATA=FOLDER python bench/energy_dance.py [--seeds 0 1 2 3 4]
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from rivals.mel_svm import Floats, Frames, folds_of, predicted, statistics_of
from sklearn.metrics import r2_score

from unisono import Experiment, train
from unisono.experiment import load_toml

RECIPE = "audio-small"
TASKS = {"energy": "energy", "danceability": "dancability"}
RIVALS = {
    "SVM, the usual statistics": Frames(16_000, 1024, 512, 64),
    "SVM, the recipe's statistics": Frames(16_000, 512, 256, 40, (1, 2, 4, 8)),
}
COST = 1.0
Scores = dict[str, list[float]]


def rival_features(folder: Path, heard: list[str]) -> dict[str, Floats]:
    """What each rival hears of the tracks."""
    return {
        name: np.stack([statistics_of(folder / "mp3" / f, frames) for f in heard]) for name, frames in RIVALS.items()
    }


def judged(table: pl.DataFrame, features: dict[str, Floats], split: Path) -> dict[tuple[str, str], float]:
    """R2 of each rival and task on the folds of a run."""
    folds = folds_of(split, table["file"].to_list())
    found = {}
    for name, values in features.items():
        for task, column in TASKS.items():
            answers = table[column].to_numpy().astype(np.float64)
            found[name, task] = float(r2_score(answers, predicted(values, answers, folds, COST)))
    return found


def tables_of(task: str | None) -> dict[str, Any]:
    """The recipe, or the recipe with one task alone."""
    tables = load_toml(RECIPE)[0]
    tables["split"]["final"] = False
    if task:
        tables["tasks"] = {task: tables["tasks"][task]}
    return tables


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument(
        "--single", type=int, nargs="*", default=[0, 1, 2, 3, 4], help="seeds of the single-task models"
    )
    given = parser.parse_args()
    if "UNISONO_DATA" not in os.environ:
        sys.exit("UNISONO_DATA is not set: it names the folder that holds energy-dance")
    data = Path(os.environ["UNISONO_DATA"]) / "energy-dance"
    whole = pl.read_csv(data / "tracks.csv")
    found: dict[tuple[str, str], list[float]] = {}
    features: dict[str, Floats] = {}
    table = whole
    with tempfile.TemporaryDirectory() as temporary:
        for seed in given.seeds:
            for name, only in (("one model", None), *((f"{task} alone", task) for task in TASKS)):
                if only and seed not in given.single:
                    continue
                out = Path(temporary) / f"{seed}-{name}"
                began = time.process_time()
                done = train(Experiment.of(tables_of(only), base=data, name=f"{RECIPE}, {name}"), out, seed)
                print(f"seed {seed}, {name}: {time.process_time() - began:.0f} s of CPU", flush=True)
                for task, scores in done.scores["tasks"].items():
                    found.setdefault(("single-task model" if only else "unisono", task), []).append(scores["r2"])
                if only:
                    continue
                if not features:
                    lost = pl.read_csv(out / "failures.csv")["id"].to_list()
                    print(f"left out, {len(lost)}: {', '.join(lost)}", flush=True)
                    table = whole.filter(~pl.col("file").is_in(lost))
                    features = rival_features(data, table["file"].to_list())
                for key, value in judged(table, features, out / "split.csv").items():
                    found.setdefault(key, []).append(value)
    print("\n| pooled R2 | seeds | mean | deviation |\n|---|---|---|---|")
    for (who, task), values in found.items():
        spread = statistics.stdev(values) if len(values) > 1 else 0.0
        print(
            f"| {task}: {who} | {' '.join(f'{v:.3f}' for v in values)} | {statistics.mean(values):.3f} | {spread:.3f} |"
        )


if __name__ == "__main__":
    main()

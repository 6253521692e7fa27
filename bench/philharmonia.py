"""The recipe instrument-notes, five tasks in one model, against five single-task models and SVMs on the same folds.

Accuracy of the pooled predictions of five folds; all sounds of one instrument's note are in one fold. The rival reads
statistics of a log-mel spectrum of the whole sound, with a machine for each task.

    UNISONO_DATA=FOLDER python bench/philharmonia.py [--seeds 0 1 2] [--single 0]
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
from rivals.mel_svm import Frames, folds_of, predicted, statistics_of

from unisono import Experiment, train
from unisono.experiment import load_toml

RECIPE = "instrument-notes"
RIVAL = Frames(22_050, 2048, 512, 128)
COST, SOUNDS = 10.0, 1519
Found = dict[tuple[str, str], list[float]]


def tables_of(task: str | None) -> dict[str, Any]:
    """The recipe, or the recipe with one task alone."""
    tables = load_toml(RECIPE)[0]
    tables["split"]["final"] = False
    if task:
        tables["tasks"] = {task: tables["tasks"][task]}
    return tables


def run(data: Path, out: Path, seed: int, task: str | None) -> dict[str, float]:
    """Accuracy of each task of one model, or of one task's own model."""
    began = time.process_time()
    done = train(Experiment.of(tables_of(task), base=data, name=RECIPE), out, seed)
    scores = {name: float(one["accuracy"]) for name, one in done.scores["tasks"].items()}
    heard = {name: one["n"] for name, one in done.scores["tasks"].items()}
    assert set(heard.values()) == {SOUNDS}, heard  # the rival answers for all of them
    told = ", ".join(f"{name} {value:.3f}" for name, value in scores.items())
    print(f"seed {seed}, {task or 'all'}: {told}; {time.process_time() - began:.0f} s of CPU", flush=True)
    return scores


def tell(found: Found) -> None:
    """The table of RESULTS.md."""
    print("\n| accuracy | seeds | mean | deviation |\n|---|---|---|---|")
    for (task, who), values in found.items():
        spread = statistics.stdev(values) if len(values) > 1 else 0.0
        shown = " ".join(f"{v:.3f}" for v in values)
        print(f"| {task}: {who} | {shown} | {statistics.mean(values):.3f} | {spread:.3f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--single", type=int, nargs="*", default=[0], help="seeds of the single-task models")
    given = parser.parse_args()
    if "UNISONO_DATA" not in os.environ:
        sys.exit("UNISONO_DATA is not set: it names the folder that holds philharmonia")
    data = Path(os.environ["UNISONO_DATA"]) / "philharmonia"
    table = pl.read_csv(data / "meta.csv", infer_schema_length=0)
    features = np.stack([statistics_of(data / name, RIVAL) for name in table["file"]])
    found: Found = {}
    with tempfile.TemporaryDirectory() as temporary:
        for seed in given.seeds:
            out = Path(temporary) / str(seed)
            for task, value in run(data, out, seed, None).items():
                found.setdefault((task, "unisono"), []).append(value)
                folds = folds_of(out / "split.csv", table["file"].to_list())
                heard = folds >= 0
                answers = table[task].to_numpy().astype(str)
                right = predicted(features[heard], answers[heard], folds[heard], COST) == answers[heard]
                found.setdefault((task, "SVM"), []).append(float(right.mean()))
                print(f"    SVM, {task}: {right.mean():.3f} of {heard.sum()}", flush=True)
                if seed in given.single:
                    one = run(data, Path(temporary) / f"{seed}-{task}", seed, task)
                    found.setdefault((task, "single-task model"), []).append(one[task])
    tell(found)


if __name__ == "__main__":
    main()

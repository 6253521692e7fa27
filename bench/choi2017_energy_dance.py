"""Energy and danceability of 352 songs: networks on choi2017 features against an SVR on log-mel statistics.

Five artist-grouped folds, repeated with five shuffles of the artists (scikit-learn's GroupKFold); all models are judged
on the same folds, by the R2 of the pooled test predictions. Networks learn both numbers at once: the recipe
`audio-choi2017`, its choi2017 features alone, its sound statistics alone, and the recipe `audio-small`, which learns
from the mel spectrum. The SVR (rbf, C = 1, gamma = 0.3 /
features, one for each number) hears mean, deviation, mean change, and 10th and 90th percentile of 64 log-mel bands.

    UNISONO_DATA=FOLDER python bench/choi2017_energy_dance.py [--repeats 5] [--only NAME] [--set KEY=VALUE ...]

The weights come from FOLDER/choi2017/weights. Files that are too short are named and left out. On one thread about five
minutes, of which one is hearing, the first time.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.metrics import r2_score
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from unisono.collection import Track
from unisono.experiment import Experiment
from unisono.inputs.extraction import extract
from unisono.inputs.sound_statistics import SoundStatistics
from unisono.training.run import train

TASKS = {"energy": "energy", "danceability": "dancability"}  # task -> column (its name as it stands there)
NETWORKS = {  # name of a row -> recipe and those of its inputs that it reads
    "audio-choi2017": ("audio-choi2017", ("heard", "summary", "rhythm")),
    "choi2017 alone": ("audio-choi2017", ("heard",)),
    "statistics alone": ("audio-choi2017", ("summary", "rhythm")),
    "audio-small (mel)": ("audio-small", ("audio",)),
}
Scores = dict[str, float]


def heard(data: Path) -> tuple[pl.DataFrame, NDArray[np.float64]]:
    """The rows that can be heard, and the SVR's numbers of each; the others are named."""
    table = pl.read_csv(data / "energy-dance" / "tracks.csv")
    tracks = [Track(name, data / "energy-dance" / "mp3" / name, None, {}) for name in table["file"]]
    part = SoundStatistics(groups=("bands",), sample_rate=16_000)
    found = extract({"bands": part}, tracks, workers=1)
    for failure in found.failures:
        print(f"skipped {failure.id}: {failure.reason}")
    kept = [i for i in range(len(tracks)) if found.has("bands", i)]
    values = np.stack([found.examples("bands", i)[0]["values"] for i in kept]).astype(np.float64)
    return table[kept], values


def folds_of(table: pl.DataFrame, seed: int) -> NDArray[np.intp]:
    """Number of the fold in which each row judges."""
    fold = np.zeros(len(table), np.intp)
    groups = table["artist_norm"].fill_null("").to_numpy()
    for number, (_, test) in enumerate(GroupKFold(5, shuffle=True, random_state=seed).split(groups, groups=groups)):
        fold[test] = number
    return fold


def svr_scores(table: pl.DataFrame, values: NDArray[np.float64], fold: NDArray[np.intp]) -> Scores:
    """Pooled R2 of one SVR a number."""
    scores: Scores = {}
    for task, column in TASKS.items():
        target = table[column].to_numpy()
        said = np.zeros(len(target))
        for number in range(5):
            teach, judge = fold != number, fold == number
            mean, deviation = target[teach].mean(), target[teach].std()
            machine = make_pipeline(StandardScaler(), SVR(C=1, gamma=0.3 / values.shape[1], epsilon=0.05))
            machine.fit(values[teach], (target[teach] - mean) / deviation)
            said[judge] = machine.predict(values[judge]) * deviation + mean
        scores[task] = float(r2_score(target, said))
    return scores


def network_scores(folder: Path, name: str, args: argparse.Namespace, seed: int) -> Scores:
    """Pooled R2 of a recipe with some of its inputs, on the folds of `split.csv`."""
    of, inputs = NETWORKS[name]
    recipe = Experiment.load(of, args.set).tables()
    recipe["inputs"] = {name: recipe["inputs"][name] for name in inputs}
    if "heard" in inputs:
        weights = args.data / "choi2017" / "weights" / "keras2_model_best.hdf5"
        recipe["inputs"]["heard"]["weights"] = str(weights.resolve())
    if recipe["network"].get("encoders"):
        recipe["network"]["encoders"] = {name: recipe["network"]["encoders"][name] for name in inputs}
    collection = recipe["collection"] | {
        "table": "tracks.csv",
        "audio_root": str((args.data / "energy-dance" / "mp3").resolve()),
    }
    split = {"protocol": "file", "file": "split.csv", "made": "grouped", "validation": 0.0}
    recipe |= {"collection": collection, "split": split, "base": str(folder)}
    with tempfile.TemporaryDirectory() as run:
        found = train(Experiment.of(recipe, folder, of), Path(run) / "run", seed=seed).scores
    return {name: found["tasks"][name]["r2"] for name in TASKS}


def write(folder: Path, table: pl.DataFrame, fold: NDArray[np.intp]) -> None:
    """The table and its folds as files."""
    table.write_csv(folder / "tracks.csv")
    rows = [(name, f, "test" if fold[i] == f else "train") for f in range(5) for i, name in enumerate(table["file"])]
    pl.DataFrame(rows, schema=["id", "fold", "part"], orient="row").write_csv(folder / "split.csv")


def show(found: Mapping[str, Sequence[Scores]]) -> None:
    for name, runs in found.items():
        cells = []
        for task in TASKS:
            values = [scores[task] for scores in runs]
            spread = f" (sd {statistics.stdev(values):.3f})" if len(values) > 1 else ""
            cells.append(f"{task} {statistics.mean(values):.3f}{spread}")
        print(f"{name:18} {'   '.join(cells)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5, help="shuffles of the artists")
    parser.add_argument("--only", choices=list(NETWORKS), help="one of the networks")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change the recipe")
    args = parser.parse_args()
    if not os.environ.get("UNISONO_DATA"):
        sys.exit("UNISONO_DATA: is not set but has to name the folder of real collections")
    args.data = Path(os.environ["UNISONO_DATA"])
    started = time.process_time()
    table, values = heard(args.data)
    print(f"{len(table)} songs, {table['artist_norm'].n_unique()} artists, 5 folds x {args.repeats}: pooled R2")
    found: dict[str, list[Scores]] = {}
    for seed in range(args.repeats):
        fold = folds_of(table, seed)
        found.setdefault("log-mel SVR", []).append(svr_scores(table, values, fold))
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), table, fold)
            for name in [args.only] if args.only else NETWORKS:
                found.setdefault(name, []).append(network_scores(Path(folder), name, args, seed))
    show(found)
    print(f"{time.process_time() - started:.0f} s of CPU")


if __name__ == "__main__":
    main()

"""Which tracks to label next: accuracy against the number of labelled tracks, chosen by `unisono next` or at random.

Both start from the same random tracks, add the same number a round, and train the same model (a linear one on
standardised descriptors) on what they have; the test tracks share no group (artist; instrument and note) with either.
Entropy alone, the most uncertain tracks one by one, is run beside them. Accuracy is the mean over tasks.

    UNISONO_DATA=... python bench/next.py [--seeds 12] [--json out.json]
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupShuffleSplit
from sklearn.preprocessing import StandardScaler

from unisono.collection.tracks import Track
from unisono.curate.choosing import chosen, doubts
from unisono.inputs.extraction import extract
from unisono.inputs.mel import Mel
from unisono.tasks import Task, task

Floats = NDArray[np.float64]
STRATEGIES = ("next", "entropy", "random")


@dataclass(frozen=True)
class Data:
    """Descriptors, labels by task, and groups."""

    name: str
    features: Floats
    labels: dict[str, NDArray[np.str_]]
    groups: NDArray[np.str_]
    start: int
    step: int
    rounds: int


def beatport(root: Path) -> Data:
    """3,200 DJ tracks of 32 genres, 92 descriptors each, grouped by artist."""
    with (root / "beatport-2021" / "tracks.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    numbers = [c for c in rows[0] if c[:1].isdigit()]
    features = np.array([[float(row[c] or "nan") for c in numbers] for row in rows])
    columns = {c.lower(): c for c in rows[0]}
    genre = np.array([row[next(columns[c] for c in columns if "class" in c or "genre" in c)] for row in rows])
    artist = np.array([row[next(columns[c] for c in columns if "artist" in c)] for row in rows])
    return Data("beatport-2021", np.nan_to_num(features), {"genre": genre}, artist, 64, 64, 10)


def philharmonia(root: Path) -> Data:
    """1,519 notes; mean and deviation of 40 mel bands; instrument, octave and dynamic at once."""
    folder = root / "philharmonia"
    with (folder / "meta.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    mel = Mel(n_mels=40, duration=0, min_duration=0.01)
    tracks = [Track(row["file"], folder / row["file"]) for row in rows]
    heard = extract({"mel": mel}, tracks, workers=2)
    kept = [i for i in range(len(rows)) if heard.has("mel", i)]
    mels = [heard.examples("mel", i)[0]["mel"] for i in kept]
    features = np.array([np.concatenate([m.mean(axis=1), m.std(axis=1)]) for m in mels], np.float64)
    labels = {name: np.array([rows[i][name] for i in kept]) for name in ("instrument", "octave", "dynamic")}
    groups = np.array([f"{rows[i]['instrument']} {rows[i]['note']}" for i in kept])
    return Data("philharmonia", features, labels, groups, 30, 30, 10)


def curve(data: Data, strategy: str, seed: int) -> list[float]:
    """Accuracy on the test tracks after each round."""
    pool, test = next(GroupShuffleSplit(1, test_size=0.3, random_state=seed).split(data.features, groups=data.groups))
    scaler = StandardScaler().fit(data.features[pool])
    inside, outside = scaler.transform(data.features[pool]), scaler.transform(data.features[test])
    rng = np.random.default_rng(seed)
    known = np.zeros(len(pool), np.bool_)
    known[rng.permutation(len(pool))[: data.start]] = True
    reached = []
    for turn in range(data.rounds + 1):
        tasks, scores, accuracy = {}, {}, []
        for name, labels in data.labels.items():
            model = LogisticRegression(C=0.3, max_iter=300).fit(inside[known], labels[pool][known])
            accuracy.append(float(model.score(outside, labels[test])))
            tasks[name] = task(name, {"kind": "multiclass", "labels": model.classes_.tolist()})
            scores[name] = model.predict_proba(inside)
        reached.append(float(np.mean(accuracy)))
        if turn < data.rounds:
            known[pick(strategy, (tasks, scores, inside), known, data.step, seed * 100 + turn)] = True
    return reached


def pick(
    strategy: str,
    seen: tuple[dict[str, Task], dict[str, Floats], Floats],
    known: NDArray[np.bool_],
    number: int,
    seed: int,
) -> Sequence[int] | NDArray[np.int64]:
    """The tracks of the next round."""
    tasks, scores, features = seen
    if strategy == "random":
        return np.random.default_rng(seed).permutation(np.flatnonzero(~known))[:number]
    if strategy == "entropy":
        doubt = sum(stats.entropy(p, axis=1) / np.log(p.shape[1]) for p in scores.values())
        return np.argsort(-np.where(known, -1, doubt))[:number]
    return chosen(doubts(tasks, scores), dict.fromkeys(tasks, ~known), features, number, seed)


def main() -> None:
    """Run both collections and print the curves."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--first-seed", type=int, default=100, help="0 to 9 were used to choose the method")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--data", choices=("beatport", "philharmonia", "both"), default="both")
    asked = parser.parse_args()
    warnings.filterwarnings("ignore")
    if "UNISONO_DATA" not in os.environ:
        sys.exit("UNISONO_DATA: is not set but has to name the folder of real collections")
    root, found, began = Path(os.environ["UNISONO_DATA"]), {}, time.process_time()
    readers: dict[str, Callable[[Path], Data]] = {"beatport": beatport, "philharmonia": philharmonia}
    for name in readers if asked.data == "both" else (asked.data,):
        data = readers[name](root)
        curves = {
            s: np.array([curve(data, s, asked.first_seed + seed) for seed in range(asked.seeds)]) for s in STRATEGIES
        }
        sizes = [data.start + data.step * turn for turn in range(data.rounds + 1)]
        print(
            f"\n{data.name}: accuracy, mean of {asked.seeds} seeds\n{'labelled':>9}", *(f"{s:>9}" for s in STRATEGIES)
        )
        for turn, size in enumerate(sizes):
            print(f"{size:>9}", *(f"{curves[s][:, turn].mean():>9.3f}" for s in STRATEGIES))
        gains = (curves["next"] - curves["random"])[:, 1:].mean(axis=1)
        test = stats.wilcoxon(gains, alternative="greater")
        print(f"next over random, area: {gains.mean():+.4f} ± {gains.std(ddof=1):.4f}, better in "
              f"{int((gains > 0).sum())} of {asked.seeds} seeds, Wilcoxon p = {test.pvalue:.4f}")  # fmt: skip
        found[data.name] = {"sizes": sizes, **{s: curves[s].mean(axis=0).round(4).tolist() for s in STRATEGIES}}
        found[data.name] |= {"gain": gains.round(4).tolist(), "p": float(test.pvalue)}
    print(f"\n{time.process_time() - began:.0f} CPU seconds")
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

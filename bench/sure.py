"""The promise of `tag --min-precision`, on real collections: of the tags given at P, how many are right?

A linear model is trained on one part, calibrated and given its thresholds on a second, and judged on a third; no
group (artist; instrument and note) stands in two of them. Counts are pooled over labels and seeds. The promise is
broken where the one-sided upper bound (Clopper and Pearson, 95 %) of the precision is below P. Beside it the naive
way: what the model says with a probability of P or more. Labels with fewer than 30 tracks in the second part are
silent; collections without groups are split at random, which is said.

    UNISONO_DATA=... python bench/sure.py [--seeds 10]
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import time
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse
from next import philharmonia  # the bench beside this one
from numpy.typing import NDArray
from sklearn.decomposition import TruncatedSVD
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupShuffleSplit
from sklearn.preprocessing import StandardScaler

from unisono.evaluation import Judged, predictions
from unisono.evaluation.sureness import confidence_facts, sureness
from unisono.evaluation.thresholds import upper_bound
from unisono.tasks import Task, task

ASKED = (0.7, 0.8, 0.9, 0.95)
Arrays = NDArray[np.float64]


@dataclass(frozen=True)
class Data:
    """Features, one target of labels (one-hot, or several a track), and groups."""

    name: str
    kind: str
    features: Arrays
    labels: tuple[str, ...]
    truth: NDArray[np.float32]
    groups: NDArray[np.str_]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _classes(name: str, features: Arrays, cells: list[str], groups: list[str]) -> Data:
    labels = tuple(sorted(set(cells)))
    truth = np.eye(len(labels), dtype=np.float32)[[labels.index(cell) for cell in cells]]
    return Data(name, "multiclass", features, labels, truth, np.array(groups))


def beatport(root: Path) -> Data:
    """3,200 DJ tracks of 32 genres, 92 descriptors each, grouped by artist."""
    rows = _rows(root / "beatport-2021" / "tracks.csv")
    numbers = [c for c in rows[0] if c[:1].isdigit()]
    features = np.nan_to_num(np.array([[float(row[c] or "nan") for c in numbers] for row in rows]))
    names = {c.lower(): c for c in rows[0]}
    genre = next(names[c] for c in names if "class" in c or "genre" in c)
    artist = next(names[c] for c in names if "artist" in c)
    return _classes("beatport-2021 genre", features, [r[genre] for r in rows], [r[artist] for r in rows])


def ballroom(root: Path) -> Data:
    """4,180 excerpts of ballroom dances, 160 features each; no groups are known."""
    folder = root / "choi2017"
    layers = [np.load(folder / "features" / f"ballroom_extended_layer_{i}.npy") for i in range(5)]
    rows = _rows(folder / "labels" / "ballroom_extended.csv")
    label = "label" if "label" in rows[0] else list(rows[0])[-1]
    cells = [row[label] for row in rows]
    return _classes(
        "ballroom (random split)", np.concatenate(layers, axis=1), cells, [str(i) for i in range(len(rows))]
    )


def notes(root: Path) -> Data:
    """1,519 notes of 15 instruments, 80 numbers each, grouped by instrument and note."""
    read = philharmonia(root)
    return _classes("philharmonia instrument", read.features, read.labels["instrument"].tolist(), read.groups.tolist())


def lyrics(root: Path) -> Data:
    """3,259 songs with last.fm tags, their words in 100 directions; no groups are known."""
    folder = root / "msd-lyrics"
    ids = [row["track_id"] for row in _rows(folder / "labels.csv")]
    said = {row["track_id"]: row for row in _rows(folder / "lastfm50_tags_subset.csv")}
    kept = [i for i, one in enumerate(ids) if one in said]
    words = scipy.sparse.load_npz(folder / "bow_csr.npz")[kept].log1p()
    labels = tuple(c for c in next(iter(said.values())) if c != "track_id")
    truth = np.array([[float(said[ids[i]][c]) for c in labels] for i in kept], np.float32)
    features = TruncatedSVD(100, random_state=0).fit_transform(words)
    groups = np.array([str(i) for i in range(len(kept))])
    return Data("last.fm tags of lyrics (random split)", "multilabel", features, labels, truth, groups)


def counts(data: Data, seed: int) -> dict[float, Counter[str]]:
    """Tags given and right at each precision, ours and the naive way's, on one split."""
    parts = _parts(data.groups, seed)
    scores = _scores(data, parts[0], seed)
    one = task("labels", {"kind": data.kind, "labels": list(data.labels)})
    calibration, test = (_table(data, scores, rows) for rows in parts[1:])
    facts = confidence_facts(calibration, {"labels": one})
    found = {row["precision"]: row for row in sureness(test, {"labels": one}, facts)["labels"]["coverage"]}
    said, truth = _said(one, scores[parts[2]]), data.truth[parts[2]]
    counted = {}
    for precision in ASKED:
        naive = said & (scores[parts[2]] >= precision)
        row = found[precision]
        counted[precision] = Counter(given=row["given"], right=row["right"], of=row["of"], naive=int(naive.sum()))
        counted[precision]["naive right"] = int(truth[naive].sum())
    return counted


def _parts(groups: NDArray[np.str_], seed: int) -> list[NDArray[np.intp]]:
    """Rows that teach (45 %), that calibrate (30 %), that judge (25 %)."""
    rest, test = next(GroupShuffleSplit(1, test_size=0.25, random_state=seed).split(groups, groups=groups))
    train, part = next(GroupShuffleSplit(1, test_size=0.4, random_state=seed).split(rest, groups=groups[rest]))
    return [rest[train], rest[part], test]


def _scores(data: Data, train: NDArray[np.intp], seed: int) -> NDArray[np.float32]:
    features = StandardScaler().fit(data.features[train]).transform(data.features)
    if data.kind == "multiclass":
        model = LogisticRegression(C=1.0, max_iter=300, random_state=seed)
        model.fit(features[train], data.truth[train].argmax(axis=1))
        scores = np.zeros(data.truth.shape, np.float32)
        scores[:, model.classes_] = model.predict_proba(features)
        return scores
    columns = []
    for truth in data.truth[train].T:
        model = LogisticRegression(C=0.1, max_iter=300, random_state=seed)
        columns.append(model.fit(features[train], truth).predict_proba(features)[:, 1])
    return np.stack(columns, axis=1).astype(np.float32)


def _table(data: Data, scores: NDArray[np.float32], rows: NDArray[np.intp]) -> object:
    return predictions([str(i) for i in rows], {"labels": Judged(data.labels, data.truth[rows], scores[rows])})


def _said(one: Task, scores: NDArray[np.float32]) -> NDArray[np.bool_]:
    if one.kind == "multilabel":
        return np.asarray(scores >= np.array(one.facts()["thresholds"], np.float32))
    return np.asarray(scores == scores.max(axis=1, keepdims=True))


def main() -> None:
    """All collections, a table each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    asked = parser.parse_args()
    warnings.filterwarnings("ignore")
    if "UNISONO_DATA" not in os.environ:
        sys.exit("UNISONO_DATA: is not set but has to name the folder of real collections")
    began, root = time.process_time(), Path(os.environ["UNISONO_DATA"])
    for reader in (beatport, notes, ballroom, lyrics):
        data = reader(root)
        pooled = {precision: Counter[str]() for precision in ASKED}
        for seed in range(asked.seeds):
            for precision, found in counts(data, seed).items():
                pooled[precision].update(found)
        print(f"\n{data.name}: {len(data.truth):,} tracks, {len(data.labels)} labels, {asked.seeds} seeds pooled")
        print(
            "| asked | given | right | upper bound | kept | naive: given | right | upper bound | kept |\n"
            + "|---" * 9
            + "|"
        )
        for precision, n in pooled.items():
            ours, naive = _told(n["right"], n["given"], precision), _told(n["naive right"], n["naive"], precision)
            print(f"| {precision} | {n['given']:,} of {n['of']:,} | {ours} | {n['naive']:,} | {naive} |")
    print(f"\n{time.process_time() - began:.0f} CPU seconds")


def _told(right: int, given: int, precision: float) -> str:
    """The share that is right, its upper bound, and whether that goes with what was asked for."""
    if not given:
        return "- | - | silent"
    bound = float(upper_bound(right, given))
    return f"{right / given:.3f} | {bound:.3f} | {'yes' if bound >= precision else 'NO'}"


if __name__ == "__main__":
    main()

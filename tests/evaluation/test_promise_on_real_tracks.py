"""The promise of `--min-precision` on real collections, pooled over labels: `bench/sure.py` has more of them."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupShuffleSplit
from sklearn.preprocessing import StandardScaler

from unisono.evaluation import Judged, predictions
from unisono.evaluation.sureness import confidence_facts, sureness
from unisono.evaluation.thresholds import upper_bound
from unisono.tasks import task

P = 0.9
Read = tuple[np.ndarray, list[str], list[str]]  # features, labels, groups


def ballroom(root: Path) -> Read:
    """4,180 excerpts of dances, 160 numbers each; groups are not known."""
    folder = root / "choi2017"
    layers = [np.load(folder / "features" / f"ballroom_extended_layer_{i}.npy") for i in range(5)]
    with (folder / "labels" / "ballroom_extended.csv").open(encoding="utf-8", newline="") as stream:
        labels = [row["label"] for row in csv.DictReader(stream)]
    return np.concatenate(layers, axis=1), labels, [str(i) for i in range(len(labels))]


def beatport(root: Path) -> Read:
    """3,200 DJ tracks of 32 genres, 92 numbers each, by artist."""
    with (root / "beatport-2021" / "tracks.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    numbers = [name for name in rows[0] if name[:1].isdigit()]
    names = {name.lower(): name for name in rows[0]}
    genre, artist = (
        next(names[n] for n in names if any(k in n for k in ks)) for ks in (("class", "genre"), ("artist",))
    )
    values = np.nan_to_num(np.array([[float(row[name] or "nan") for name in numbers] for row in rows]))
    return values, [row[genre] for row in rows], [row[artist] for row in rows]


@pytest.mark.parametrize(("reader", "naive_breaks"), [(ballroom, False), (beatport, True)])
def test_so_large_a_share_is_right_or_nothing_is_said(
    reader: Callable[[Path], Read], naive_breaks: bool, real_data: Path
) -> None:
    features, cells, groups = reader(real_data)
    names = sorted(set(cells))
    truth = np.eye(len(names), dtype=np.float32)[[names.index(cell) for cell in cells]]
    by = np.array(groups)
    rest, test = next(GroupShuffleSplit(1, test_size=0.25, random_state=0).split(by, groups=by))
    first, second = next(GroupShuffleSplit(1, test_size=0.4, random_state=0).split(rest, groups=by[rest]))
    scaled = StandardScaler().fit(features[rest[first]]).transform(features)
    model = LogisticRegression(max_iter=1000).fit(scaled[rest[first]], truth[rest[first]].argmax(axis=1))
    scores = model.predict_proba(scaled).astype(np.float32)

    one = {"genre": task("genre", {"kind": "multiclass", "labels": names})}
    part, held = (
        predictions([str(i) for i in rows], {"genre": Judged(tuple(names), truth[rows], scores[rows])})
        for rows in (rest[second], test)
    )
    coverage = sureness(held, one, confidence_facts(part, one))["genre"]["coverage"]
    (found,) = [row for row in coverage if row["precision"] == P]
    assert not found["given"] or upper_bound(found["right"], found["given"]) >= P
    assert naive_breaks or found["given"] > 100, "it says something where tracks vouch for it"
    sure = scores[test].max(axis=1) >= P
    right = truth[test][np.arange(len(test)), scores[test].argmax(axis=1)][sure].sum()
    assert (upper_bound(right, sure.sum()) < P) == naive_breaks, "what the model says of itself"

"""The promise of `--min-precision` on real collections, as users meet it: train, open the model folder, tag new tracks.

Counts are pooled over tasks and labels. Beside ours the naive way, what the network itself says with so large a
probability, is judged by the same bound: it has to break the promise where the network has learned its tracks by heart.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from sklearn.decomposition import TruncatedSVD

from unisono.collection.tracks import Track
from unisono.evaluation.thresholds import upper_bound
from unisono.experiment import Experiment
from unisono.inputs.extraction import extract
from unisono.inputs.mel import Mel
from unisono.tagging import Tagged, Tagger, open_model
from unisono.training.run import train

P = 0.9
PART, FOLDS = {"calibration": 0.35, "test": 0.1, "validation": 0.0}, {"folds": 2, "validation": 0.0}
BY_HEART, LITTLE = {"epochs": 25, "learning_rate": 0.005}, {"epochs": 8, "learning_rate": 0.003}


@dataclass(frozen=True)
class Collection:
    """Numbers of each track, its labels by task as cells of a table, and whose it is."""

    features: np.ndarray
    labels: Mapping[str, list[str]]
    groups: list[str]
    tasks: Mapping[str, dict[str, Any]]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def beatport(root: Path) -> Collection:
    """3,200 DJ tracks of 32 genres, 92 numbers each, by artist."""
    read = rows(root / "beatport-2021" / "tracks.csv")
    numbers = [name for name in read[0] if name[:1].isdigit()]
    values = np.nan_to_num(np.array([[float(row[name] or "nan") for name in numbers] for row in read]))
    genres, artists = ([row[name] for row in read] for name in ("genre", "artist"))
    return Collection(values, {"genre": genres}, artists, {"genre": {"kind": "multiclass", "rare": "ignore"}})


def choi(root: Path, name: str) -> tuple[np.ndarray, list[dict[str, str]]]:
    """The features of Choi et al. (2017), 96 numbers a track; groups are not known."""
    layers = [np.load(root / "choi2017" / "features" / f"{name}_layer_{i}.npy") for i in (0, 2, 4)]
    return np.concatenate(layers, axis=1), rows(root / "choi2017" / "labels" / f"{name}.csv")


def ballroom(root: Path) -> Collection:
    """4,180 excerpts of 13 dances."""
    values, read = choi(root, "ballroom_extended")
    alone = [str(i) for i in range(len(read))]
    return Collection(values, {"dance": [row["label"] for row in read]}, alone, {"dance": {"kind": "multiclass"}})


def emotion(root: Path) -> Collection:
    """744 songs: valence as a number with an interval, arousal as one of two levels."""
    values, read = choi(root, "emoMusic")
    labels = {name: [row[f"label_{name}"] for row in read] for name in ("arousal", "valence")}
    number = {"kind": "regression", "range": [-0.01, 1.01]}
    tasks = {"arousal": {**number, "levels": [0.25, 0.75]}, "valence": number}
    return Collection(values, labels, [str(i) for i in range(len(read))], tasks)


def notes(root: Path) -> Collection:
    """1,519 notes, mean and deviation of 40 mel bands, by instrument and note."""
    read = rows(root / "philharmonia" / "meta.csv")
    tracks = [Track(row["file"], root / "philharmonia" / row["file"]) for row in read]
    heard = extract({"mel": Mel(n_mels=40, duration=0, min_duration=0.01)}, tracks, workers=2)
    kept = [i for i in range(len(read)) if heard.has("mel", i)]
    mels = [heard.examples("mel", i)[0]["mel"] for i in kept]
    values = np.array([np.concatenate([m.mean(axis=1), m.std(axis=1)]) for m in mels])
    labels = {name: [f"{name} {read[i][name]}" for i in kept] for name in ("instrument", "octave")}
    tasks = {name: {"kind": "multiclass", "rare": "ignore"} for name in labels}
    return Collection(values, labels, [f"{read[i]['instrument']} {read[i]['note']}" for i in kept], tasks)


def lyrics(root: Path) -> Collection:
    """3,259 songs with any of 50 tags, their words in 50 directions; groups are not known."""
    folder = root / "msd-lyrics"
    said = {row.pop("track_id"): row for row in rows(folder / "lastfm50_tags_subset.csv")}
    ids = [row["track_id"] for row in rows(folder / "labels.csv")]
    kept = [i for i, one in enumerate(ids) if one in said]
    words = scipy.sparse.load_npz(folder / "bow_csr.npz")[kept].log1p()
    values = TruncatedSVD(50, random_state=0, n_iter=2).fit_transform(words)
    cells = [";".join(tag for tag, there in said[ids[i]].items() if there == "1") or "-" for i in kept]
    tasks = {"tags": {"kind": "multilabel", "rare": "ignore"}}
    return Collection(values, {"tags": cells}, [str(i) for i in range(len(kept))], tasks)


@pytest.mark.parametrize(
    ("reader", "split", "training", "naive_breaks", "least"),
    [
        pytest.param(ballroom, PART, BY_HEART, False, 100, id="ballroom"),
        pytest.param(beatport, PART, BY_HEART, True, 0, id="beatport"),
        pytest.param(notes, FOLDS, LITTLE, None, 30, id="philharmonia-folds"),
        pytest.param(lyrics, FOLDS, BY_HEART, True, 0, id="lyrics-folds"),
        pytest.param(emotion, PART, LITTLE, None, 50, id="numbers"),
    ],
)
def test_so_large_a_share_is_right_or_nothing_is_said(
    reader: Callable[[Path], Collection],
    split: dict[str, Any],
    training: dict[str, Any],
    naive_breaks: bool | None,
    least: int,
    real_data: Path,
    tmp_path: Path,
) -> None:
    data = reader(real_data)
    held = parted(data, tmp_path)
    run = train(experiment(data, split, training, tmp_path), tmp_path / "run")
    tagger = open_model(run.model)
    ours = judged(data, held, tagger.at_least(P).tag(tmp_path / "new.csv"), tagger.at_least(P).half_widths(P))
    given, right = len(ours), sum(ours)
    assert given >= least, "it says something where tracks vouch for it"
    assert not given or upper_bound(right, given) >= P
    if naive_breaks is not None:
        naive = judged(data, held, uncalibrated(tagger).tag(tmp_path / "new.csv"), {}, P)
        assert (upper_bound(sum(naive), len(naive)) < P) == naive_breaks, "what the network says of itself"


def parted(data: Collection, folder: Path) -> Mapping[str, int]:
    """Write seven tenths of the groups as a labelled table and the others as one without labels: id -> track."""
    owners = np.unique(data.groups)
    away = set(np.random.default_rng(0).permutation(owners)[: len(owners) * 3 // 10])
    new = [i for i, group in enumerate(data.groups) if group in away]
    old = [i for i, group in enumerate(data.groups) if group not in away]
    names = [f"n{i}" for i in range(data.features.shape[1])]
    for name, at, labels in (("old.csv", old, data.labels), ("new.csv", new, dict[str, list[str]]())):
        with (folder / name).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["id", "owner", *names, *labels])
            for i in at:
                numbers = (f"{value:.5g}" for value in data.features[i])
                writer.writerow([f"t{i}", data.groups[i], *numbers, *(cells[i] for cells in labels.values())])
    return {f"t{i}": i for i in new}


def experiment(data: Collection, split: dict[str, Any], training: dict[str, Any], folder: Path) -> Experiment:
    """A small network, which may have time to learn its tracks by heart."""
    return Experiment.of(
        {
            "collection": {"table": "old.csv", "id": "id", "groups": ["owner"]},
            "split": split,
            "inputs": {"numbers": {"kind": "columns", "columns": ["n*"]}},
            "tasks": dict(data.tasks),
            "network": {"encoder": {"kind": "mlp"}, "blocks": [{"layers": ["linear 128", "relu"]}]},
            "training": {**training, "batch_size": 64, "threads": 1},
        },
        base=folder,
    )


def uncalibrated(tagger: Tagger) -> Tagger:
    """The same model, saying what comes out of its network."""
    tagger.model.facts["calibration"] = {}
    return Tagger(tagger.model)


def judged(
    data: Collection, held: Mapping[str, int], tagged: Tagged, widths: Mapping[str, float], least: float = 0.0
) -> list[bool]:
    """Of every tag that is given with so large a confidence at least, whether it is right."""
    assert len(tagged) == len(held)
    found = []
    for tags in tagged:
        for one in tagged.tasks:
            cell = data.labels[one.name][held[tags.id]]
            for given in tags[one.name].given:
                if one.kind == "regression":
                    found.append(near(given.value, float(cell), getattr(one, "levels", ()), widths.get(one.name)))
                elif given.confidence is not None and given.confidence >= least:
                    found.append(given.label in cell.split(";"))
    return found


def near(value: float | None, truth: float, levels: tuple[float, ...], width: float | None) -> bool:
    """Whether a number has the true level, or lies as near to the truth as was promised."""
    assert value is not None
    if levels:
        said, so = (min(levels, key=lambda level: abs(level - number)) for number in (value, truth))
        return said == so
    return width is not None and abs(value - truth) <= width

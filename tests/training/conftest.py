"""A small table of made-up lyrics in which words tell the genre, the year and the moods."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unisono.experiment import Experiment

WORDS = {"rock": "guitar loud amp riff", "blues": "sad train river crying", "jazz": "night club horn swing"}
FILLERS = ["love", "time", "day", "road", "baby", "heart", "sun", "rain", "street", "town"]

TABLES: dict[str, Any] = {
    "collection": {"table": "songs.csv", "id": "id", "lyrics": "lyrics", "groups": ["artist"]},
    "inputs": {"lyrics": {"kind": "bag_of_words"}},
    "tasks": {
        "genre": {"kind": "multiclass"},
        "moods": {"kind": "multilabel"},
        "year": {"kind": "regression", "role": "auxiliary"},
    },
    "network": {"encoder": {"kind": "embedding_bag", "width": 16}},
    "training": {"epochs": 6, "batch_size": 16, "learning_rate": 0.01, "threads": 1},
}


def write_table(path: Path, tracks: int = 90) -> None:
    rng = np.random.default_rng(0)
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "artist", "lyrics", "genre", "moods", "year"])
        for i in range(tracks):
            genre = list(WORDS)[i % 3]
            words = [*rng.choice(WORDS[genre].split(), 4), *rng.choice(FILLERS, 8)]
            moods = ";".join(m for m, w in (("calm", "rain"), ("bright", "sun")) if w in words) or "-"
            year = 1950 + 10 * (i % 3) + int(rng.integers(0, 9))
            known = rng.random(3) > 0.25
            labels = [genre if known[0] else "", moods if known[1] else "", year if known[2] else ""]
            writer.writerow([f"t{i}", f"artist {i // 4}", " ".join(words), *labels])


@pytest.fixture
def experiment(tmp_path: Path) -> Callable[..., Experiment]:
    """Make the small experiment, with tables merged into it."""
    write_table(tmp_path / "songs.csv")

    def made(tracks: int = 90, **tables: Any) -> Experiment:
        if tracks != 90:
            write_table(tmp_path / "songs.csv", tracks)
        merged = {k: {**TABLES.get(k, {}), **tables.get(k, {})} for k in {*TABLES, *tables}}
        return Experiment.of(merged, base=tmp_path)

    return made

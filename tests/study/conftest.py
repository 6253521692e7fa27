"""A small collection with two tasks and a helper, a study of it, and made-up results for what reads results."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unisono.study.cells import Place
from unisono.study.comparing import Records
from unisono.study.plan import Study

WORDS = {"rock": "guitar loud amp riff", "blues": "sad train river crying"}
FILLERS = ["love", "time", "day", "road", "baby", "heart", "sun", "rain"]

TABLES: dict[str, Any] = {
    "study": {"baseline": "alone", "seeds": 2, "at_once": False},
    "factors": {"tasks": {"alone": {"tasks": ["genre"]}, "with year": {"tasks": ["genre", "year"]}}},
    "experiment": {
        "collection": {
            "table": "songs.csv",
            "id": "id",
            "lyrics": "lyrics",
            "groups": ["artist"],
            "song": ["artist", "title"],
        },
        "inputs": {"lyrics": {"kind": "bag_of_words", "min_count": 1, "ngrams": [1, 1]}},
        "tasks": {
            "genre": {"kind": "multiclass"},
            "mood": {"kind": "multiclass"},
            "year": {"kind": "regression", "role": "auxiliary"},
        },
        "network": {"encoder": {"kind": "embedding_bag", "width": 8}},
        "training": {"epochs": 2, "batch_size": 32, "learning_rate": 0.02},
    },
}


def write_table(path: Path, tracks: int = 96) -> None:
    """Two tracks a song, four an artist; genres by words, moods by nothing, labels missing here and there."""
    rng = np.random.default_rng(0)
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "artist", "title", "lyrics", "genre", "mood", "year"])
        for i in range(tracks):
            genre = list(WORDS)[i // 4 % 2]
            words = " ".join([*rng.choice(WORDS[genre].split(), 2), *rng.choice(FILLERS, 5)])
            year = str(1950 + i // 8 * 3 + int(rng.integers(0, 9))) if i % 3 else ""
            mood = ("calm", "wild")[int(rng.integers(2))]
            writer.writerow([f"t{i}", f"a{i // 4}", f"s{i // 2}", words, genre if i % 7 else "", mood, year])


def merged(tables: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Tables with others laid over them, two levels deep."""
    made = {k: dict(v) for k, v in tables.items()}
    for key, value in more.items():
        made[key] = {**made.get(key, {}), **value}
    return made


def maker(folder: Path) -> Callable[..., Study]:
    """What makes the small study in a folder, with tables merged into it."""
    write_table(folder / "songs.csv")

    def made(**tables: Any) -> Study:
        given = merged(TABLES, {k: v for k, v in tables.items() if k != "factors"})
        given["factors"] = tables.get("factors", TABLES["factors"])
        return Study.of(given, base=folder)

    return made


@pytest.fixture
def made_study(tmp_path: Path) -> Callable[..., Study]:
    """Make the small study; its table is this test's own."""
    return maker(tmp_path)


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Study]:
    """Make the small study; its table is the module's."""
    return maker(tmp_path_factory.mktemp("songs"))


def result(value: float, **more: Any) -> dict[str, Any]:
    """A result file of one cell whose genre score is this."""
    task = {"kind": "multiclass", "role": "target", "f1_macro": value, "accuracy": value, "labels": ["rock", "blues"]}
    task |= {"confusion_matrix": [[3, 1], [0, 4]], "per_class": {"rock": {"f1": value}, "blues": {"f1": None}}}
    task |= {"chance": {"f1_macro": 0.5}, "majority": {"f1_macro": 0.4}}
    base: dict[str, Any] = {"tasks": {"genre": task}, "folds": [], "share": 0.25, "judged": "same", "validation": 1.0}
    base |= {"scores": {"leaks": []}, "weights": [], "cosine": None, "epochs": 2, "best_epoch": 2}
    base |= {"cost": {"seconds": 1.0, "steps": 4, "step_ms": 2.0, "parameters": {"trainable": 100}}}
    return {**base, **more}


@pytest.fixture(name="result")
def made_result() -> Callable[..., dict[str, Any]]:
    """Makes a cell's result from its genre score."""
    return result


@pytest.fixture
def records(made_study: Callable[..., Study]) -> Callable[..., Records]:
    """Make records of the small study from scores by configuration, one a seed."""

    def made(scores: dict[str, list[float]], study: Study | None = None, **more: Any) -> Records:
        found = []
        for name, values in scores.items():
            for seed, value in enumerate(values):
                found.append((Place(name, "", seed), result(value, judged=f"split {seed}", **more)))
        return Records.of(study or made_study(), found)

    return made

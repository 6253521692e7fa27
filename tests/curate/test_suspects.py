"""Labels that were made wrong come first; the sentence says what a person would say."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy.special import expit, softmax

from unisono.curate.suspects import Suspect, suspects
from unisono.evaluation import Judged, predictions

NAMES = ("House", "Reggaeton", "Techno")
KINDS = {"genre": "multiclass", "moods": "multilabel", "energy": "regression", "style": "distribution"}


def told(rows: int = 300, flips: int = 15) -> tuple[pl.DataFrame, set[tuple[str, str]]]:
    """Predictions of a fair model, on labels some of which were changed afterwards."""
    rng = np.random.default_rng(0)
    ids = [f"t{i}" for i in range(rows)]
    truth = rng.integers(0, 3, rows)
    genre = softmax(4 * np.eye(3)[truth] + rng.normal(0, 1, (rows, 3)), axis=1)
    moods = (rng.random((rows, 2)) < 0.4).astype(np.float32)
    energy = rng.uniform(100, 400, (rows, 1))
    said = {
        "moods": expit(6 * moods - 3 + rng.normal(0, 1, (rows, 2))),
        "energy": energy + rng.normal(0, 20, (rows, 1)),
    }
    wrong = {task: rng.choice(rows, flips, replace=False) for task in ("genre", "moods", "energy")}
    truth[wrong["genre"]] = (truth[wrong["genre"]] + 1) % 3
    moods[wrong["moods"], 0] = 1 - moods[wrong["moods"], 0]
    energy[wrong["energy"]] = 500 - energy[wrong["energy"]]
    far = np.abs(energy - said["energy"])[:, 0] > 100
    reference = {"genre": np.eye(3)[truth], "moods": moods, "energy": energy}
    said["genre"] = genre
    outputs = {"genre": NAMES, "moods": ("calm", "dark"), "energy": ("",)}
    table = predictions(
        ids,
        {n: Judged(outputs[n], reference[n].astype(np.float32), said[n].astype(np.float32)) for n in outputs},
    )
    made = {("genre", f"t{i}") for i in wrong["genre"]} | {("moods", f"t{i}") for i in wrong["moods"]}
    return table, made | {("energy", f"t{i}") for i in wrong["energy"] if far[i]}


def test_made_errors_come_first() -> None:
    table, made = told()
    found = suspects(table, KINDS)
    first = {(s.task, s.track) for s in found[: len(made)]}
    assert len(first & made) > 0.7 * len(made)
    assert [s.doubt for s in found] == sorted((s.doubt for s in found), reverse=True)
    rng = np.random.default_rng(1)
    everything = [(s.task, s.track) for s in found]
    luck = len({everything[i] for i in rng.permutation(len(everything))[: len(made)]} & made)
    assert luck < len(first & made), "the order is worth something"


def test_in_words() -> None:
    assert str(Suspect("a", "genre", "House", "Reggaeton", 0.97, 3.4)) == "tagged House, model 97 % Reggaeton"
    assert str(Suspect("a", "energy", "100", "389.2", None, 9.0)) == "tagged 100, model 389.2"
    labels = {(s.label, s.suggested) for s in suspects(told()[0], KINDS) if s.task == "moods"}
    assert labels <= {(a, b) for m in ("calm", "dark") for a, b in ((m, f"not {m}"), (f"not {m}", m))}


def test_unlabelled_tracks_and_soft_targets_are_nobodys_error() -> None:
    unknown = Judged(("a", "b"), np.full((30, 2), np.nan, np.float32), np.full((30, 2), 0.5, np.float32))
    table = predictions([f"t{i}" for i in range(30)], {"genre": unknown, "style": unknown})
    assert suspects(table, KINDS) == []

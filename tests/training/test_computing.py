"""Whole runs with targets that are computed, features that are chosen, and tracks of several excerpts."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from unisono.collection import Fold
from unisono.errors import ExperimentError, LabelError
from unisono.experiment import Experiment
from unisono.model import open_model
from unisono.targets import nearest_artists, read_factors
from unisono.training.material import Material, fold_material, prepare
from unisono.training.run import train

NUMBERS = [f"d{i}" for i in range(8)]
AGF = {"kind": "artist_groups", "columns": ["d0", "d1", "d2"], "codebook": 6, "topics": 3}
TABLES: dict[str, Any] = {
    "collection": {"table": "t.csv", "id": "id", "groups": ["artist"]},
    "inputs": {"numbers": {"kind": "columns", "columns": ["d*"]}},
    "tasks": {
        "genre": {"kind": "multiclass"},
        "agf": {"kind": "distribution", "loss": "kl", "role": "auxiliary", "target": AGF},
    },
    "network": {"blocks": [{"layers": ["linear 16", "relu"]}]},
    "training": {"epochs": 4, "batch_size": 16, "learning_rate": 0.01, "threads": 1},
}


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A table of 24 artists with four tracks each, two genres, and numbers of which two tell the genre."""
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    with (tmp_path / "t.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "artist", "genre", *NUMBERS])
        for i in range(96):
            genre = (i // 4) % 2
            row = rng.normal(0, 1, len(NUMBERS))
            row[[1, 5]] += 3 * genre
            writer.writerow([f"t{i}", f"artist {i // 4}", ("house", "soul")[genre], *row.round(4).tolist()])
    return tmp_path


def experiment(base: Path, **tables: Any) -> Experiment:
    return Experiment.of({**TABLES, **tables}, base=base)


def test_a_run_with_artist_groups_leaves_factors_and_honest_scores(table: Path) -> None:
    run = train(experiment(table), table / "run", seed=1)
    assert not run.scores["leaks"]
    assert "excerpts" not in run.scores["tasks"]["genre"]  # a track has one
    assert run.scores["tasks"]["genre"]["accuracy"] > 0.8
    assert run.scores["tasks"]["agf"]["n"] == run.scores["tasks"]["genre"]["n"]  # new artists are folded in
    factors = read_factors(run.folder / "artist_factors.parquet")
    assert len(factors["agf"].artists) == 24
    model = open_model(run.model)
    assert model.tasks["agf"].outputs == ("topic 1", "topic 2", "topic 3")
    values = model.inputs["numbers"].collate([{"values": np.zeros(8, np.float32)}])
    shares = model.tasks["agf"].scores(model.logits({f"numbers.{k}": v for k, v in values.items()})["agf"])
    assert len(nearest_artists({"agf": shares[0]}, factors, n=5)) == 5
    again = train(Experiment.load(run.folder), table / "again", seed=1)
    assert again.scores["tasks"] == run.scores["tasks"]


def test_the_published_way_is_stamped(table: Path) -> None:
    tasks = {**TABLES["tasks"], "agf": {**TABLES["tasks"]["agf"], "target": {**AGF, "protocol": "published"}}}
    run = train(experiment(table, tasks=tasks, training={**TABLES["training"], "epochs": 1}), table / "run")
    assert run.scores["leaks"] == ["the targets of agf were computed from all tracks, those of validation and test too"]
    assert "leaky:yes" in run.scores["signature"]


def test_too_few_artists_are_said_with_the_task(table: Path) -> None:
    tasks = {**TABLES["tasks"], "agf": {**TABLES["tasks"]["agf"], "target": {**AGF, "min_tracks": 5}}}
    with pytest.raises(LabelError, match=r"experiment:tasks\.agf: no artist has 5 described training tracks or more"):
        train(experiment(table, tasks=tasks), table / "run")


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ({**AGF, "codebook": 500}, "codebook: has 500 words but the training tracks have"),
        ({"kind": "artist_groups", "labels": "same", "topics": 3}, "column same: there are 1 different labels"),
    ],
)
def test_what_cannot_be_computed_is_said_with_the_task(table: Path, target: dict[str, Any], said: str) -> None:
    lines = (table / "t.csv").read_text().splitlines()
    (table / "t.csv").write_text("\n".join([lines[0] + ",same", *(line + ",one" for line in lines[1:])]) + "\n")
    tasks = {**TABLES["tasks"], "agf": {**TABLES["tasks"]["agf"], "target": target}}
    with pytest.raises(LabelError, match=rf"^experiment:tasks\.agf\.target: {said}"):
        train(experiment(table, tasks=tasks), table / "run")


def test_columns_that_are_not_there_are_said_with_the_task(table: Path) -> None:
    tasks = {**TABLES["tasks"], "agf": {**TABLES["tasks"]["agf"], "target": {**AGF, "columns": ["zz*"]}}}
    with pytest.raises(
        ExperimentError,
        match=r'experiment:tasks\.agf\.target\.columns: "zz\*" matches none',
    ):
        train(experiment(table, tasks=tasks), table / "run")


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ({}, "exactly one of columns, frames and labels, but there is none"),
        ({"columns": ["a"], "labels": "b"}, "there is columns and labels"),
        ({"frames": "mfcc", "transposed": True}, "transposed goes with"),
        ({"frames": "mfcc", "topic": 3}, "is no key of"),
    ],
)
def test_a_target_that_cannot_be_is_an_error_before_anything_is_read(
    tmp_path: Path, target: dict[str, Any], found: str
) -> None:
    tasks = {**TABLES["tasks"], "agf": {"kind": "distribution", "target": target}}
    with pytest.raises(ExperimentError, match=found):
        experiment(tmp_path, tasks=tasks)


def test_chosen_features_stand_in_the_scores_and_in_the_model(table: Path) -> None:
    chooses = {"anova": 2, "by": ["genre"]}
    inputs = {"numbers": {"kind": "columns", "columns": ["d*"], "selection": chooses}}
    run = train(experiment(table, inputs=inputs), table / "run", seed=1)
    written = json.loads((run.folder / "scores.json").read_text())["selection"]["numbers"]
    assert written["names"] == ["d1", "d5"]
    assert written["by_task"] == {"genre": ["d1", "d5"]}
    assert written["offered"] == 8
    assert open_model(run.model).inputs["numbers"].shapes == {"values": (2,)}
    with pytest.raises(ExperimentError, match=r'inputs\.numbers\.selection\.by: "gerne" is no task'):
        experiment(table, inputs={"numbers": {**inputs["numbers"], "selection": {"by": ["gerne"]}}})


def test_features_are_chosen_on_train_alone(table: Path) -> None:
    """Where the judging tracks' labels are turned round, the same features are chosen; not where all tracks choose."""
    inputs = {"numbers": {"kind": "columns", "columns": ["d*"], "selection": {"anova": 0.5}}}
    material = prepare(experiment(table, inputs=inputs, tasks={"genre": {"kind": "multiclass"}}), seed=1)
    corpus, fold = material.corpus, material.corpus.split.folds[0]
    everyone = replace(fold, part=np.full(len(fold.part), "train"))
    chosen = [_kept(material, fold), _kept(material, everyone)]
    judged = (fold.part != "train").tolist()
    turned = [_turned(c) if j else c for c, j in zip(corpus.cells["genre"], judged, strict=True)]
    changed = replace(material, corpus=replace(corpus, cells={"genre": turned}))
    assert _kept(changed, fold) == chosen[0]
    assert _kept(changed, everyone) != chosen[1]


def _kept(material: Material, fold: Fold) -> tuple[str, ...]:
    part: Any = fold_material(material, fold).inputs["numbers"]
    kept: tuple[str, ...] = part.names
    return kept


def _turned(cell: object) -> str:
    return {"house": "soul", "soul": "house"}[str(cell)]


@pytest.fixture
def sounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Experiment]:
    """Tones of two pitches, three seconds each, and noise of any length over them."""
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    with (tmp_path / "t.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["audio", "artist", "genre"])
        for i in range(30):
            wave = 0.3 * np.sin(2 * np.pi * (300 if i % 2 else 900) * np.arange(3 * 8000) / 8000)
            wave += rng.normal(0, 0.1, len(wave))
            soundfile.write(tmp_path / f"{i}.wav", wave, 8000)
            writer.writerow([f"{i}.wav", f"a{i}", ("low", "high")[i % 2]])

    def made(excerpts: int) -> Experiment:
        mel = {"kind": "mel", "sample_rate": 8000, "n_fft": 512, "n_mels": 16, "duration": 1.0, "hop": 0.5}
        return Experiment.of(
            {
                "collection": {"table": "t.csv", "audio": "audio", "groups": ["artist"]},
                "inputs": {"sound": {**mel, "excerpts": excerpts}},
                "tasks": {"genre": {"kind": "multiclass"}},
                "network": {"blocks": [{"layers": ["conv 4 3x3", "relu", "maxpool 2x2", "flatten"]}]},
                "training": {"epochs": 1, "threads": 1},
            },
            base=tmp_path,
        )

    return made


def test_excerpts_and_tracks_are_both_scored(sounds: Callable[..., Experiment], tmp_path: Path) -> None:
    scores = train(sounds(5), tmp_path / "five").scores["tasks"]["genre"]
    assert scores["excerpts"]["n"] == 5 * scores["n"]
    assert {"accuracy", "f1_macro", "log_loss", "chance"} <= scores["excerpts"].keys()


def test_the_split_is_by_track_whatever_the_excerpts(sounds: Callable[..., Experiment]) -> None:
    material = prepare(sounds(5), seed=0)
    ready = fold_material(material, material.corpus.split.folds[0])
    rows = {part: ready.rows(part) for part in ("train", "validation", "test")}
    assert sum(map(len, rows.values())) == 5 * 30
    assert _on_both_sides(rows) == set()
    every = sorted(row for part in rows.values() for row in part)
    naive = {"train": every[::2], "validation": [], "test": every[1::2]}  # a split of excerpts, which overlap
    assert _on_both_sides(naive) == set(range(30))


def _on_both_sides(rows: dict[str, list[tuple[int, int]]]) -> set[int]:
    tracks = [{track for track, _ in part} for part in rows.values()]
    return set().union(*(one & other for at, one in enumerate(tracks) for other in tracks[at + 1 :]))

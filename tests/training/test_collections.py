"""One model of tasks whose labels stand in different tables."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from unisono.errors import ExperimentError, LabelError
from unisono.experiment import Experiment
from unisono.model import open_model
from unisono.training.run import Watching, train

Make = Callable[..., Experiment]


def write(path: Path, rows: int, seed: int, label: Callable[[Any], dict[str, Any]]) -> None:
    """Six numbers a track, and labels that follow from them."""
    rng = np.random.default_rng(seed)
    table = [
        {"id": i, "artist": f"{path.stem} {i // 3}", **{f"f{k}": x for k, x in enumerate(v)}, **label(v)}
        for i, v in enumerate(rng.normal(size=(rows, 6)))
    ]
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(table[0]))
        writer.writeheader()
        writer.writerows(table)


@pytest.fixture
def made(tmp_path: Path) -> Make:
    """A collection of genres and a smaller one of moods; tables are merged into the experiment."""
    write(tmp_path / "genres.csv", 90, 1, lambda v: {"genre": "rock" if v[0] + v[1] > 0 else "jazz"})
    write(tmp_path / "moods.csv", 45, 2, lambda v: {"calm": round(v[2] - v[3], 3), "bright": round(v[2], 3)})
    tables: dict[str, Any] = {
        "collections": {"genres": {"table": "genres.csv"}, "moods": {"table": "moods.csv"}},
        "split": {"seed": 0},
        "inputs": {"numbers": {"kind": "columns", "columns": ["f*"]}},
        "tasks": {
            "genre": {"kind": "multiclass", "collection": "genres"},
            "calm": {"kind": "regression", "collection": "moods"},
            "bright": {"kind": "regression", "collection": "moods"},
        },
        "network": {"blocks": [{"layers": ["linear 8", "relu"]}]},
        "training": {"epochs": 3, "batch_size": 8, "learning_rate": 0.02, "threads": 1},
    }

    def make(**changes: Any) -> Experiment:
        return Experiment.of({k: {**tables.get(k, {}), **changes.get(k, {})} for k in {*tables, *changes}}, tmp_path)

    return make


def test_every_task_is_scored_on_the_test_tracks_of_its_own_collection(made: Make, tmp_path: Path) -> None:
    notes: list[str] = []
    run = train(made(training={"epochs": 25}), tmp_path / "run", seed=1, watching=Watching(note=notes.append))
    scores = run.scores["tasks"]
    assert scores["genre"]["accuracy"] > scores["genre"]["majority"]["accuracy"] + 0.15 and scores["bright"]["r2"] > 0.5
    frame = pl.read_parquet(run.folder / "predictions.parquet")
    assert set(frame.filter(task="genre")["track"].str.head(7)) == {"genres/"}
    assert set(frame.filter(task="calm")["track"].str.head(6)) == {"moods/"}
    assert frame.filter(pl.col("reference").is_null()).is_empty()
    assert scores["genre"]["n"] == len(frame.filter(task="genre", split="test", label="rock"))
    assert len(notes) == 1 and notes[0].startswith("An epoch is 12 steps of 8 rows: each of the 9")
    parts = pl.read_csv(run.folder / "split.csv").filter(fold=0)
    assert parts["id"].n_unique() == len(parts) == 135
    facts = open_model(run.model).facts
    assert set(facts["tasks"]) == {"genre", "calm", "bright"} and facts["stages"][0]["epoch"]["steps"] == 12


def test_a_collection_may_be_split_by_its_own_rule(made: Make, tmp_path: Path) -> None:
    own = {"moods": {"table": "moods.csv", "split": {"protocol": "random", "test": 0.4, "validation": 0.2}}}
    run = train(made(collections=own, training={"epochs": 1}), tmp_path / "run")
    parts = pl.read_csv(run.folder / "split.csv")
    moods = parts.filter(pl.col("id").str.starts_with("moods/"))["part"].value_counts()
    assert dict(moods.iter_rows()) == {"train": 18, "validation": 9, "test": 18}
    assert run.scores["protocol"] == "grouped+random"
    assert [leak[:14] for leak in run.scores["leaks"]] == ["moods: random "]


def test_folds_pool_the_tasks_of_all_collections(made: Make, tmp_path: Path) -> None:
    run = train(made(split={"folds": 2, "final": False, "seed": 0}, training={"epochs": 1}), tmp_path / "run")
    frame = pl.read_parquet(run.folder / "predictions.parquet").filter(split="test")
    assert len(frame.filter(task="calm")) == 45 and len(frame.filter(task="genre", label="jazz")) == 90


@pytest.mark.parametrize(
    "sampling", [{"method": "alternate", "order": "random"}, {"method": "temperature", "mixed": True, "steps": 9}]
)
def test_a_run_that_is_stopped_within_an_epoch_goes_on_to_the_same_bits(
    made: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sampling: dict[str, Any]
) -> None:
    from unisono.training.checkpoint import Checkpoint

    experiment = made(sampling=sampling, training={"checkpoint_every": 2, "epochs": 2})
    whole = train(experiment, tmp_path / "whole", seed=4)
    plain, left = Checkpoint.save, [3]

    def save(self: Checkpoint, folder: Path) -> None:
        plain(self, folder)
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Checkpoint, "save", save)
        with pytest.raises(KeyboardInterrupt):
            train(experiment, tmp_path / "again", seed=4)
    again = train(experiment, tmp_path / "again", seed=4, resume=True)
    for name in ("history.jsonl", "predictions.parquet", "model/weights.safetensors"):
        assert (again.folder / name).read_bytes() == (whole.folder / name).read_bytes()


def test_alternating_shows_one_task_a_step(made: Make, tmp_path: Path) -> None:
    steps: list[tuple[str, ...]] = []
    from unisono.training.step import Learner

    plain = Learner.losses

    def losses(self: Any, outcome: Any, batch: Any) -> Any:
        steps.append(batch.present)
        return plain(self, outcome, batch)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Learner, "losses", losses)
        run = train(made(sampling={"method": "alternate"}, training={"epochs": 1}), tmp_path / "run")
    assert steps[:4] == [("genre",), ("calm",), ("bright",), ("genre",)]
    (line,) = [json.loads(text) for text in (run.folder / "history.jsonl").read_text().splitlines()]
    assert set(line["train"]) == {"genre", "calm", "bright"} and line["step"] == len(steps)


def test_a_task_with_labels_in_two_tables(made: Make, tmp_path: Path) -> None:
    write(tmp_path / "more.csv", 30, 3, lambda v: {"genre": "rock" if v[0] + v[1] > 0 else "jazz"})
    tables = {
        "collections": {"more": {"table": "more.csv"}},
        "tasks": {"genre": {"kind": "multiclass", "collection": ["genres", "more"]}},
    }
    experiment = made(**tables, training={"epochs": 1})
    assert Experiment.of(experiment.tables()).homes == experiment.homes
    run = train(experiment, tmp_path / "run")
    tracks = pl.read_parquet(run.folder / "predictions.parquet").filter(task="genre")["track"]
    assert {t.partition("/")[0] for t in tracks} == {"genres", "more"}


def test_beside_a_main_collection_whose_ids_stay(made: Make, tmp_path: Path) -> None:
    tables = made(training={"epochs": 1}).tables(defaults=False)
    tables["collection"] = tables["collections"].pop("genres")
    tables["tasks"]["genre"].pop("collection")
    run = train(Experiment.of(tables, tmp_path), tmp_path / "run")
    tracks = pl.read_parquet(run.folder / "predictions.parquet")["track"]
    assert {"0" <= t[0] <= "9" for t in tracks if not t.startswith("moods/")} == {True}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"tasks": {"genre": {"kind": "multiclass", "collection": "genre"}}},
            r'tasks\.genre\.collection: "genre" is no collection, which are genres, moods. Did you mean "genres"',
        ),
        (
            {"tasks": {"genre": {"kind": "multiclass"}}},
            r"tasks\.genre\.collection: is needed, for there are genres, moods",
        ),
        ({"collections": {"idle": {"table": "x.csv"}}}, r"collections\.idle: holds the labels of no task"),
        ({"collections": {"a/b": {"table": "x.csv"}}}, "has a name that cannot be part of an id"),
        (
            {"collections": {"genres": {"table": "x.csv", "split": {"tset": 1}}}},
            r'collections\.genres\.split\.tset: .* Did you mean "test"',
        ),
        ({"sampling": {"method": "ratios", "ratios": {"genres": 1}}}, r"sampling\.ratios: leaves out moods"),
        ({"sampling": {"method": "alternat"}}, r"sampling\.method: 'alternat'"),
    ],
)
def test_names_that_do_not_fit(made: Make, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ExperimentError, match=message):
        made(**changes)


def test_one_collection_is_needed_where_one_is_asked_for(made: Make) -> None:
    with pytest.raises(ExperimentError, match="has the collections genres, moods but one is needed here"):
        _ = made().collection


def test_a_task_without_a_label_in_train_is_said(made: Make, tmp_path: Path) -> None:
    frame = pl.read_csv(tmp_path / "moods.csv")
    judged = [str(i) for i in range(45)]
    (tmp_path / "parts.csv").write_text(
        "id,part\n" + "".join(f"{i},{'test' if i in judged[:30] else 'train'}\n" for i in judged)
    )
    frame.with_columns(calm=pl.when(pl.col("id") < 30).then("calm")).write_csv(tmp_path / "moods.csv")
    own = {"moods": {"table": "moods.csv", "split": {"file": "parts.csv", "validation": 0}}}
    with pytest.raises(LabelError, match=r'moods\.csv: no training row of fold 0 is labelled for the task "calm"'):
        train(made(collections=own), tmp_path / "run")

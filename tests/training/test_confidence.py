"""A run calibrates on what nothing else has seen, and says how good its confidence then is."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path

import polars as pl

from unisono.collection.tracks import Track
from unisono.experiment import Experiment, dump_toml
from unisono.tagging import open_model
from unisono.training.run import train

Made = Callable[..., Experiment]


def test_a_calibration_part_gives_calibration_and_thresholds(experiment: Made, tmp_path: Path) -> None:
    run = train(experiment(400, split={"calibration": 0.3}, training={"epochs": 3}), tmp_path / "run")
    parts = pl.read_parquet(run.folder / "predictions.parquet")["split"].unique().to_list()
    assert sorted(parts) == ["calibration", "test", "validation"]
    facts = json.loads((run.model / "model.json").read_text())
    assert facts["calibration"]["genre"]["method"] == "temperature"
    assert facts["calibration"]["year"]["half_widths"][4][0] == 0.9
    assert set(facts["thresholds"]["tasks"]) == {"genre", "moods", "year"}
    assert facts["thresholds"]["tasks"]["genre"]["tracks"].keys() == {"blues", "jazz", "rock"}
    assert "## Sure or silent" in (run.model / "README.md").read_text()
    assert facts["tracks"]["calibration"] > 90
    genre = run.scores["tasks"]["genre"]["sure"]
    assert genre["coverage"][0]["of"] == run.scores["tasks"]["genre"]["n"]
    tagger = open_model(run.model).at_least(0.8)
    assert set(tagger.limits or {}) >= {"genre", "moods"}


def test_numbers_alone_can_be_sure(experiment: Made, tmp_path: Path) -> None:
    year = {"kind": "regression", "range": [1940, 1990], "role": "target"}
    tables = {"tasks": {"year": year}, "split": {"calibration": 0.4}}
    made = experiment(400)
    alone = Experiment.of({**made.tables(defaults=False), **tables}, base=made.base)
    run = train(alone, tmp_path / "run")
    tagger = open_model(run.model).at_least(0.8)
    width = tagger.half_widths(0.8)["year"]
    coverage = next(r for r in run.scores["tasks"]["year"]["sure"]["coverage"] if r["precision"] == 0.8)
    assert coverage["half_width"] == width
    assert coverage["given"] == coverage["of"] > 50
    (tags,) = tagger.tag_tracks([Track("a", lyrics="guitar loud")])
    assert tags["year"].given
    assert open_model(run.model).at_least(0.99).tag_tracks([Track("a", lyrics="guitar")]).tracks[0]["year"].unsure


def test_without_such_a_part_there_is_calibration_alone(experiment: Made, tmp_path: Path) -> None:
    run = train(experiment(400, training={"epochs": 1}), tmp_path / "run")
    facts = json.loads((run.model / "model.json").read_text())
    assert facts["calibration"]["genre"]["method"] == "temperature"
    assert facts["thresholds"] == {}
    assert run.scores["tasks"]["genre"]["sure"]["coverage"] == []


def test_folds_calibrate_on_each_other(experiment: Made, tmp_path: Path) -> None:
    run = train(experiment(240, split={"folds": 3}, training={"epochs": 2}), tmp_path / "run")
    facts = json.loads((run.model / "model.json").read_text())
    labelled = run.scores["tasks"]["genre"]["n"]
    assert facts["calibration"]["genre"]["n"] == labelled > 150
    assert run.scores["tasks"]["genre"]["sure"]["coverage"][0]["of"] == labelled


def test_a_tree_in_the_experiment_gives_parents_in_tags(experiment: Made, tmp_path: Path) -> None:
    """Words tell rock, blues and jazz; whether rock is hard or soft nobody can hear."""
    made = experiment(600)
    table = tmp_path / "songs.csv"
    kinds = itertools.cycle(["hard rock", "soft rock", "soft rock", "hard rock", "soft rock"])
    lines = [re.sub(r",rock,", lambda _: f",{next(kinds)},", line) for line in table.read_text().splitlines()]
    table.write_text("\n".join(lines) + "\n")
    tables = made.tables(defaults=False)
    genre = {"kind": "multiclass", "tree": {"loud": ["rock"], "rock": ["hard rock", "soft rock"]}}
    file = tmp_path / "mine.toml"
    file.write_text(dump_toml({**tables, "tasks": {"genre": genre}, "split": {"calibration": 0.4}}))
    run = train(Experiment.load(file), tmp_path / "run")
    tagger = open_model(run.model).at_least(0.8)
    texts = {"a": "guitar amp riff loud", "b": "night club horn swing"}
    tagged = tagger.tag_tracks([Track(key, lyrics=text) for key, text in texts.items()])
    assert [[given.label for given in tags["genre"].given] for tags in tagged] == [["rock"], ["jazz"]]
    assert tagged.tracks[0]["genre"].withheld[0].label in ("hard rock", "soft rock")

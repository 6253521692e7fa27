"""The recipes lyrics-cnn: the paper's network, helpers known for few songs, all configurations planned."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from unisono import Experiment, train
from unisono.study.plan import Study

GENRES = ("blues", "country", "jazz", "pop", "rock")
HELPERS = ("violence", "romantic", "sadness", "danceability")
SMALL = ("network.encoder.embedding=16", "network.encoder.channels=8", "training.epochs=1")


@pytest.mark.parametrize("protocol", ["grouped", "published"])
def test_it_learns_with_sadness_known_for_few(five_genres: Path, tmp_path: Path, protocol: str) -> None:
    changes = [f"base={five_genres}", f"split.protocol={protocol}", *SMALL]
    run = train(Experiment.load("lyrics-cnn", changes), tmp_path / "run", seed=0)
    genre, sadness = run.scores["tasks"]["genre"], run.scores["tasks"]["sadness"]
    assert sorted(genre["per_class"]) == list(GENRES)
    assert 0 < sadness["n"] < genre["n"]
    assert bool(run.scores["leaks"]) == (protocol == "published")


def test_it_reads_the_table_as_published(five_genres: Path, tmp_path: Path) -> None:
    """The documented `--set collection=...`, on the rows of the other tables in one file."""
    songs = pl.read_csv(five_genres / "songs.csv", infer_schema=False)
    known = pl.read_csv(five_genres / "songs-all-columns.csv", infer_schema=False)
    whole = songs.join(known, on="row", how="left").rename({"row": ""})
    (tmp_path / "moura2020").mkdir()
    whole.write_csv(tmp_path / "moura2020" / "tcc_ceds_music.csv")
    table = f'dataset="moura2020", root="{tmp_path / "moura2020"}", keep={{genre={list(GENRES)}}}'.replace("'", '"')
    latest = 'latest={by="release_date", column="genre", rows={pop=20, country=20}}'
    asked = Study.load("lyrics-cnn-study", [f"collection={{{table}, {latest}}}", *SMALL])
    run = train(asked.configurations["sadness / by known share"].experiment, tmp_path / "run", seed=0)
    assert 0 < run.scores["tasks"]["sadness"]["n"] < run.scores["tasks"]["genre"]["n"]
    assert len(pl.read_csv(tmp_path / "run" / "split.csv")) == 130


def test_all_configurations_of_the_table_are_planned(five_genres: Path) -> None:
    plan = Study.load("lyrics-cnn-study", [f"base={five_genres}"])
    learned = {name: set(plan.tasks_of(name)) - {"genre"} for name in plan.configurations}
    pairs = {"sadness and danceability": {"sadness", "danceability"}, "sadness and romantic": {"sadness", "romantic"}}
    helped = {**{name: {name} for name in HELPERS}, **pairs}
    assert learned == {
        "baseline / as published": set(),
        **{f"{name} / as published": tasks for name, tasks in helped.items()},
        **{f"{name} / by known share": tasks for name, tasks in helped.items()},
    }
    assert {plan.tasks_of(f"{name} / as published")[name].target_loss for name in HELPERS} == {"rmse"}  # type: ignore[attr-defined]
    assert plan.settings.protocols == ("grouped", "published")


def test_the_published_network_is_the_default(five_genres: Path) -> None:
    encoder = Experiment.load("lyrics-cnn", [f"base={five_genres}"]).network.encoder
    assert encoder == {
        "kind": "text_cnn",
        "deviation": 0.1,
    }  # whose defaults are 300 numbers a word, 120 channels of 2, 4 and 6 words

"""Labels counted before an experiment's choice of rows, after it, and in the parts of a split."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from unisono.collection import CollectionSettings, load
from unisono.collection.loading import load_whole
from unisono.experiment import Experiment
from unisono.report.data_figures import label_figure, length_figure
from unisono.report.data_labels import Tally, tally
from unisono.tasks import task

GENRES = ["pop"] * 4 + ["jazz"] * 2 + ["hip hop"]


@pytest.fixture
def tables(tmp_path: Path):
    """All seven rows, and those that are left without hip hop and with the two latest of pop."""
    rows = [f"{i},{genre},{1960 + i}" for i, genre in enumerate(GENRES)]
    (tmp_path / "songs.csv").write_text("\n".join(["id,genre,year", *rows]) + "\n")
    chosen = {
        "table": "songs.csv",
        "id": "id",
        "keep": {"genre": ["pop", "jazz"]},
        "latest": {"by": "year", "column": "genre", "rows": {"pop": 2}},
    }
    settings = CollectionSettings.model_validate(chosen)
    return load(settings, tmp_path), load_whole(settings, tmp_path)


def test_before_and_after_the_choice_and_in_the_parts(tables) -> None:
    used, whole = tables
    counted = tally(task("genre", {"kind": "multiclass"}), used, whole, np.array(["train", "test", "train", "dropped"]))
    assert counted.labels == ("pop", "jazz", "hip hop")
    assert counted.before == (4, 2, 1)
    assert counted.after == (2, 2, 0)
    assert counted.parts == {"train": (1, 1, 0), "test": (1, 0, 0), "dropped": (0, 1, 0)}
    assert counted.known == {"train": 2, "test": 1, "dropped": 1}
    assert counted.used == 2
    assert counted.rows()[0] == {"label": "pop", "all rows": 4, "used": 2, "train": 1, "test": 1, "dropped": 0}


def test_the_figure_shows_both(tables) -> None:
    used, whole = tables
    kind = task("genre", {"kind": "multiclass"})
    svg = str(label_figure("genre", tally(kind, used, whole, np.array(["train"] * 4))))
    assert all(f">{text}</text>" in svg for text in ("hip hop", "all rows", "used", "train"))
    alone = str(label_figure("genre", tally(kind, used, None, None)))
    assert "all rows" not in alone
    assert "hip hop" not in alone


def test_only_labels_that_the_task_names_count_after(tables) -> None:
    used, whole = tables
    counted = tally(task("genre", {"kind": "multiclass", "labels": ["pop"], "rare": "ignore"}), used, whole, None)
    assert dict(zip(counted.labels, counted.after, strict=True))["jazz"] == 0
    assert dict(zip(counted.labels, counted.before, strict=True))["jazz"] == 2


def test_few_numbers_are_levels_and_many_are_bins(tmp_path: Path) -> None:
    rows = [f"{i},{100 * (i % 4 + 1)},{1950 + i % 61},{i / 100}" for i in range(122)]
    (tmp_path / "songs.csv").write_text("\n".join(["id,energy,year,mood", *rows]) + "\n")
    songs = load(CollectionSettings(table="songs.csv", id="id"), tmp_path)
    energy = tally(task("energy", {"kind": "regression"}), songs, None, None)
    assert (energy.labels, energy.edges) == (("100", "200", "300", "400"), ())
    year = tally(task("year", {"kind": "regression"}), songs, None, None)
    assert set(np.diff(year.edges)) == {3}  # every bin holds as many whole years
    assert year.edges[0] == 1949.5
    assert year.edges[-1] > 2010
    assert sum(year.after) == 122
    assert year.after[0] == 6
    mood = tally(task("mood", {"kind": "regression"}), songs, None, None)
    assert (len(mood.after), sum(mood.after)) == (30, 122)
    assert "mood</text>" in str(label_figure("mood", mood))


def test_large_numbers_that_differ_little_are_told_apart(tmp_path: Path) -> None:
    rows = [f"{i},{1234567 + i % 3},{5_000_000 + i}" for i in range(90)]
    (tmp_path / "songs.csv").write_text("\n".join(["id,likes,plays", *rows]) + "\n")
    songs = load(CollectionSettings(table="songs.csv", id="id"), tmp_path)
    likes = tally(task("likes", {"kind": "regression"}), songs, None, None)
    assert (likes.labels, likes.after) == (("1234567", "1234568", "1234569"), (30, 30, 30))
    plays = tally(task("plays", {"kind": "regression"}), songs, None, None)
    assert plays.labels[0] == "5000000 to 5000002"
    assert set(plays.after) == {3}


def test_bins_that_begin_at_a_half_are_not_those_of_whole_numbers(tmp_path: Path) -> None:
    rows = [f"{i},{0.5 + i / 10}" for i in range(61)]
    (tmp_path / "songs.csv").write_text("\n".join(["id,mood", *rows]) + "\n")
    mood = tally(
        task("mood", {"kind": "regression"}), load(CollectionSettings(table="songs.csv", id="id"), tmp_path), None, None
    )
    assert (mood.labels[0], mood.labels[-1], sum(mood.after)) == ("0.5 to 0.7", "6.3 to 6.5", 61)
    assert len(set(mood.labels)) == 30


def test_tracks_are_written_as_whole_numbers_once() -> None:
    counted = Tally("regression", ("a", "b", "c"), (3, 1, 2), edges=(0.0, 0.2, 0.4, 0.6))
    written = re.findall(r">(\d)</text>", str(label_figure("energy", counted)))
    assert written == ["0", "1", "2", "3"]  # 0.5 and 1.5 would be 0 and 2 again


def test_bins_of_lengths_hold_equally_many() -> None:
    svg = str(length_figure("words", list(range(200)), "words", None))
    bars = re.findall(r'<path d="M [\d.]+ [\d.]+ \nL [\d.]+ [\d.]+ \nL [\d.]+ ([\d.]+)[^"]+"[^>]*--model', svg)
    assert len(bars) > 40
    assert len(set(bars[:-4])) == 1


def test_no_label_and_no_answer_are_two_things(tmp_path: Path) -> None:
    (tmp_path / "songs.csv").write_text("id,mood\n1,calm;dark\n2,-\n3,\n4,dark\n")
    songs = load(CollectionSettings(table="songs.csv", id="id"), tmp_path)
    kind = task("mood", {"kind": "multilabel", "separator": ";"})
    counted = tally(kind, songs, None, np.array(["train"] * 4))
    assert (counted.labels, counted.after, counted.none) == (("dark", "calm"), (2, 1), 1)
    assert counted.known == {"train": 3}


def test_a_distribution_has_mean_shares(tmp_path: Path) -> None:
    (tmp_path / "songs.csv").write_text("id,love,sea\n1,0.5,0.5\n2,1,0\n3,,\n")
    songs = load(CollectionSettings(table="songs.csv", id="id"), tmp_path)
    counted = tally(
        task("topics", {"kind": "distribution", "columns": ["love", "sea"]}),
        songs,
        None,
        np.array(["train", "test", "test"]),
    )
    assert (counted.after, counted.known) == ((0.75, 0.25), {"train": 1, "test": 1})
    assert ">0.750</text>" in str(label_figure("topics", counted))


def test_the_songs_of_system_000_before_and_after(real_data: Path) -> None:
    made = Experiment.load("lyrics-cnn", [f"base={real_data / 'lyrics-1950-2019'}"])
    used, whole = load(made.collection, made.base), load_whole(made.collection, made.base)
    counted = tally(made.tasks["genre"], used, whole, None)
    assert (len(used), len(whole)) == (19_864, 28_372)
    assert counted.labels == ("blues", "rock", "jazz", "pop", "country", "reggae", "hip hop")
    assert counted.before == (4604, 4034, 3845, 7042, 5445, 2498, 904)
    assert counted.after == (4604, 4034, 3845, 3691, 3690, 0, 0)

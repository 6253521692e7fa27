"""The recipe lyrics-genre: it loads, learns from a made-up table, and tags genre from text alone."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from unisono import Experiment, Run, open_model, train

WORDS = {
    "blues": "sad train river crying",
    "rock": "guitar loud riff engine",
    "jazz": "night club horn swing",
    "pop": "dance tonight lights phone",
    "country": "truck boots whiskey farm",
}
FILLERS = ["love", "time", "day", "road", "baby", "heart", "sun", "rain", "street", "town"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table with the recipe's columns: 300 songs of five genres and one song of another genre."""
    folder = tmp_path_factory.mktemp("songs")
    rng = np.random.default_rng(0)
    with (folder / "songs.csv").open("w", newline="") as songs, (folder / "near-duplicates.csv").open("w") as same:
        writer = csv.writer(songs)
        writer.writerow(["row", "artist_name", "track_name", "release_date", "genre", "lyrics"])
        same.write("row,near_dup_cluster\n")
        for i in range(301):
            genre = [*WORDS][i % 5] if i < 300 else "reggae"
            words = [*rng.choice(WORDS.get(genre, "sun").split(), 6), *rng.choice(FILLERS, 8)]
            rng.shuffle(words)
            lyrics = " ".join([*words, *["lyric", "commercial"] * (genre == "rock")])
            year = {"blues": 1955, "jazz": 1960}.get(genre, 2010) + int(rng.integers(0, 3))
            writer.writerow([i, f"artist {i // 4}", f"track {i}", year, genre, lyrics])
            same.write(f"{i},{i}\n")
    return folder


@pytest.fixture(scope="module")
def run(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train(Experiment.load("lyrics-genre", [f"base={folder}"]), tmp_path_factory.mktemp("run") / "run")


def test_it_learns_the_genre(run: Run) -> None:
    genre = run.scores["tasks"]["genre"]
    assert genre["f1_macro"] > 0.8
    assert genre["n"] == 60
    assert sorted(genre["per_class"]) == sorted(WORDS)
    assert run.scores["protocol"] == "grouped"
    assert run.scores["leaks"] == []


def test_the_site_s_phrase_is_no_word_of_it(run: Run) -> None:
    inputs = open_model(run.model).model.inputs
    for name in ("words", "letters"):
        terms = {term.strip() for term in inputs[name].vocabulary or ()}  # type: ignore[attr-defined]
        assert not terms & {"commercial", "lyric", "comm"}
    assert "guitar" in (inputs["words"].vocabulary or ())  # type: ignore[attr-defined]


def test_the_year_helps_but_is_not_tagged(run: Run, tmp_path: Path) -> None:
    lyrics = "guitar riff engine loud road guitar loud riff love"
    (tmp_path / "new.csv").write_text(f"id,lyrics\nsong,{lyrics}\n")
    (tags,) = open_model(run.model).tag([tmp_path / "new.csv"])
    assert [answer.task for answer in tags.answers] == ["genre"]
    assert tags["genre"].given[0].label == "rock"

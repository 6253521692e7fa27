"""The recipes lyrics-cnn: the paper's network, helpers known for few songs, all configurations planned."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from unisono import Experiment, train
from unisono.study.plan import Study

WORDS = {"blues": "sad", "rock": "guitar", "jazz": "club", "pop": "dance", "country": "truck"}
HELPERS = ("violence", "romantic", "sadness", "danceability")
SMALL = ("network.encoder.embedding=16", "network.encoder.channels=8", "training.epochs=1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """150 songs of five genres in the recipe's three tables; the helpers are known for every third."""
    folder, rng = tmp_path_factory.mktemp("songs"), np.random.default_rng(0)
    with (folder / "songs.csv").open("w", newline="") as songs, (folder / "songs-all-columns.csv").open("w") as known:
        writer = csv.writer(songs)
        writer.writerow(["row", "artist_name", "track_name", "release_date", "genre", "lyrics"])
        known.write(f"row,{','.join(HELPERS)}\n")
        for i in range(150):
            genre = [*WORDS][i % 5]
            lyrics = " ".join([*rng.choice(["river", "heart", "street", "rain"], 7), WORDS[genre]])
            writer.writerow([i, f"artist {i // 5}", f"track {i}", 1960 + i % 50, genre, lyrics])
            if i % 3 == 0:
                known.write(f"{i},{','.join(str(value) for value in rng.random(4).round(3))}\n")
    (folder / "near-duplicates.csv").write_text("row,near_dup_cluster\n" + "".join(f"{i},{i}\n" for i in range(150)))
    return folder


@pytest.mark.parametrize("protocol", ["grouped", "published"])
def test_it_learns_with_sadness_known_for_few(folder: Path, tmp_path: Path, protocol: str) -> None:
    changes = [f"base={folder}", f"split.protocol={protocol}", *SMALL]
    run = train(Experiment.load("lyrics-cnn", changes), tmp_path / "run", seed=0)
    genre, sadness = run.scores["tasks"]["genre"], run.scores["tasks"]["sadness"]
    assert sorted(genre["per_class"]) == sorted(WORDS)
    assert 0 < sadness["n"] < genre["n"]
    assert bool(run.scores["leaks"]) == (protocol == "published")


def test_all_configurations_of_the_table_are_planned(folder: Path) -> None:
    plan = Study.load("lyrics-cnn-study", [f"base={folder}"])
    learned = {name: set(plan.tasks_of(name)) - {"genre"} for name in plan.configurations}
    assert learned == {
        "baseline": set(),
        **{name: {name} for name in HELPERS},
        "sadness and danceability": {"sadness", "danceability"},
        "sadness and romantic": {"sadness", "romantic"},
    }
    assert {plan.tasks_of(name)[name].target_loss for name in HELPERS} == {"rmse"}  # type: ignore[attr-defined]
    assert plan.settings.protocols == ("grouped", "published")


def test_the_published_network_is_the_default(folder: Path) -> None:
    encoder = Experiment.load("lyrics-cnn", [f"base={folder}"]).network.encoder
    assert encoder == {"kind": "text_cnn"}  # whose defaults are 300 numbers a word, 120 channels of 2, 4 and 6 words

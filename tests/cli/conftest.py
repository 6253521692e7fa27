"""A small run: a table of made-up lyrics, an experiment on it, and what training leaves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

WORDS = {"rock": ("guitar", "road", "loud"), "blues": ("sad", "rain", "home")}


@pytest.fixture(scope="session")
def lyrics_table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 songs by 20 artists; their words tell the genre, the energy is higher for rock; some labels are missing."""
    rng = np.random.default_rng(1)
    lines = ["id,artist,genre,energy,lyrics"]
    for number in range(60):
        genre = ("rock", "blues")[number % 2]
        words = " ".join(rng.choice([*WORDS[genre], "the", "and", "la"], 20))
        shown = genre if number % 7 else ""
        lines.append(f"{number},artist {number // 3},{shown},{(300 if genre == 'rock' else 150) + number % 10},{words}")
    path = tmp_path_factory.mktemp("songs") / "songs.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="session")
def experiment(lyrics_table: Path) -> Path:
    """An experiment file that learns them in under a second."""
    path = lyrics_table.with_name("mine.toml")
    path.write_text(
        "[collection]\n"
        'table = "songs.csv"\nid = "id"\nlyrics = "lyrics"\ngroups = ["artist"]\n'
        '[inputs.lyrics]\nkind = "bag_of_words"\nmin_count = 1\nngrams = [1, 1]\n'
        '[tasks.genre]\nkind = "multiclass"\n'
        '[tasks.energy]\nkind = "regression"\nrange = [100, 400]\n'
        '[network]\nencoder = "embedding_bag"\n'
        "[training]\nepochs = 3\nbatch_size = 8\nlearning_rate = 0.05\nthreads = 1\n"
    )
    return path


@pytest.fixture(scope="session")
def finished(experiment: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run; read it only."""
    import unisono

    folder = tmp_path_factory.mktemp("run") / "run"
    unisono.train(experiment, folder, seed=1)
    return folder

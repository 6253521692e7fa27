"""The recipes artist-language: the paper's parameters, both tasks at both levels, and whose songs teach whose."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from unisono import Experiment, train
from unisono.nets.network import build
from unisono.study.cells import Parting, Place, cell_of
from unisono.study.one_cell import _read
from unisono.study.plan import Study
from unisono.training.corpus import gather

NARROW = '[{layers=["conv 4 3x3 same","relu","maxpool 8x8","flatten"]}]'
AREAS = {"roc_auc_macro", "average_precision_macro"}


def lay(root: Path, languages: int, artists: int, songs: int, sounds: bool = True) -> None:
    """Songs where the data set's lie; an artist is a tone, a language a second one."""
    for number in range(languages * artists):
        language = number // artists
        folder = root / f"Tongue{language}_{language}" / f"singer{number}_{number}_{'fm'[number % 2]}_{number // 2 % 2}"
        folder.mkdir(parents=True)
        for song in range(songs):
            path = folder / f"{song}_1.wav"
            if sounds:
                time = np.arange(7 * 16_000) / 16_000
                tone = np.sin(2 * np.pi * 150 * (number + 1) * time) + np.sin(2 * np.pi * 2500 * (language + 1) * time)
                soundfile.write(
                    path, 0.2 * tone + 0.01 * np.random.default_rng(song).standard_normal(len(time)), 16_000
                )
            else:
                path.touch()


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two languages of four artists, five songs each."""
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "cache"))
    lay(tmp_path / "songs", 2, 4, 5)
    return tmp_path / "songs"


def changes(folder: Path, epochs: int) -> list[str]:
    return [f"base={folder}", f"network.blocks={NARROW}", f"training.epochs={epochs}", "training.learning_rate=0.01"]


def test_parameters_are_those_of_the_paper(tmp_path: Path) -> None:
    lay(tmp_path, 17, 4, 5, sounds=False)
    asked = Experiment.load("artist-language", [f"base={tmp_path}"])
    corpus = gather(asked, 0)
    tasks = {
        name: task.fit(corpus.cells[name], corpus.split.folds[0].part == "train") for name, task in asked.tasks.items()
    }
    assert {name: task.width for name, task in tasks.items()} == {"artist": 68, "language": 17}
    network = build(asked.network, asked.heads, asked.inputs, tasks)
    counts = {name: parameter.numel() for name, parameter in network.named_parameters()}
    assert sum(counts.values()) == 226_453
    assert sum(n for name, n in counts.items() if not name.startswith("heads.")) == 185_568
    assert asked.inputs["audio"].shapes == {"mel": (96, 187)}


def test_each_artist_has_three_songs_that_teach_and_one_that_judges(tmp_path: Path) -> None:
    lay(tmp_path, 17, 4, 5, sounds=False)
    corpus = gather(Experiment.load("artist-language", [f"base={tmp_path}"]), 3)
    part, artist = corpus.split.folds[0].part, np.array(corpus.cells["artist"])
    for name in np.unique(artist):
        assert sorted(part[artist == name]) == ["test", "train", "train", "train", "validation"]
    assert corpus.split.leaks == ("68 of 68 groups by artist stand in more than one part",)
    published = Experiment.load("artist-language", [f"base={tmp_path}", "split.protocol=published"])
    assert any("published protocol" in leak for leak in gather(published, 3).split.leaks)


def test_the_weight_of_the_language_is_the_ratio(tmp_path: Path) -> None:
    lay(tmp_path, 2, 2, 1, sounds=False)
    study = Study.load("artist-language-study", [f"base={tmp_path}"])
    assert study.configurations["both, label ratio"].experiment.balancing.label_ratio == "artist"
    assert study.configurations["both, 8"].experiment.balancing.weights == {"language": 8.0}
    assert study.configurations["both, 1"].experiment.balancing.method == "sum"
    assert set(study.tasks_of("artist alone")) == {"artist"}
    assert study.baseline("language") == "language alone"


def test_both_tasks_are_scored_by_song_and_by_segment(small: Path, tmp_path: Path) -> None:
    run = train(Experiment.load("artist-language", changes(small, 6)), tmp_path / "run", seed=1)
    for scores in run.scores["tasks"].values():
        assert set(scores) > AREAS and set(scores["excerpts"]) > AREAS
        assert (scores["n"], scores["excerpts"]["n"]) == (8, 24), "7 s are three segments, the last one padded"
    assert run.scores["tasks"]["language"]["roc_auc_macro"] > 0.9
    kept = _read(tmp_path / "run", run.scores)["tasks"]["language"]
    also = Study.load("artist-language-study", [f"base={small}"]).settings.also["language"]
    assert all(isinstance(kept[metric], float) for metric in also), "what the studies show is what a cell keeps"
    weights = (tmp_path / "run" / "history.jsonl").read_text()
    assert '"weights": {"artist": 1.0, "language": 4.0}' in weights


def test_artists_who_are_left_out_are_never_heard(tmp_path: Path) -> None:
    lay(tmp_path / "songs", 17, 4, 5, sounds=False)
    study = Study.load("artist-language-unheard", [f"base={tmp_path / 'songs'}"])
    (tmp_path / "study").mkdir()
    parting = Parting(study, tmp_path / "study")
    for protocol, judged in (("grouped", 17), ("songs", 68)):
        for name in ("language alone", "with the artist"):
            cell = cell_of(study, Place(name, protocol, 0), parting).experiment()
            corpus = gather(cell, 0)
            part, artist = corpus.split.folds[0].part, np.array([t.values["artist"] for t in corpus.tracks])
            known, asked = (set(artist[part == one]) for one in ("train", "test"))
            assert len(asked) == judged
            assert bool(known & asked) == bool(corpus.split.leaks) == (protocol == "songs")
            assert {t: one.role for t, one in cell.tasks.items() if t != "language"} in ({}, {"artist": "auxiliary"})

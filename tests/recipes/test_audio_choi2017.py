"""The recipe audio-choi2017: it learns two numbers from made sounds with made-up weights, and tags with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from unisono import Experiment, open_model, train
from unisono.errors import ModelError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve sounds of a second and a half; the louder the noise, the more energy."""
    folder, rng = tmp_path_factory.mktemp("songs"), np.random.default_rng(0)
    (folder / "mp3").mkdir()
    lines = ["file,artist_norm,title,energy,dancability"]
    for i in range(12):
        wave = rng.standard_normal(24_000) * 0.02 * (i + 1)
        soundfile.write(folder / "mp3" / f"{i}.wav", wave, 16_000)
        lines.append(f"{i}.wav,artist {i},title {i},{i / 12},{(i % 3) / 3 if i else ''}")
    (folder / "tracks.csv").write_text("\n".join(lines) + "\n")
    return folder


def test_it_learns_and_tags(folder: Path, choi_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "cache"))
    changes = [f"base={folder}", f"inputs.heard.weights={choi_weights / 'keras.hdf5'}", "inputs.heard.duration=7"]
    recipe = Experiment.load("audio-choi2017", [*changes, "training.epochs=4"]).tables()
    recipe["split"] = {"test": 0.3, "validation": 0.0}  # in place of five folds
    run = train(Experiment.of(recipe), tmp_path / "run", seed=1)
    assert run.scores["tasks"]["energy"]["n"] >= 3
    tagger = open_model(run.model)
    tags = tagger.tag([folder / "mp3" / "3.wav"]).tracks[0]
    assert [answer.task for answer in tags.answers] == ["energy", "danceability"]
    kept = tagger.model.inputs["heard"]
    assert len(kept.digest) == 64  # type: ignore[attr-defined]


def test_without_its_weights_it_says_what_to_fetch(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "cache"))
    with pytest.raises(ModelError, match="unisono fetch choi2017-keras"):
        train(Experiment.load("audio-choi2017", [f"base={folder}"]), tmp_path / "run")

"""The recipes lyrics-bert: a pre-trained encoder fine-tuned, a model folder that tags without torch, all of table 1."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.torch import load_file

from unisono import Experiment, Run, train
from unisono.model import open_model
from unisono.study.plan import Study

HELPERS = ("violence", "romantic", "sadness", "danceability")

pytest.importorskip("transformers", reason="needs the extra [text]")


@dataclass(frozen=True)
class Song:
    lyrics: str | None
    id: str = "song"
    audio: Path | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@pytest.fixture(scope="module")
def run(five_genres: Path, tiny_bert: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Learned from the tiny encoder, a folder that is gone afterwards."""
    folder = tmp_path_factory.mktemp("bert")
    copy = shutil.copytree(tiny_bert, folder / "encoder")
    changes = [f"base={five_genres}", f"inputs.pieces.model={copy}", "inputs.pieces.max_tokens=40"]
    made = train(Experiment.load("lyrics-bert", [*changes, "training.epochs=1"]), folder / "run", seed=0)
    shutil.rmtree(copy)
    return made


def test_it_is_fine_tuned_in_full_and_exports_the_same_numbers(run: Run, tiny_bert: Path) -> None:
    assert run.parity is not None and run.parity < 1e-4
    assert 0 < run.scores["tasks"]["sadness"]["n"] < run.scores["tasks"]["genre"]["n"]
    before, after = load_file(tiny_bert / "model.safetensors"), load_file(run.model / "weights.safetensors")
    named = "branches.for_pieces.sharing.block1.for_all.model."
    assert all(f"{named}{name}" in after for name in before)
    for name, tensor in before.items():  # a key's bias moves all weights of attention alike: it has no gradient
        moved = float((after[f"{named}{name}"] - tensor).abs().max())
        assert (moved > 1e-7) != name.endswith("key.bias"), name


def test_the_model_says_what_it_was_made_from(run: Run) -> None:
    held = json.loads((run.model / "model.json").read_text())["inputs"]["pieces"]
    assert (Path(held["model"]).name, held["licence"], len(held["digest"])) == ("encoder", "cc-by-4.0", 64)
    card = (run.model / "README.md").read_text()
    assert "| pieces | transformer, begun with the pre-trained encoder (licence: cc-by-4.0) |" in card


def test_the_model_folder_tags_without_torch_and_transformers(run: Run, tmp_path: Path) -> None:
    """The same numbers as with them, and the encoder's own folder is gone."""
    script = (
        "import json, sys\n"
        "for name in ('torch', 'transformers', 'safetensors', 'sklearn'): sys.modules[name] = None\n"
        "from types import SimpleNamespace as Track\n"
        "from unisono.model import open_model\n"
        f"model = open_model({str(run.model)!r})\n"
        "texts = ('river guitar', 'rain sad street')\n"
        "songs = [{'pieces': model.inputs['pieces'].read(Track(lyrics=text))} for text in texts]\n"
        "print(json.dumps(model.predict(songs)['genre'].tolist()))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    model = open_model(run.model)
    songs = [{"pieces": model.inputs["pieces"].read(Song(t))} for t in ("river guitar", "rain sad street")]
    np.testing.assert_allclose(found, model.predict(songs)["genre"], atol=1e-6)
    assert found[0] != found[1]


def test_the_published_network_is_asked_for(five_genres: Path) -> None:
    asked = Experiment.load("lyrics-bert", [f"base={five_genres}"])
    assert asked.inputs["pieces"].model == "bert-base-cased"  # type: ignore[attr-defined]
    training = asked.training
    assert (training.epochs, training.batch_size, training.learning_rate, training.optimizer) == (3, 32, 1e-5, "adamw")


def test_all_configurations_of_the_table_are_planned(five_genres: Path) -> None:
    plan = Study.load("lyrics-bert-study", [f"base={five_genres}"])
    learned = {name: set(plan.tasks_of(name)) - {"genre"} for name in plan.configurations}
    assert learned == {
        "baseline": set(),
        **{name: {name} for name in HELPERS},
        "violence and romantic": {"violence", "romantic"},
        "sadness and romantic": {"sadness", "romantic"},
    }
    assert {plan.tasks_of(name)[name].target_loss for name in HELPERS} == {"rmse"}  # type: ignore[attr-defined]
    assert plan.settings.protocols == ("grouped", "published")

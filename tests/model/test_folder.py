"""A model folder is whole or refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unisono.errors import ModelError
from unisono.files import sha256_of
from unisono.model import open_model, verify


@pytest.fixture
def folder(lyrics_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(lyrics_model, tmp_path / "model"))


def test_a_whole_folder_opens_and_predicts(folder: Path) -> None:
    model = open_model(folder)
    (track,) = model.inputs["lyrics"].read(type("T", (), {"lyrics": "guitar loud loud", "id": "a"})())
    scores = model.predict([{"lyrics": [track]}, {"lyrics": []}])
    assert scores["genre"].shape == (2, 2)
    assert scores["genre"][0].argmax() == 0
    assert np.isnan(scores["genre"][1]).all()


def test_every_flipped_byte_is_noticed(folder: Path) -> None:
    for name in ("model.onnx", "weights.safetensors", "model.json", "README.md"):
        path = folder / name
        before = path.read_bytes()
        path.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
        with pytest.raises(ModelError, match=rf"{name}: has other bytes than the manifest says"):
            open_model(folder)
        path.write_bytes(before)
    verify(folder)


def test_missing_files_and_foreign_folders(folder: Path, tmp_path: Path) -> None:
    (folder / "model.onnx").unlink()
    with pytest.raises(ModelError, match=r"model\.onnx: is missing but the manifest lists it"):
        verify(folder)
    with pytest.raises(ModelError, match=r"has no MANIFEST\.sha256, so it is not a model folder"):
        verify(tmp_path.parent)
    with pytest.raises(ModelError, match=r"nowhere: there is no such folder\. Name a model folder, or the run that"):
        verify(tmp_path / "nowhere")
    (tmp_path / "model.onnx").touch()
    with pytest.raises(ModelError, match=r"model\.onnx: is a file but a model folder is needed"):
        verify(tmp_path / "model.onnx")


def test_a_manifest_cannot_point_outside(folder: Path) -> None:
    path = folder / "MANIFEST.sha256"
    path.write_text(path.read_text() + f"{'0' * 64}  ../secret\n")
    with pytest.raises(ModelError, match="has the line"):
        verify(folder)


def test_another_format_is_refused(folder: Path) -> None:
    import hashlib

    facts = json.loads((folder / "model.json").read_text())
    data = json.dumps({**facts, "format": 99}).encode()
    (folder / "model.json").write_bytes(data)
    lines = (folder / "MANIFEST.sha256").read_text().splitlines()
    fixed = [
        f"{hashlib.sha256(data).hexdigest()}  model.json" if line.endswith("model.json") else line for line in lines
    ]
    (folder / "MANIFEST.sha256").write_text("\n".join(fixed) + "\n")
    with pytest.raises(ModelError, match="is of format 99 but this version reads 1"):
        verify(folder)


def test_a_run_folder_is_its_model(folder: Path) -> None:
    assert open_model(folder.parent).tasks.keys() == open_model(folder).tasks.keys()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"[]", "holds a list"),
        (b'{"format": 1}', "has no tasks, inputs"),
        (b"{", "is no JSON"),
        (b"\xff", "is no JSON"),
    ],
)
def test_facts_that_make_no_sense_under_a_manifest_made_anew(folder: Path, text: bytes, message: str) -> None:
    (folder / "model.json").write_bytes(text)
    listed = [line.partition("  ")[2] for line in (folder / "MANIFEST.sha256").read_text().splitlines()]
    lines = [f"{sha256_of(folder / name)}  {name}\n" for name in listed]
    (folder / "MANIFEST.sha256").write_text("".join(lines))
    with pytest.raises(ModelError, match=rf"model\.json: {message}"):
        open_model(folder)


def test_a_manifest_that_is_no_text(folder: Path) -> None:
    (folder / "MANIFEST.sha256").write_bytes(b"\xff\xfe")
    with pytest.raises(ModelError, match="has the line"):
        verify(folder)


def listed_anew(folder: Path) -> None:
    """A manifest that vouches for whatever stands in the folder."""
    names = [line.partition("  ")[2] for line in (folder / "MANIFEST.sha256").read_text().splitlines()]
    lines = [f"{sha256_of(folder / name)}  {name}\n" for name in names]
    (folder / "MANIFEST.sha256").write_text("".join(lines))


def test_the_graph_of_another_model(sound_model: Path, lyrics_model: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(lyrics_model, tmp_path / "mixed")
    shutil.copy(sound_model / "model.onnx", folder)
    listed_anew(folder)
    with pytest.raises(ModelError, match=r"model\.onnx: is the graph of another model than the one that model\.json"):
        open_model(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda f: f["inputs"].update(words=f["inputs"].pop("lyrics")),
            r"takes lyrics\.ids .* words\.ids",
        ),
        (
            lambda f: f["tasks"].update(key=f["tasks"].pop("energy")),
            r"answers genre \[.* needs key with 1 num",
        ),
        (lambda f: f["tasks"]["genre"]["labels"].append("jazz"), r"needs genre with 3 numbers"),
    ],
)
def test_facts_that_do_not_fit_the_graph(
    lyrics_model: Path, tmp_path: Path, change: Callable[[dict[str, Any]], None], message: str
) -> None:
    folder = shutil.copytree(lyrics_model, tmp_path / "mixed")
    facts = json.loads((folder / "model.json").read_text())
    change(facts)
    (folder / "model.json").write_text(json.dumps(facts))
    listed_anew(folder)
    with pytest.raises(ModelError, match=message):
        open_model(folder)

"""Write a model folder whole or not at all, and verify one against its manifest."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unisono.errors import ModelError
from unisono.files import commit_bytes, sha256_of, sync_folder
from unisono.model.card import card

FORMAT = 1  # of the folder; another number needs another version of this package
MANIFEST = "MANIFEST.sha256"
_NEEDED = ("model.onnx", "model.json")


def write_model(folder: Path, onnx: bytes, weights: bytes, facts: Mapping[str, Any]) -> None:
    """Write all files beside the folder, then put them in its place.

    Args:
        onnx: the graph: "<input>.<array>" in, logits per task and `representation` out.
        weights: the network's weights as safetensors.
        facts: what goes into model.json: tasks, inputs, scores, signature, versions ...
    """
    facts = {"format": FORMAT, "graph": hashlib.sha256(onnx).hexdigest(), **facts}
    files = {
        "model.onnx": onnx,
        "weights.safetensors": weights,
        "model.json": json.dumps(facts, indent=1, ensure_ascii=False, allow_nan=False).encode(),
        "README.md": card(facts).encode(),
    }
    files[MANIFEST] = "".join(f"{hashlib.sha256(b).hexdigest()}  {n}\n" for n, b in files.items()).encode()
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    try:
        for name, data in files.items():
            commit_bytes(fresh / name, data)
        _replace(folder, fresh)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def verify(folder: Path) -> dict[str, Any]:
    """Check every file of a model folder and read its facts.

    Raises: ModelError when a file is missing or changed, or the format is another one.
    """
    folder = Path(folder)
    if not folder.is_dir():
        found = "is a file but a model folder is needed" if folder.exists() else "there is no such folder"
        raise ModelError(str(folder), found, "Name a model folder, or the run that holds one.")
    if not (folder / MANIFEST).is_file() and (folder / "model" / MANIFEST).is_file():
        folder = folder / "model"
    if not (folder / MANIFEST).is_file():
        raise ModelError(str(folder), f"has no {MANIFEST}, so it is not a model folder", "Name the `model` of a run.")
    listed = _manifest(folder)
    for name in _NEEDED:
        if name not in listed:
            raise ModelError(str(folder / MANIFEST), f"does not list {name}", "Copy the model folder again.")
    for name, digest in listed.items():
        path = folder / name
        if not path.is_file():
            raise ModelError(str(path), "is missing but the manifest lists it", "Copy the model folder again.")
        if sha256_of(path) != digest:
            found = "has other bytes than the manifest says"
            raise ModelError(str(path), found, "It was damaged or edited; copy the model folder again.")
    facts = _facts(folder / "model.json")
    if facts.get("format") != FORMAT:
        found = f"is of format {facts.get('format')} but this version reads {FORMAT}"
        raise ModelError(str(folder / "model.json"), found, "Train again, or use the version that wrote it.")
    if facts.get("graph", listed["model.onnx"]) != listed["model.onnx"]:
        found = "is the graph of another model than the one that model.json describes"
        raise ModelError(str(folder / "model.onnx"), found, "Copy the model folder again, all files of one model.")
    return {**facts, "folder": str(folder)}


def _facts(path: Path) -> dict[str, Any]:
    """What model.json says; a manifest made anew vouches for its bytes, not for their sense."""
    try:
        facts = json.loads(path.read_bytes())
    except ValueError as error:  # no JSON, or no UTF-8
        raise ModelError(str(path), f"is no JSON ({error})", "Copy the model folder again.") from error
    if not isinstance(facts, dict):
        raise ModelError(str(path), f"holds a {type(facts).__name__} but a table is needed", "Train the model again.")
    lacking = [key for key in ("format", "tasks", "inputs") if key not in facts]
    if lacking:
        raise ModelError(str(path), f"has no {', '.join(lacking)}", "Copy the model folder again.")
    return facts


def _manifest(folder: Path) -> dict[str, str]:
    listed: dict[str, str] = {}
    for line in (folder / MANIFEST).read_text("utf-8", "backslashreplace").splitlines():
        digest, _, name = line.partition("  ")
        if len(digest) != 64 or Path(name).name != name:
            raise ModelError(str(folder / MANIFEST), f'has the line "{line[:80]}"', "Copy the model folder again.")
        listed[name] = digest
    return listed


def _replace(folder: Path, fresh: Path) -> None:
    """Put `fresh` where `folder` is; an old one is moved aside first, for a folder cannot be renamed over another."""
    if folder.exists():
        old = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-old-"))
        folder.replace(old)
        fresh.replace(folder)
        shutil.rmtree(old)
    else:
        fresh.replace(folder)
    folder.chmod(0o755)
    sync_folder(folder.parent)

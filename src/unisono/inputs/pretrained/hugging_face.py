"""Models as Hugging Face keeps them: where one lies, what it says of itself; nothing is downloaded unasked."""

from __future__ import annotations

import hashlib
import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from unisono.errors import ModelError
from unisono.files import sha256_of
from unisono.parts import need

_HUB = re.compile(r"[\w.-]+(?:/[\w.-]+)?")
_FILES = ("config.json", "preprocessor_config.json", "tokenizer.json", "tokenizer_config.json", "README.md")
_WEIGHTS = ("*.safetensors", "*.safetensors.index.json")


def folder_of(model: str, download: bool = False) -> Path:
    """Where a model's files lie: the folder itself, or the local Hugging Face cache for a name of the hub.

    Args:
        model: a folder, or a name such as "bert-base-cased".
        download: fetch what is not in the cache from huggingface.co; without it nothing is.
    Raises: ModelError when it is in neither; MissingExtra when a name is given and huggingface_hub is not installed.
    """
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder
    if not _HUB.fullmatch(model):
        raise ModelError(model, "is no folder but a model as transformers saves it is needed", "Check the path.")
    hub = need("huggingface_hub", "finding a model by its name")
    wanted = [*_FILES, *_WEIGHTS]
    try:
        return Path(hub.snapshot_download(model, allow_patterns=wanted, local_files_only=not download))
    except (OSError, ValueError) as error:
        if download:
            reason = str(error).strip().partition("\n")[0]
            raise ModelError(model, f"cannot be had from huggingface.co ({reason})", "Check its name.") from error
        found = "is neither a folder nor in the local Hugging Face cache, and nothing is downloaded unasked"
        advice = "Name a folder, or set download = true in the input, which asks huggingface.co for it."
        raise ModelError(model, found, advice) from error


def facts_of(folder: Path, name: str) -> dict[str, Any]:
    """What one of a model's JSON files says.

    Raises: ModelError when it cannot be read.
    """
    try:
        facts = json.loads((folder / name).read_text("utf-8"))
    except (OSError, ValueError) as error:
        advice = "Nothing is downloaded: fetch a model into a folder yourself and name the folder."
        raise ModelError(str(folder / name), "cannot be read but a transformers model has it", advice) from error
    return facts if isinstance(facts, dict) else {}


def digest_of(folder: Path) -> str:
    """Names the bytes of a model's configuration, tokeniser and weights."""
    files = sorted(p for p in folder.iterdir() if p.suffix in (".json", ".safetensors"))
    return _digest(tuple((str(p), p.stat().st_mtime_ns) for p in files))


def check_native(folder: Path, purpose: str) -> None:
    """Whether transformers itself knows the model; code that a model brings along is never run.

    Args:
        purpose: what transformers is needed for, for the message where it is not installed.
    Raises: ModelError; MissingExtra.
    """
    transformers = need("transformers", purpose)
    config = facts_of(folder, "config.json")
    kind = config.get("model_type")
    if kind not in transformers.CONFIG_MAPPING:
        brings = " and brings code of its own, which is never run" if "auto_map" in config else ""
        found = f"is of the type {kind!r}, which transformers {transformers.__version__} does not know{brings}"
        raise ModelError(str(folder), found, "Take a model that transformers supports natively.")
    if not any(folder.glob("*.safetensors")):
        raise ModelError(str(folder), "has no weights as safetensors; pickled ones are never opened", "Convert them.")


def licence_of(folder: Path) -> str:
    """What the head of a model's card says of its licence.

    Example:
        >>> Path("README.md").write_text("---\\nlicense: cc-by-nc-4.0\\n---\\nA model.") > 0
        True
        >>> licence_of(Path())
        'cc-by-nc-4.0'
    """
    card = folder / "README.md"
    head = card.read_text("utf-8", errors="replace") if card.is_file() else ""
    found = re.match(r"---\n(?:.*\n)*?licen[sc]e:\s*(\S+)", head.split("\n---", 1)[0] + "\n")
    return found[1] if found else "not stated"


@lru_cache(maxsize=8)
def _digest(files: tuple[tuple[str, int], ...]) -> str:
    named = [f"{Path(path).name} {sha256_of(Path(path))}" for path, _ in files]
    return hashlib.sha256("\n".join(named).encode()).hexdigest()

"""The folder is the register: a part's name is its file's name, and it is imported when it is asked for."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from functools import cache
from types import ModuleType
from typing import Any

from pydantic import BaseModel, ConfigDict

from unisono.errors import ExperimentError, MissingExtra, nearest

_EXTRA_OF = {  # package that is missing -> the extra that brings it
    "torch": "train", "safetensors": "train", "onnx": "train", "onnxscript": "train",
    "sklearn": "report", "matplotlib": "report", "jinja2": "report",
    "transformers": "text", "huggingface_hub": "text", "librosa": "descriptors", "h5py": "hdf5",
    "torchjd": "surgery", "ray": "ray", "fsspec": "ray",
}  # fmt: skip


class Settings(BaseModel):
    """Base of every part's settings: frozen, and a key it does not know is an error."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, serialize_by_alias=True, validate_by_name=True
    )


@cache
def names(family: str) -> tuple[str, ...]:
    """The names of a family's parts: its files, without `_private` and `*_settings` ones.

    Args:
        family: a package below `unisono`, such as "tasks" or "nets.encoders".
    """
    package = importlib.util.find_spec(f"unisono.{family}")
    if package is None or package.submodule_search_locations is None:
        raise ValueError(f"unisono.{family} is no package")
    found = (m.name for m in pkgutil.iter_modules(list(package.submodule_search_locations)) if not m.ispkg)
    return tuple(sorted(n for n in found if not n.startswith("_") and not n.endswith("_settings")))


def part(family: str, name: str) -> ModuleType:
    """The module of one part, imported now.

    Raises: ExperimentError when the family has no such part; MissingExtra when a package it needs is absent.
    """
    if name not in names(family):
        known = names(family)
        raise ExperimentError(f'{family} "{name}"', f"unknown, must be one of {', '.join(known)}", nearest(name, known))
    return _import(f"unisono.{family}.{name}")


def part_class(family: str, name: str) -> Any:
    """The class a part's module is about: `bag_of_words` -> `BagOfWords`."""
    return getattr(part(family, name), _camel(name))


def part_settings(family: str, name: str) -> Any:
    """The torch-free settings class that stands beside a part: `gradnorm` -> `gradnorm_settings.GradnormSettings`."""
    if name not in names(family):
        part(family, name)
    return getattr(_import(f"unisono.{family}.{name}_settings"), f"{_camel(name)}Settings")


def need(package: str, purpose: str) -> ModuleType:
    """Import an optional package, or say in one line which extra brings it.

    Args:
        package: its import name.
        purpose: what it is needed for, as in "reading HDF5 weights".
    """
    try:
        return importlib.import_module(package)
    except ImportError as error:
        extra = _EXTRA_OF.get(package.split(".")[0])
        wanted = f'"unisono[{extra}]"' if extra else package
        advice = f"Install it with: pip install {wanted}"
        raise MissingExtra(purpose, f'the package "{package}" is not installed', advice) from error


def _import(module: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        missing = (error.name or "").split(".")[0]
        if missing not in _EXTRA_OF:
            raise
        raise MissingExtra(
            module,
            f'the package "{missing}" is not installed',
            f'Install it with: pip install "unisono[{_EXTRA_OF[missing]}]"',
        ) from error


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))

"""The tags and lyrics that sound files carry."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import cast


def file_tags(path: Path) -> dict[str, list[str]]:
    return cast(dict[str, list[str]], importlib.import_module("unisono.inputs.reading").file_tags(path))


def lyrics_of(path: Path) -> str | None:
    return cast("str | None", importlib.import_module("unisono.inputs.reading").lyrics_of(path))

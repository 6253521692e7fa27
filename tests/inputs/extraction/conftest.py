"""Tracks with made sounds, and a cache of their own for the tests of extraction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import soundfile

from unisono.inputs.extraction import Cache


@dataclass(frozen=True)
class Track:
    """A track as an input sees it."""

    id: str
    audio: Path | None = None
    lyrics: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@pytest.fixture
def tracks(tmp_path: Path, music: Callable) -> Callable[..., list[Track]]:
    """Tracks of two seconds, each another sound; names may be given."""

    def made(*names: str) -> list[Track]:
        for i, name in enumerate(names):
            soundfile.write(tmp_path / name, music(2.0, 8_000, seed=i), 8_000, format="WAV")
        return [Track(name, tmp_path / name) for name in names]

    return made


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


@pytest.fixture
def faults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers in which files called segfault, hang, greedy and raise do so while they are read."""
    (tmp_path / "faults").mkdir()
    (tmp_path / "faults" / "sitecustomize.py").write_text(_FAULTS)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "faults"))


_FAULTS = """
import os, signal, sys, time

class Patcher:
    def find_spec(self, name, path=None, target=None):
        if name == "unisono.inputs.extraction.salvaging":
            import unisono.inputs.mel as mel
            read = mel.Mel.salvage
            def salvage(self, track):
                kind = track.audio.name.split("-")[0]
                if kind == "segfault":
                    os.kill(os.getpid(), signal.SIGSEGV)
                if kind == "hang":
                    while True:
                        pass
                if kind == "greedy":
                    bytearray(100 << 30)
                if kind == "raise":
                    raise ZeroDivisionError("a reader's mistake")
                if kind == "slow":
                    time.sleep(0.2)
                return read(self, track)
            mel.Mel.salvage = salvage
            sys.meta_path.remove(self)
        return None

sys.meta_path.insert(0, Patcher())
"""

"""Tracks of artists of two kinds, whose descriptors and labels tell which kind they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from unisono.collection import Track

KINDS = ("loud", "soft")
Band = list[Track]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test computes anew."""
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def band() -> Callable[..., Band]:
    """Make tracks: `artists` of each kind, `each` tracks an artist."""

    def made(artists: int = 6, each: int = 4, seed: int = 0) -> Band:
        rng = np.random.default_rng(seed)
        tracks = []
        for number in range(2 * artists):
            kind = KINDS[number % 2]
            for at in range(each):
                center = np.array([4.0, 0.0, 1.0] if kind == "loud" else [0.0, 4.0, 1.0])
                x, y, z = (center + rng.normal(0, 0.7, 3)).tolist()
                own = "metal;noise" if kind == "loud" else "ambient;folk"
                values = {"artist": f"Artist {number}", "x": x, "y": y, "z": z, "styles": own, "kind": kind}
                tracks.append(Track(f"{number}-{at}", values=values))
        return tracks

    return made

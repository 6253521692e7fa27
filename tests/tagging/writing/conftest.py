"""Songs to write into, and the fault bench's two ways of saving them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3]))  # the fault bench lies beside the package

from faultbench.songs import make_song, suffix

Make = Callable[[str], Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A song of a kind, such as "mp3-2.3", in a folder of its own."""

    def made(kind: str, name: str = "song") -> Path:
        (tmp_path / "songs").mkdir(exist_ok=True)
        return make_song(tmp_path / "songs" / f"{name}{suffix(kind)}", kind, 0.2)

    return made


@pytest.fixture
def journals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of journals, for this test only."""
    folder = tmp_path / "journals"
    monkeypatch.setenv("UNISONO_JOURNALS", str(folder))
    return folder

"""A beets library of its own, and what runs `beet` on it as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Beet = Callable[..., str]
CONFIG = """
directory: {music}
library: {folder}/library.db
plugins: unisono
unisono:
    model: {model}
    {more}
"""


@pytest.fixture(scope="session")
def beet_in(lyrics_model: Path) -> Callable[[Path], Beet]:
    """Makes a library in a folder; gives what runs beet on it and gives back what it says."""

    def library(folder: Path) -> Beet:
        def run(*arguments: str, more: str = "") -> str:
            text = CONFIG.format(music=folder / "music", folder=folder, model=lyrics_model, more=more)
            (folder / "config.yaml").write_text(text)
            own = {"BEETSDIR": str(folder), "HOME": str(folder), "UNISONO_JOURNALS": str(folder / "journals")}
            command = [sys.executable, "-W", "ignore", "-m", "beets", *arguments]
            done = subprocess.run(command, env=os.environ | own, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            return done.stdout + done.stderr

        return run

    return library

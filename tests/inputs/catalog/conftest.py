"""Short sounds for catalogs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile


@pytest.fixture
def sounds(tmp_path: Path) -> list[Path]:
    """Twelve sounds of one second, each another tone."""
    (tmp_path / "music").mkdir()
    paths = [tmp_path / "music" / f"{number:02}.wav" for number in range(12)]
    for number, path in enumerate(paths):
        soundfile.write(path, 0.4 * np.sin(np.arange(8000.0) * (0.1 + 0.05 * number)), 8000)
    return paths

"""Small sounds and a folder of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

Tone = Callable[..., Path]


@pytest.fixture
def tone() -> Tone:
    """Writes a tone of so many Hz and seconds to a path whose suffix says how."""

    def write(path: Path, hertz: float = 200.0, seconds: float = 0.5) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        time = np.arange(round(8000 * seconds)) / 8000
        soundfile.write(path, 0.5 * np.sin(2 * np.pi * hertz * time), 8000, format=path.suffix[1:].upper() or "WAV")
        return path

    return write

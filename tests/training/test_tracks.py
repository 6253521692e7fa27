"""Tracks are loaded once while memory lasts, and a sequence of them ends."""

from __future__ import annotations

import numpy as np
import pytest

from unisono.training.tracks import Excerpts, Tracks


def loading(seen: list[int]) -> Tracks:
    def load(index: int) -> Excerpts:
        seen.append(index)
        return {"audio": [{"mel": np.full((2, 2), index, np.float32)}]}

    return Tracks(4, load, memory=2 * 16)


def test_what_fits_is_kept_and_the_rest_loaded_again() -> None:
    seen: list[int] = []
    tracks = loading(seen)
    for _ in range(2):
        assert [t["audio"][0]["mel"][0, 0] for t in tracks] == [0, 1, 2, 3]
    assert seen == [0, 1, 2, 3, 2, 3]
    assert len(tracks[1:3]) == 2


@pytest.mark.parametrize("index", [4, -1])
def test_there_is_no_track_beyond_the_last(index: int) -> None:
    with pytest.raises(IndexError):
        loading([])[index]

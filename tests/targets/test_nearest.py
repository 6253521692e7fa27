"""Whose music is near: by a model's shares, or by an artist's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from unisono.errors import TableError
from unisono.targets import ArtistFactors, nearest_artists, read_factors, write_factors

TIMBRE = ArtistFactors(
    ("Abba", "Bach", "Cher"), (3, 4, 5), (True, True, False), np.array([[0.8, 0.2], [0.1, 0.9], [0.7, 0.3]], np.float32)
)
CHROMA = ArtistFactors(("Bach", "Cher"), (4, 5), (True, True), np.array([[0.5, 0.5, 0.0], [0.0, 0.5, 0.5]], np.float32))
FACTORS = {"timbre": TIMBRE, "chroma": CHROMA}


def test_a_song_is_near_those_whose_shares_it_has() -> None:
    found = nearest_artists({"timbre": [0.8, 0.2], "chroma": [0.0, 0.5, 0.5]}, FACTORS)
    assert [near.artist for near in found][:2] == ["Abba", "Cher"]
    assert found[0].similarity == pytest.approx(1)
    assert found[1].similarity == pytest.approx((1 + 0.62 / np.sqrt(0.68 * 0.58)) / 2)
    assert len(nearest_artists({"timbre": [0.8, 0.2]}, FACTORS, n=1)) == 1


def test_an_artist_is_not_near_itself() -> None:
    assert [near.artist for near in nearest_artists("Abba", FACTORS)] == ["Cher", "Bach"]
    with pytest.raises(TableError, match=r'artist "Aba": is none of the 3.*Did you mean "Abba"'):
        nearest_artists("Aba", FACTORS)


def test_shares_of_another_task_are_refused() -> None:
    with pytest.raises(ValueError, match="is no task with artist group factors"):
        nearest_artists({"pitch": [1.0]}, FACTORS)
    with pytest.raises(ValueError, match="there are 3 shares but the factors have 2 topics"):
        nearest_artists({"timbre": [0.1, 0.2, 0.7]}, FACTORS)


def test_factors_are_the_same_when_read_back(tmp_path: Path) -> None:
    write_factors(tmp_path / "f.parquet", FACTORS)
    again = read_factors(tmp_path / "f.parquet")
    for name, one in FACTORS.items():
        assert (again[name].artists, again[name].tracks, again[name].learned) == (one.artists, one.tracks, one.learned)
        np.testing.assert_array_equal(again[name].shares, one.shares)
    with pytest.raises(TableError, match="cannot be read as Parquet"):
        read_factors(tmp_path / "none.parquet")

"""Whose music a song, or an artist, is most like: cosines of artist group factors, summed over the tasks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from unisono.errors import TableError, nearest
from unisono.targets.factors import ArtistFactors


class Near(NamedTuple):
    """One artist and how near: 1 is the same in every task."""

    artist: str
    similarity: float


def nearest_artists(
    asked: str | Mapping[str, ArrayLike], factors: Mapping[str, ArtistFactors], n: int = 10
) -> list[Near]:
    """The artists most like a song or another artist, the nearest first.

    The mean of the cosines over all tasks that know an artist.

    Args:
        asked: an artist's name, or task -> the shares that a model gives a song (`Model.predict`).
        factors: task -> artist group factors, as `read_factors` gives them.
        n: how many at most.
    Raises: TableError when no task knows the artist; ValueError for shares of another task or of another length.
    Example:
        >>> known = ArtistFactors(("Abba", "Bach"), (3, 3), (True, True), np.eye(2, dtype=np.float32))
        >>> nearest_artists({"timbre": [0.1, 0.9]}, {"timbre": known}, n=1)[0].artist
        'Bach'
    """
    vectors = _of_artist(asked, factors) if isinstance(asked, str) else {k: _row(v) for k, v in asked.items()}
    sums: dict[str, list[float]] = {}
    for task, vector in vectors.items():
        if task not in factors:
            raise ValueError(f"{task} is no task with artist group factors, which are {', '.join(factors)}")
        known = factors[task]
        for artist, cosine in zip(known.artists, _cosines(known.shares, vector), strict=True):
            if artist != asked:
                sums.setdefault(artist, []).append(float(cosine))
    found = [Near(artist, sum(cosines) / len(cosines)) for artist, cosines in sums.items()]
    return sorted(found, key=lambda near: (-near.similarity, near.artist))[:n]


def _of_artist(name: str, factors: Mapping[str, ArtistFactors]) -> dict[str, NDArray[np.float64]]:
    found = {
        task: one.shares[one.artists.index(name)].astype(np.float64)
        for task, one in factors.items()
        if name in one.artists
    }
    if not found:
        known = {artist for one in factors.values() for artist in one.artists}
        raise TableError(f'artist "{name}"', f"is none of the {len(known):,} that have factors", nearest(name, known))
    return found


def _row(shares: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(shares, np.float64).reshape(-1)


def _cosines(shares: NDArray[np.float32], vector: NDArray[np.float64]) -> NDArray[np.float64]:
    if shares.shape[1] != len(vector):
        raise ValueError(f"there are {len(vector)} shares but the factors have {shares.shape[1]} topics")
    lengths = np.linalg.norm(shares, axis=1) * np.linalg.norm(vector)
    return np.asarray(shares @ vector / np.maximum(lengths, 1e-12), np.float64)

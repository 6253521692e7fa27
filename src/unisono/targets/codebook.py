"""A codebook: k-means of the training tracks' descriptors; a track is how often it says each word."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unisono.errors import LabelError
from unisono.parts import need

_BATCH = 10_000

Rows = NDArray[np.float64]


@dataclass(frozen=True)
class Codebook:
    """Words, and how descriptors are sorted into them.

    Args:
        center: what is taken from each number before; `scale` what it is divided by.
        words: (words, numbers), scaled.
        width: mean squared distance of a training vector from its word: how far a shared vector reaches.
    """

    center: Rows
    scale: Rows
    words: Rows
    width: float

    def counts(self, frames: Rows) -> Rows:
        """How often each word is the nearest.

        Shape: (frames, numbers) -> (words,)
        """
        return np.bincount(self.distances(frames).argmin(axis=1), minlength=len(self.words)).astype(np.float64)

    def shared(self, vectors: Rows) -> Rows:
        """Each vector shared out over the words by a normal density around each.

        Shape: (tracks, numbers) -> (tracks, words), rows that sum to one
        """
        distances = self.distances(vectors)
        weights = np.exp(-(distances - distances.min(axis=1, keepdims=True)) / (2 * self.width))
        return np.asarray(weights / weights.sum(axis=1, keepdims=True))

    def distances(self, vectors: Rows) -> Rows:
        """Squared distances, never below 0."""
        scaled = (vectors - self.center) / self.scale
        squares = (scaled**2).sum(axis=1)[:, None] + (self.words**2).sum(axis=1)
        return np.asarray(np.maximum(squares - 2 * scaled @ self.words.T, 0.0))


def fit_codebook(vectors: Rows, words: int, scaling: bool, seed: int) -> Codebook:
    """Find the words.

    Args:
        vectors: descriptors of training tracks.
        scaling: bring each number to mean 0 and deviation 1.
    Shape: vectors (vectors, numbers)
    Raises: LabelError when there are fewer different vectors than words.
    """
    cluster = need("sklearn.cluster", "artist group factors")
    different = len(np.unique(vectors, axis=0))
    if different < words:
        found = f"has {words:,} words but the training tracks have {different:,} different descriptors"
        raise LabelError("codebook", found, "Lower codebook.")
    center, scale = np.zeros(vectors.shape[1]), np.ones(vectors.shape[1])
    if scaling:
        center, deviation = vectors.mean(axis=0), vectors.std(axis=0)
        scale = np.where(deviation > 0, deviation, 1.0)
    means = cluster.MiniBatchKMeans(words, batch_size=_BATCH, n_init=3, random_state=seed)
    means.fit((vectors - center) / scale)
    book = Codebook(center, scale, np.asarray(means.cluster_centers_, np.float64), 1.0)
    nearest = [book.distances(vectors[at : at + _BATCH]).min(axis=1) for at in range(0, len(vectors), _BATCH)]
    return Codebook(center, scale, book.words, max(float(np.concatenate(nearest).mean()), 1e-12))

"""Topics: latent Dirichlet allocation of bags of words, and each bag's share of every topic."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from unisono.parts import need
from unisono.tasks.computed import ArtistGroups

Bags = NDArray[np.float64]


def fit_topics(bags: Bags, settings: ArtistGroups) -> Any:
    """Topics of the artists that are learned from.

    Blei, Ng & Jordan (2003), variational, symmetric priors of 1 / topics.

    Shape: bags (artists, words)
    """
    decomposition = need("sklearn.decomposition", "artist group factors")
    return decomposition.LatentDirichletAllocation(
        settings.topics, max_iter=settings.passes, learning_method="batch", random_state=settings.seed
    ).fit(bags)


def shares_of(topics: Any, bags: Bags, settings: ArtistGroups) -> NDArray[np.float32]:
    """Shares of the topics in each bag.

    With "softmax" those of the unnormalised posterior, gamma, as system 001 (docs/systems) did: gamma sums to
    the words of a bag and one, so its softmax is nearly one-hot for artists of many words.

    Shape: (artists, words) -> (artists, topics), rows that sum to one
    """
    shares = np.asarray(topics.transform(bags), np.float64)
    if settings.share == "softmax":
        gamma = shares * (bags.sum(axis=1, keepdims=True) + 1.0)
        shares = softmax(gamma, axis=1)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True), np.float32)

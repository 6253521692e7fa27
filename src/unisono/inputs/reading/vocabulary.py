"""Vocabulary: which terms of the training lyrics get a number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple


class Counts(NamedTuple):
    """What was seen while fitting.

    Args:
        tracks: number of tracks with at least one term.
        having: term -> tracks that have it.
        total: term -> times it occurs in all.
    """

    tracks: int
    having: Counter[str]
    total: Counter[str]


def counted(documents: Iterable[Sequence[str]]) -> Counts:
    """Count the terms of each training track."""
    tracks, having, total = 0, Counter[str](), Counter[str]()
    for terms in documents:
        if terms:
            tracks += 1
            having.update(set(terms))
            total.update(terms)
    return Counts(tracks, having, total)


def chosen(counts: Counts, min_count: int, max_vocabulary: int) -> tuple[str, ...]:
    """The terms that get a number: most frequent first, equally frequent ones in alphabetical order.

    Args:
        counts: of the training tracks.
        min_count: tracks that must have a term.
        max_vocabulary: at most so many terms.
    """
    enough = [term for term, n in counts.having.items() if n >= min_count]
    enough.sort(key=lambda term: (-counts.total[term], term))
    return tuple(enough[:max_vocabulary])


def word_ngrams(tokens: Sequence[str], low: int, high: int) -> list[str]:
    """Runs of `low` to `high` tokens, joined by a space.

    Example:
        >>> word_ngrams(["hold", "me", "now"], 1, 2)
        ['hold', 'me', 'now', 'hold me', 'me now']
    """
    runs = (zip(*(tokens[i:] for i in range(n)), strict=False) for n in range(low, high + 1))
    return list(tokens) * (low == 1) + list(map(" ".join, chain.from_iterable(r for n, r in enumerate(runs, low) if n > 1)))


def character_ngrams(tokens: Sequence[str], low: int, high: int) -> list[str]:
    """Runs of characters inside each token with a space on both sides; a shorter token counts once, as a whole.

    The same as scikit-learn's analyzer "char_wb".

    Example:
        >>> character_ngrams(["me"], 2, 3)
        [' m', 'me', 'e ', ' me', 'me ']
    """
    found: list[str] = []
    for token in tokens:
        padded = f" {token} "
        for n in range(low, high + 1):
            found += [padded[i : i + n] for i in range(max(1, len(padded) - n + 1))]
            if n >= len(padded):
                break
    return found

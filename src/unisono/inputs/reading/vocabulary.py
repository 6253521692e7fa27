"""Vocabulary: which terms of the training lyrics get a number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple


class Counts(NamedTuple):
    """What was seen while fitting.

    Args:
        tracks: number of tracks.
        having: term -> tracks that have it.
        total: term -> times it occurs in all.
    """

    tracks: int
    having: Counter[str]
    total: Counter[str]


def counted(documents: Iterable[Sequence[str]]) -> Counts:
    """Count the terms of each training track; one that has lyrics but none of these terms counts as a track."""
    tracks, having, total = 0, Counter[str](), Counter[str]()
    for terms in documents:
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
    runs = [list(tokens)] if low == 1 else []
    runs += [list(map(" ".join, _windows(tokens, n))) for n in range(max(low, 2), high + 1)]
    return list(chain.from_iterable(runs))


def character_ngrams(tokens: Sequence[str], low: int, high: int) -> list[str]:
    """Runs of characters inside each token with a space on both sides; a shorter token counts once, as a whole.

    The same as scikit-learn's analyzer "char_wb".

    Example:
        >>> character_ngrams(["me"], 2, 3)
        [' m', 'me', 'e ', ' me', 'me ']
    """
    return list(chain.from_iterable(_runs_in(token, low, high) for token in tokens))


@lru_cache(maxsize=50_000)
def _runs_in(token: str, low: int, high: int) -> tuple[str, ...]:
    padded = f" {token} "
    lengths = range(low, min(high, max(low, len(padded))) + 1)
    return tuple(padded[i : i + n] for n in lengths for i in range(max(1, len(padded) - n + 1)))


def _windows(tokens: Sequence[str], n: int) -> Iterator[tuple[str, ...]]:
    return zip(*(tokens[i:] for i in range(n)), strict=False)

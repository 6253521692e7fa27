"""How a text is made, whatever it is about: its length, how rich its words are, how much it repeats itself."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

MEASURES = (
    "words", "words_log", "different_log", "different", "different_pairs", "different_triples", "entropy",
    "once", "thrice", "commonest", "commonest_pair", "commonest_triple", "again", "again_after_one", "halves_share",
    "letters", "letters_deviation", "short", "long",
)  # fmt: skip
_SHORT, _LONG = 3, 7  # letters


def form_of(tokens: Sequence[str]) -> list[float]:
    """One number for each of MEASURES.

    Shares are of the text's tokens, but `once` and `thrice` of its different ones and `halves_share` of those of both
    halves.

    Example:
        >>> dict(zip(MEASURES, form_of("la la love la la love".split())))["different"]
        0.3333333333333333
    """
    n = max(len(tokens), 1)
    counts = Counter(tokens)
    pairs, triples = Counter(pairwise(tokens)), Counter(_triples(tokens))
    half = len(tokens) // 2
    first, second = set(tokens[:half]), set(tokens[half:])
    return [
        float(len(tokens)),
        math.log(n),
        math.log(max(len(counts), 1)),
        len(counts) / n,
        len(pairs) / n,
        len(triples) / n,
        sum(-c / n * math.log(c / n) for c in counts.values()),
        sum(c == 1 for c in counts.values()) / max(len(counts), 1),
        sum(c >= 3 for c in counts.values()) / max(len(counts), 1),
        max(counts.values(), default=0) / n,
        max(pairs.values(), default=0) / n,
        max(triples.values(), default=0) / n,
        sum(a == b for a, b in pairwise(tokens)) / n,
        sum(a == b for a, b in zip(tokens, tokens[2:], strict=False)) / n,
        len(first & second) / max(len(first | second), 1),
        *_lengths(tokens),
    ]


def _triples(tokens: Sequence[str]) -> Iterable[tuple[str, ...]]:
    return zip(tokens, tokens[1:], tokens[2:], strict=False)


def _lengths(tokens: Sequence[str]) -> tuple[float, float, float, float]:
    """Mean and deviation of the tokens' lengths, and the shares of short and of long ones."""
    letters = np.array([len(token) for token in tokens] or [0])
    short, long = (letters <= _SHORT).mean(), (letters >= _LONG).mean()
    return float(letters.mean()), float(letters.std()), float(short), float(long)

"""Spellings of labels that are probably slips of other labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from unisono.collection.labels import same_spelling

_MOST = 400  # labels that are compared pair by pair
_SHORT = 4  # letters below which one other letter is another word


class Slip(NamedTuple):
    """A label that is probably meant to be another.

    Args:
        found: the rarer spelling, in `times` rows.
        meant: the commoner one, in `usual` rows.
        certain: they differ in case, spaces or hyphens only.
    """

    found: str
    times: int
    meant: str
    usual: int
    certain: bool


def slips(counts: Mapping[str, int]) -> list[Slip]:
    """Pairs of labels that differ in one letter (two in long ones), where one is rare beside the other.

    Example:
        >>> slips({"rock": 90, "Rcok": 1, "jazz": 80, "80s": 9, "90s": 1})
        [Slip(found='Rcok', times=1, meant='rock', usual=90, certain=False)]
    """
    names = sorted(counts, key=lambda n: (-counts[n], n))[:_MOST]
    found = []
    for at, rare in enumerate(names):
        for common in names[:at]:
            certain = same_spelling(rare) == same_spelling(common)
            if certain or (counts[rare] <= max(2, counts[common] // 20) and _near(rare.lower(), common.lower())):
                found.append(Slip(rare, counts[rare], common, counts[common], certain))
                break
    return found


def _near(a: str, b: str) -> bool:
    allowed = 2 if min(len(a), len(b)) >= 2 * _SHORT else 1
    if max(len(a), len(b)) < _SHORT or min(len(a), len(b)) < _SHORT - 1 or abs(len(a) - len(b)) > allowed:
        return False
    digits = [[c for c in text if c.isdigit()] for text in (a, b)]
    return digits[0] == digits[1] and _distance(a, b) <= allowed


def _distance(a: str, b: str) -> int:
    """Letters to add, leave out, change or swap with the next (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, last, row = row, before, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]

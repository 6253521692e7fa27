"""Numbers: a table's cell as a number, strictly: no guessing at units, commas or words for "missing"."""

from __future__ import annotations

import math
import re
from numbers import Real

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_COMMA = re.compile(r"[+-]?\d+,\d+")
_ABSENT = {"na", "n/a", "nan", "none", "null", "-", "?", "missing"}


class NotANumber(ValueError):
    """A cell that is no number.

    Args:
        found: what stands there but what is needed.
        advice: a full sentence, may be empty.
    """

    def __init__(self, found: str, advice: str = "") -> None:
        self.found, self.advice = found, advice
        super().__init__(found, advice)


def number(cell: object) -> float:
    """The number in a cell; NaN where the cell is empty.

    Args:
        cell: a number, its text with a decimal point, or nothing.
    Raises: NotANumber for any other text, and for an infinite number.
    Example:
        >>> number("3.5"), number(True), number("")
        (3.5, 1.0, nan)
    """
    if cell is None:
        return math.nan
    if isinstance(cell, Real):
        return _finite(float(cell))
    text = str(cell).strip()
    if not text:
        return math.nan
    if _NUMBER.fullmatch(text):
        return _finite(float(text))
    raise NotANumber(f'"{text[:60]}" is no number', _advice(text))


def _finite(value: float) -> float:
    if math.isinf(value):
        raise NotANumber("the number is infinite but must be finite")
    return value


def _advice(text: str) -> str:
    if _COMMA.fullmatch(text):
        return "Write a decimal point in place of the comma."
    if text.lower() in _ABSENT:
        return "Leave the cell empty where the value is not known."
    return "Leave this column out, or mend the cell."

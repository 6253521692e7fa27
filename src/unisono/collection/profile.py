"""What stands in a column: enough to guess what it is for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from unisono.collection.table import text_of


@dataclass(frozen=True, eq=False)
class Profile:
    """One column's cells, empty ones left out.

    Args:
        name: of the column.
        rows: of the table.
        texts: its cells that are not empty, as text.
    """

    name: str
    rows: int
    texts: list[str]

    @cached_property
    def counts(self) -> Counter[str]:
        return Counter(self.texts)

    @cached_property
    def numbers(self) -> list[float]:
        """The cells that are numbers; a comma before the decimals is understood."""
        return [n for n in map(number, self.texts) if n is not None]

    @property
    def lower(self) -> str:
        return self.name.strip().lower()

    @property
    def numeric(self) -> bool:
        """Whether it holds numbers, but for a few slips."""
        return bool(self.texts) and len(self.numbers) >= 0.95 * len(self.texts)

    @property
    def whole(self) -> bool:
        return self.numeric and all(n.is_integer() for n in self.numbers)

    @property
    def unique(self) -> bool:
        return len(self.counts) == self.rows

    @cached_property
    def words(self) -> float:
        """Words a cell, on average."""
        return sum(len(t.split()) for t in self.texts) / max(len(self.texts), 1)


def profile_of(column: pl.Series) -> Profile:
    return Profile(column.name, len(column), [t for t in map(text_of, column.to_list()) if t])


def number(text: str) -> float | None:
    """A cell as a finite number.

    Example:
        >>> number("120,5"), number("12a"), number("nan")
        (120.5, None, None)
    """
    plain = text.replace(",", ".") if text.count(",") == 1 and "." not in text else text
    try:
        value = float(plain)
    except ValueError:
        return None
    return value if abs(value) < float("inf") and "_" not in plain else None

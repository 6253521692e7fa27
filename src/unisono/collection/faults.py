"""Many things wrong at once: collected, then told in one error, the first twenty by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from unisono.errors import UserError

SHOWN = 20


class Fault(NamedTuple):
    """One thing that is wrong.

    Args:
        where: "songs.csv:233:genre": file, line and column as far as they are known.
        found: what was found but what is needed, without a full stop.
        advice: what to do about it, a full sentence; may be empty.
    """

    where: str
    found: str
    advice: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.found}." + (f" {self.advice}" if self.advice else "")


def fail(kind: type[UserError], where: str, faults: Sequence[Fault]) -> None:
    """Raise one error of all faults; do nothing when there are none.

    Advice that every fault shares is said once, at the end.
    """
    if not faults:
        return
    if len(faults) == 1:
        raise kind(*faults[0])
    advices = {f.advice for f in faults}
    shared = advices.pop() if len(advices) == 1 else ""
    shown = [str(f._replace(advice="") if shared else f) for f in faults[:SHOWN]]
    count = f"{len(faults):,} problems" + (f", the first {SHOWN} of them" if len(faults) > SHOWN else "")
    raise kind(where, count, shared, shown)


def quoted(names: Sequence[str], most: int = 12) -> str:
    """Names for a message, the first few of them.

    Example:
        >>> quoted(["a", "b", "c"], most=2)
        '"a", "b" and 1 more'
    """
    shown = ", ".join(f'"{n}"' for n in names[:most])
    return shown + (f" and {len(names) - most:,} more" if len(names) > most else "")


def several(count: int, noun: str) -> str:
    """A count with its noun.

    Example:
        >>> several(1, "row"), several(1200, "row")
        ('1 row', '1,200 rows')
    """
    return f"{count:,} {noun}" + ("" if count == 1 else "s")

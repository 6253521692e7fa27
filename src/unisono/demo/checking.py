"""Looks up how right the tags of the demo's new tracks are, in the words of a person who counts."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from unisono.errors import TableError
from unisono.tagging import Tagged
from unisono.tasks import NO_LABEL, Answer

Row = dict[str, str]


@dataclass(frozen=True)
class Check:
    """How well one task was tagged.

    Args:
        right: share of tracks, or of labels, that are right; for a number, of tracks at most 50 off.
        said: the same as a sentence.
    """

    right: float
    said: str


def read_rows(table: Path) -> list[Row]:
    """The rows of one of the demo's tables."""
    with table.open(encoding="utf8", newline="") as stream:
        return list(csv.DictReader(stream))


def check_tags(tagged: Tagged, answers: Sequence[Row]) -> dict[str, Check]:
    """Compare tags with the answers, by file name.

    Raises: TableError when a tagged track has no answer.
    """
    by_name = {Path(row["path"]).name: row for row in answers}
    checks: dict[str, Check] = {}
    for task in tagged.tasks:
        pairs = []
        for tags in tagged:
            row = by_name.get(Path(tags.id).name)
            if row is None:
                raise TableError(tags.id, "has tags but no answer", "Run the demo again.")
            pairs.append((tags[task.name], row[task.name]))
        checks[task.name] = _HOW[task.kind](pairs)
    return checks


Pairs = Sequence[tuple[Answer, str]]


def _classes(pairs: Pairs) -> Check:
    right = sum(answer.given[0].label == truth for answer, truth in pairs)
    return Check(right / len(pairs), f"{right} of {len(pairs)} right")


def _numbers(pairs: Pairs) -> Check:
    off = np.array([abs((answer.given[0].value or 0.0) - float(truth)) for answer, truth in pairs])
    near = int(np.sum(off <= 50))
    return Check(near / len(pairs), f"{off.mean():.0f} off on average, {near} of {len(pairs)} at most 50 off")


def _labels(pairs: Pairs) -> Check:
    given = [{g.label for g in answer.given} for answer, _ in pairs]
    true = [set() if truth == NO_LABEL else set(truth.split(";")) for _, truth in pairs]
    right = sum(len(g & t) for g, t in zip(given, true, strict=True))
    said, asked = sum(map(len, given)), sum(map(len, true))
    return Check(right / max(said, 1), f"{right} of {said} given labels right, {asked} could have been given")


_HOW: Mapping[str, Callable[[Pairs], Check]] = {
    "multiclass": _classes, "regression": _numbers, "multilabel": _labels,
}  # fmt: skip

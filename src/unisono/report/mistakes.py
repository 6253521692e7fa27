"""The answers that were most wrong, by name, and the classes that are taken for each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import rel_entr

from unisono.evaluation import Judged
from unisono.report.wording import number, percent

_SHOWN = 10


@dataclass(frozen=True)
class Mistake:
    """One wrong answer.

    Args:
        track: its id.
        said: the model's answer.
        true: what the label says.
        how: how sure the model was, or how far it was off.
    """

    track: str
    said: str
    true: str
    how: str


def worst(kind: str, one: Judged, shown: int = _SHOWN) -> list[Mistake]:
    """The worst mistakes of a task, worst first: the surest wrong answers, or the numbers that are furthest off."""
    return _WORST[kind](one, shown)


def confusions(scores: Mapping[str, Any], shown: int = 6) -> list[tuple[str, str, int, int]]:
    """The most frequent confusions: true class, answered class, how often, of how many."""
    matrix = scores.get("confusion_matrix")
    if not matrix:
        return []
    counts = np.array(matrix)
    wrong = counts - np.diag(np.diag(counts))
    order = np.argsort(-wrong, axis=None, kind="stable")[:shown]
    places = [divmod(int(place), len(counts)) for place in order if wrong.ravel()[place] > 0]
    labels = scores["labels"]
    return [(labels[t], labels[s], int(counts[t, s]), int(counts[t].sum())) for t, s in places]


def _multiclass(one: Judged, shown: int) -> list[Mistake]:
    known = ~np.isnan(one.reference).any(axis=1)
    true, said = np.nan_to_num(one.reference).argmax(axis=1), one.scores.argmax(axis=1)
    sure = one.scores.max(axis=1)
    rows = _highest(np.where(known & (true != said), sure, 0), shown)
    return [
        Mistake(one.tracks[r], one.outputs[said[r]], one.outputs[true[r]], f"{percent(sure[r])} sure") for r in rows
    ]


def _multilabel(one: Judged, shown: int) -> list[Mistake]:
    off = np.nan_to_num(np.abs(one.scores - one.reference))
    cells = _highest(np.where(off > 0.5, off, 0).ravel(), shown)
    found = []
    for row, label in (divmod(cell, len(one.outputs)) for cell in cells):
        there, name = one.reference[row, label] == 1, one.outputs[label]
        said, true = (f"not {name}", name) if there else (name, f"not {name}")
        found.append(Mistake(one.tracks[row], said, true, f"{percent(float(off[row, label]))} sure"))
    return found


def _regression(one: Judged, shown: int) -> list[Mistake]:
    off = np.nan_to_num(np.abs(one.scores - one.reference))[:, 0]
    found = []
    for row in _highest(off, shown):
        said, true = float(one.scores[row, 0]), float(one.reference[row, 0])
        found.append(Mistake(one.tracks[row], number(said), number(true), f"off by {number(abs(said - true))}"))
    return found


def _distribution(one: Judged, shown: int) -> list[Mistake]:
    known = np.asarray(~np.isnan(one.reference)).all(axis=1)
    truth = np.asarray(np.where(np.atleast_1d(known)[:, None], one.reference, one.scores), np.float64)
    terms = np.asarray(rel_entr(truth, np.clip(one.scores.astype(np.float64), 1e-12, 1)))
    off = terms.sum(axis=1)
    found = []
    for row in _highest(off, shown):
        said, true = _largest(one.outputs, one.scores[row]), _largest(one.outputs, truth[row])
        found.append(Mistake(one.tracks[row], said, true, f"divergence {number(float(off[row]))}"))
    return found


def _largest(outputs: Sequence[str], shares: NDArray[Any]) -> str:
    best = int(shares.argmax())
    return f"{outputs[best]} {percent(float(shares[best]))}"


def _highest(values: NDArray[Any], shown: int) -> list[int]:
    order = np.argsort(-values, kind="stable")[:shown]
    return [int(place) for place in order if values[place] > 0]


_WORST = {
    "multiclass": _multiclass,
    "multilabel": _multilabel,
    "regression": _regression,
    "distribution": _distribution,
}

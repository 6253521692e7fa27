"""Labels that look wrong: those that models which have not learned from them are sure to be others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from unisono.evaluation import Judged, judged
from unisono.evaluation.calibrating import fitted_calibration
from unisono.model.sureness import calibrated

_TINY = 1e-6
_LEAST = {"multiclass": 0.0, "multilabel": 0.0, "regression": 3.0}  # doubt from which a label is worth a look
_SPREAD = 1.4826  # from the median of absolute deviations to a standard deviation


@dataclass(frozen=True)
class Suspect:
    """One label that may be wrong.

    Args:
        track: its id.
        label: what the track is tagged; "not X" for a label that it lacks.
        suggested: what the model says in its place.
        confidence: of the model in that, calibrated; None for a number.
        doubt: how much more likely the suggestion is, as a natural logarithm; of a number, how many usual errors it is
            away. What the list is sorted by.
    """

    track: str
    task: str
    label: str
    suggested: str
    confidence: float | None
    doubt: float

    def __str__(self) -> str:
        """A sentence: "tagged House, model 97 % Reggaeton"."""
        sure = f"{self.confidence:.0%} ".replace("%", " %") if self.confidence is not None else ""
        return f"tagged {self.label}, model {sure}{self.suggested}"


def suspects(table: pl.DataFrame, kinds: Mapping[str, str]) -> list[Suspect]:
    """Every label that the models contradict, the most doubtful first; soft targets are left out.

    Args:
        table: out-of-fold predictions.
        kinds: task -> its kind.
    """
    there = set(table["task"].unique())
    found: list[Suspect] = []
    for name, kind in kinds.items():
        if name in there and kind in _LEAST:
            one = judged(table, name)
            sure = calibrated(one.scores, fitted_calibration(kind, one)).astype(np.float64)
            found += _OF_KIND[kind](name, one, np.clip(sure, _TINY, 1 - _TINY) if kind != "regression" else sure)
    return sorted(found, key=lambda s: (-s.doubt, s.task, s.track))


def _classes(name: str, one: Judged, sure: np.ndarray) -> Iterator[Suspect]:
    for row in np.flatnonzero(~np.isnan(one.reference).any(axis=1)):
        given, best = int(one.reference[row].argmax()), int(sure[row].argmax())
        if given != best:
            doubt = float(np.log(sure[row, best]) - np.log(sure[row, given]))
            label, other = one.outputs[given], one.outputs[best]
            yield Suspect(one.tracks[row], name, label, other, float(sure[row, best]), doubt)


def _labels(name: str, one: Judged, sure: np.ndarray) -> Iterator[Suspect]:
    against = ~np.isnan(one.reference) & ((sure > 0.5) != (one.reference > 0.5))
    for row, column in zip(*np.nonzero(against), strict=True):
        label, chance = one.outputs[column], float(sure[row, column])
        tagged = one.reference[row, column] > 0.5
        doubt = abs(float(np.log(chance) - np.log1p(-chance)))
        said, other = (label, f"not {label}") if tagged else (f"not {label}", label)
        yield Suspect(one.tracks[row], name, said, other, 1 - chance if tagged else chance, doubt)


def _numbers(name: str, one: Judged, sure: np.ndarray) -> Iterator[Suspect]:
    known = np.flatnonzero(~np.isnan(one.reference[:, 0]))
    if not len(known):
        return
    errors = one.reference[known, 0] - one.scores[known, 0]
    usual = max(float(np.median(np.abs(errors - np.median(errors)))) * _SPREAD, _TINY)
    for row, error in zip(known, errors, strict=True):
        if (doubt := abs(float(error)) / usual) >= _LEAST["regression"]:
            yield Suspect(one.tracks[row], name, f"{one.reference[row, 0]:g}", f"{one.scores[row, 0]:.4g}", None, doubt)


_OF_KIND = {"multiclass": _classes, "multilabel": _labels, "regression": _numbers}

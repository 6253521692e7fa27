"""Fits calibration: what has to be done to a task's scores so that they mean what they say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.special import expit, log_softmax, logit

from unisono.evaluation.predictions import Judged
from unisono.model.sureness import borders_of

Floats = NDArray[np.float64]

LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)  # of a regression's intervals
FEWEST = 20  # tracks, or of a label's two sides together, below which nothing is fitted
_BOTH = 5  # tracks with and without a label, below which it takes part in the slope of all only
_TINY, _ALMOST = 1e-30, 1e-7
_STEEPEST = 3.0  # of the logarithm of a temperature or slope
_FAR = 15.0  # units from a border; what lies further is as sure


def fitted_calibration(kind: str, one: Judged, levels: Sequence[float] = ()) -> dict[str, Any]:
    """What model.json holds of a task under "calibration"; empty where there is nothing to fit or too little to fit on.

    Args:
        kind: the task's kind.
        one: what is true and what the model said of tracks that it has not learned from.
        levels: of a number, the ones that its users give.
    """
    if kind == "multiclass":
        return _temperature(one)
    if kind == "multilabel":
        return _platt(one)
    return _residuals(one, levels) if kind == "regression" else {}


def _temperature(one: Judged) -> dict[str, Any]:
    """One temperature, by maximum likelihood of the reference."""
    known = ~np.isnan(one.reference).any(axis=1)
    if known.sum() < FEWEST:
        return {}
    logs = np.log(np.maximum(one.scores[known].astype(np.float64), _TINY))
    truth = one.reference[known].argmax(axis=1)[:, None]

    def loss(temper: float) -> float:
        return float(-np.take_along_axis(log_softmax(logs * np.exp(-temper), axis=1), truth, axis=1).mean())

    found = minimize_scalar(loss, bounds=(-_STEEPEST, _STEEPEST), method="bounded", options={"xatol": 1e-6})
    return {"method": "temperature", "temperature": float(np.exp(found.x)), "n": int(known.sum())}


def _platt(one: Judged) -> dict[str, Any]:
    """A slope and an offset a label; labels that few tracks have, or lack, take the slope of all and no offset."""
    logits = logit(np.clip(one.scores.astype(np.float64), _ALMOST, 1 - _ALMOST))
    known = ~np.isnan(one.reference)
    if known.sum() < FEWEST:
        return {}
    slope, _ = _line(logits[known], one.reference[known].astype(np.float64), free=False)
    lines = [(slope, 0.0)] * len(one.outputs)
    for label in range(len(one.outputs)):
        rows = known[:, label]
        truth = one.reference[rows, label].astype(np.float64)
        if len(truth) >= FEWEST and _BOTH <= truth.sum() <= len(truth) - _BOTH:
            lines[label] = _line(logits[rows, label], truth, free=True)
    slopes, offsets = zip(*lines, strict=True)
    return {"method": "platt", "slope": list(slopes), "offset": list(offsets), "n": int(known.any(axis=1).sum())}


def _line(logits: Floats, truth: Floats, free: bool) -> tuple[float, float]:
    """Slope and offset of the most likely logistic curve, its targets drawn in as Platt did against overfitting.

    Args:
        free: also fit the offset; else it is zero.
    """
    positives, negatives = truth.sum(), len(truth) - truth.sum()
    aims = np.where(truth > 0.5, (positives + 1) / (positives + 2), 1 / (negatives + 2))

    def loss(at: Floats) -> tuple[float, Floats]:
        slope = np.exp(at[0])
        line = slope * logits + (at[1] if free else 0.0)
        wrong = (expit(line) - aims) / len(aims)
        gradient = np.array([(wrong * logits).sum() * slope, wrong.sum() if free else 0.0])
        return float((np.logaddexp(0, line) - aims * line).mean()), gradient

    bounds = [(-_STEEPEST, _STEEPEST), (-20.0, 20.0)]
    found = minimize(loss, np.zeros(2), jac=True, method="L-BFGS-B", bounds=bounds)
    return float(np.exp(found.x[0])), float(found.x[1]) if free else 0.0


def _residuals(one: Judged, levels: Sequence[float]) -> dict[str, Any]:
    """Half widths of split-conformal intervals: at level a, the ceil((n + 1) a)-th smallest absolute error of n.

    A level that so few tracks cannot vouch for has none.
    """
    known = ~np.isnan(one.reference[:, 0])
    errors = np.sort(np.abs(one.reference[known, 0].astype(np.float64) - one.scores[known, 0]))
    n = len(errors)
    if n < FEWEST:
        return {}
    ranks = [int(np.ceil((n + 1) * level - 1e-9)) for level in LEVELS]
    widths = [float(errors[rank - 1]) if rank <= n else None for rank in ranks]
    found = {"method": "residuals", "half_widths": [list(p) for p in zip(LEVELS, widths, strict=True)], "n": n}
    return found | ({"levels": _borders(one, levels, float(np.median(errors)))} if len(set(levels)) > 1 else {})


def _borders(one: Judged, levels: Sequence[float], unit: float) -> dict[str, Any]:
    """How probable it is that the truth lies above each border between two levels: a slope and an offset a border.

    Args:
        unit: by which distances from a border are divided.
    """
    unit = max(unit, 1e-6 * (max(levels) - min(levels)))
    at = borders_of(levels)
    logits = np.clip((one.scores.astype(np.float64) - at) / unit, -_FAR, _FAR)
    above = np.where(np.isnan(one.reference), np.nan, one.reference > at).astype(np.float32)
    fitted = _platt(Judged(tuple(map(str, at)), above, expit(logits).astype(np.float32)))
    return {"unit": unit, "slope": fitted["slope"], "offset": fitted["offset"]}

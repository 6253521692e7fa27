"""Calibration: scores to probabilities that mean what they say, by the numbers in model.json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import expit, log_softmax, logit

from unisono.tasks import Array

_TINY = 1e-30  # float32 rounds smaller probabilities to nothing
_ALMOST = 1e-7  # float32 knows no larger number below one


def calibrated(scores: Array, facts: Mapping[str, Any]) -> Array:
    """A task's scores, calibrated; scores of a task without calibration as they are.

    Multiclass: logits divided by one temperature (Guo et al., 2017). Multilabel: a slope and an offset a label (Platt,
    1999). Both act on a track's scores after the mean over its excerpts.

    Args:
        scores: in the task's answer space.
        facts: what model.json holds of the task under "calibration".
    Shape: (tracks, width) -> (tracks, width)
    Example:
        >>> sure = np.array([[0.9, 0.1]], np.float32)
        >>> calibrated(sure, {"method": "temperature", "temperature": 2.0}).round(2).tolist()
        [[0.75, 0.25]]
    """
    method = facts.get("method")
    if method == "temperature":
        logs = np.log(np.maximum(scores.astype(np.float64), _TINY)) / facts["temperature"]
        return np.asarray(np.exp(log_softmax(logs, axis=-1)), np.float32)
    if method == "platt":
        logits = logit(np.clip(scores.astype(np.float64), _ALMOST, 1 - _ALMOST))
        return np.asarray(expit(logits * np.array(facts["slope"]) + np.array(facts["offset"])), np.float32)
    return scores


def half_width(facts: Mapping[str, Any], level: float) -> float | None:
    """How far the truth is from an answered number at most, in so large a share of all tracks; None if not known.

    Args:
        facts: what model.json holds of a regression under "calibration".
        level: such as 0.9; the next higher one that is known is taken.
    """
    if facts.get("method") != "residuals":
        return None
    return next((float(w) for at, w in facts["half_widths"] if at >= level - 1e-9 and w is not None), None)

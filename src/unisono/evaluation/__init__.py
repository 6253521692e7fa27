"""From predictions to honest scores: the predictions table, scores with their signature, and what they are worth."""

from unisono.evaluation.calibration import calibration, reliability
from unisono.evaluation.intervals import intervals
from unisono.evaluation.predictions import (
    Judged,
    judged,
    predictions,
    read_predictions,
    write_predictions,
)
from unisono.evaluation.scoring import Learned, Stamp, score, score_excerpts, signature
from unisono.evaluation.significance import Comparison, compare, corrected_t, holm, wilcoxon

__all__ = [
    "Comparison",
    "Judged",
    "Learned",
    "Stamp",
    "calibration",
    "compare",
    "corrected_t",
    "holm",
    "intervals",
    "judged",
    "predictions",
    "read_predictions",
    "reliability",
    "score",
    "score_excerpts",
    "signature",
    "wilcoxon",
    "write_predictions",
]

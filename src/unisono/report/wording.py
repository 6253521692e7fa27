"""Numbers and scores in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_SPOKEN = {
    "f1_macro": "F1, mean over labels",
    "f1_micro": "F1, pooled",
    "log_loss": "log loss",
    "cohen_kappa": "Cohen's kappa",
    "roc_auc_macro": "ROC area, mean over labels",
    "roc_auc_micro": "ROC area, pooled",
    "average_precision_macro": "average precision, mean over labels",
    "average_precision_micro": "average precision, pooled",
    "r2": "R²",
    "rmse": "root mean squared error",
    "mae": "mean absolute error",
    "mse": "mean squared error",
    "pearson": "Pearson correlation",
    "spearman": "Spearman correlation",
    "level_cohen_kappa": "level kappa, quadratic",
    "within_range": "answers within the training range",
    "cross_entropy": "cross-entropy",
    "kl": "Kullback-Leibler divergence",
    "cosine": "cosine similarity",
    "top_1_agreement": "largest share agrees",
}

HEADLINE = {
    "multiclass": "accuracy",
    "multilabel": "roc_auc_macro",
    "regression": "r2",
    "distribution": "top_1_agreement",
}


@dataclass(frozen=True)
class Verdict:
    """One task in one sentence.

    Args:
        text: the sentence.
        level: "good", "doubtful" (the interval reaches the baseline), "none" (not better) or "unknown".
    """

    text: str
    level: str


def spoken(metric: str, kind: str = "") -> str:
    """A metric's name for readers.

    Example:
        >>> spoken("balanced_accuracy"), spoken("r2")
        ('balanced accuracy', 'R²')
    """
    if (kind, metric) == ("multilabel", "accuracy"):
        return "all labels of a track right"
    return _SPOKEN.get(metric, metric.replace("_", " "))


def number(value: float | int | None, digits: int = 3) -> str:
    """A score for a table: three digits that count, a true minus sign, a dash for what is not defined.

    Example:
        >>> number(0.61234), number(-12.3456), number(1234.5), number(None)
        ('0.612', '−12.3', '1,234', '–')
    """
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    size = abs(value)
    places = digits if size < 10 else 1 if size < 1000 else 0
    return f"{value:,.{places}f}".replace("-", "−")


def percent(share: float | None) -> str:
    """A share in per cent, with one digit below ten.

    Example:
        >>> percent(0.617), percent(0.043), percent(None)
        ('62 %', '4.3 %', '–')
    """
    if share is None:
        return "–"
    places = 1 if 0 < abs(share) < 0.0995 else 0
    return f"{100 * share:.{places}f} %".replace("-", "−")


def tracks(count: int) -> str:
    """So many tracks, in words.

    Example:
        >>> tracks(1), tracks(1200)
        ('1 track', '1,200 tracks')
    """
    return f"{count:,} track" + ("" if count == 1 else "s")


def verdict(scores: Mapping[str, Any]) -> Verdict:
    """What a task's scores say, for a reader who has never heard of them."""
    metric = HEADLINE[scores["kind"]]
    if scores.get(metric) is None:
        why = scores["undefined"].get(metric, "not known")
        return Verdict(f"Cannot be judged: {why}.", "unknown")
    text = _SENTENCES[scores["kind"]](scores)
    level = _level(scores, metric)
    closing = {
        "none": " That is not better than one constant answer.",
        "doubtful": " With so few tracks this may still be luck.",
    }
    return Verdict(text + closing.get(level, ""), level)


def _level(scores: Mapping[str, Any], metric: str) -> str:
    beaten = baseline(scores, "majority", metric)
    if beaten is None:
        return "unknown"
    if scores[metric] <= beaten:
        return "none"
    interval = (scores.get("interval") or {}).get(metric)
    return "doubtful" if interval is not None and interval[0] <= beaten else "good"


def baseline(scores: Mapping[str, Any], which: str, metric: str) -> float | None:
    """A metric of chance or majority, None where it is not known."""
    found: float | None = (scores.get(which) or {}).get(metric)
    return found


def _multiclass(scores: Mapping[str, Any]) -> str:
    sentence = f"Right for {percent(scores['accuracy'])} of {tracks(scores['n'])}"
    constant, chance = baseline(scores, "majority", "accuracy"), baseline(scores, "chance", "accuracy")
    if constant is not None:
        sentence += f"; always the most frequent training class {percent(constant)}, chance {percent(chance)}"
    return sentence + "."


def _multilabel(scores: Mapping[str, Any]) -> str:
    chance = baseline(scores, "chance", "roc_auc_macro")
    against = f"; chance {percent(chance)}" if chance is not None else ""
    return f"Puts a track with a label above one without in {percent(scores['roc_auc_macro'])} of all pairs{against}."


def _regression(scores: Mapping[str, Any]) -> str:
    off = f"off by {number(scores['mae'])} on average"
    constant = baseline(scores, "majority", "mae")
    against = f" (always the training median: {number(constant)})" if constant is not None else ""
    if scores["r2"] <= 0:
        return f"Explains nothing of the variation (R² {number(scores['r2'])}), {off}{against}."
    beside = "; always the training mean explains nothing" if baseline(scores, "majority", "r2") is not None else ""
    return f"Explains {percent(scores['r2'])} of the variation{beside}; {off}{against}."


def _distribution(scores: Mapping[str, Any]) -> str:
    constant = baseline(scores, "majority", "top_1_agreement")
    against = f"; always the mean shares {percent(constant)}" if constant is not None else ""
    return f"Finds the largest share of {percent(scores['top_1_agreement'])} of {tracks(scores['n'])}{against}."


_SENTENCES = {
    "multiclass": _multiclass,
    "multilabel": _multilabel,
    "regression": _regression,
    "distribution": _distribution,
}

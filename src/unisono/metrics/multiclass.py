"""Scores of tasks with exactly one label out of several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from unisono.metrics._checks import (
    NO_TRACK,
    Floats,
    Metric,
    OutOfFold,
    Score,
    Undefined,
    check_shares,
    checked,
    finished,
    known_rows,
    mean_of_defined,
    measure,
    no_baseline,
    training,
)
from unisono.metrics._counting import areas, cohen_kappa, f1_macro, log_loss

MAIN = ("f1_macro", "accuracy")
SCORES = (
    "accuracy",
    "balanced_accuracy",
    "f1_macro",
    "f1_micro",
    "log_loss",
    "top_3_accuracy",
    "cohen_kappa",
    "roc_auc_macro",
    "average_precision_macro",
)
_MANY = 200  # classes from which confusion matrix and ranking metrics are left out: their cost grows with the square
_TOP = 3
_AREAS = ("roc_auc_macro", "average_precision_macro")

Classes = NDArray[np.intp]


def validate(reference: ArrayLike, scores: ArrayLike, outputs: Sequence[str]) -> tuple[Floats, Floats]:
    """The labelled rows as float64: one-hot references and probabilities that sum to one.

    Raises: ValueError that names the likely cause.
    """
    truth, said = known_rows(*checked(reference, scores, outputs))
    if len(truth) and not (np.isin(truth, (0, 1)).all() and (truth.sum(axis=1) == 1).all()):
        raise ValueError("rows of the reference are not one-hot: is this a multilabel or distribution task?")
    check_shares(said, "scores")
    return truth, said / said.sum(axis=1, keepdims=True)


def evaluate(
    reference: ArrayLike,
    scores: ArrayLike,
    outputs: Sequence[str],
    *,
    train_reference: ArrayLike | OutOfFold | None = None,
) -> dict[str, Any]:
    """Scores of one multiclass task, in all and by class.

    Macro averages are over the classes that occur (F1: in the reference or in the answers, as scikit-learn does).

    Args:
        reference: one-hot rows, NaN where not labelled.
        scores: probabilities.
        outputs: the classes' names.
        train_reference: the training tracks' references, for the baselines.
    Shape: (tracks, classes), (tracks, classes); train_reference (others, classes)
    Raises: ValueError when the arrays cannot be a multiclass task's.
    Example:
        >>> found = evaluate([[1, 0], [0, 1]], [[0.9, 0.1], [0.6, 0.4]], ("rock", "jazz"))
        >>> found["accuracy"], found["confusion_matrix"]
        (0.5, [[1, 0], [1, 0]])
    """
    truth, said = validate(reference, scores, outputs)
    metrics = _metrics(len(outputs))
    found: dict[str, Any] = measure(metrics, truth, said) | _rankings(truth, said)
    found |= {"labels": list(outputs), "per_class": _per_class(truth, said, outputs)}
    found["confusion_matrix"] = confusion_matrix(truth, said)
    train = training(train_reference, reference, outputs)
    if train is None or not len(truth):
        return finished("multiclass", len(truth), found | no_baseline(len(truth)))
    shares = train.spread(lambda part: part.mean(axis=0))
    majority = measure(metrics, truth, shares) | _ranked_by_shares(truth, shares)
    found |= {"chance": _chance(truth, shares), "majority": majority}
    return finished("multiclass", len(truth), found)


def confusion_matrix(truth: Floats, said: Floats) -> list[list[int]] | Undefined:
    """Number of tracks by true class (row) and answered class (column)."""
    width = truth.shape[1]
    if width > _MANY:
        return Undefined(f"more than {_MANY} classes")
    cells = truth.argmax(axis=1) * width + said.argmax(axis=1)
    counts: list[list[int]] = np.bincount(cells, minlength=width * width).reshape(width, width).tolist()
    return counts


def _metrics(width: int) -> dict[str, Metric]:
    metrics: dict[str, Metric] = {
        "accuracy": _accuracy,
        "balanced_accuracy": _balanced_accuracy,
        "f1_macro": lambda t, s: f1_macro(t.argmax(axis=1), s.argmax(axis=1), t.shape[1]),
        "f1_micro": _accuracy,  # where every track has one label and one answer, they are the same
        "log_loss": log_loss,
        f"top_{_TOP}_accuracy": _top_accuracy,
        "cohen_kappa": _cohen_kappa,
    }
    if width <= _TOP:
        del metrics[f"top_{_TOP}_accuracy"]
    return metrics


def _accuracy(truth: Floats, said: Floats) -> Score:
    return float((truth.argmax(axis=1) == said.argmax(axis=1)).mean())


def _balanced_accuracy(truth: Floats, said: Floats) -> Score:
    right = truth[np.arange(len(truth)), said.argmax(axis=1)]
    counts = truth.sum(axis=0)
    hits = (truth * right[:, None]).sum(axis=0)
    return float((hits[counts > 0] / counts[counts > 0]).mean())


def _top_accuracy(truth: Floats, said: Floats) -> Score:
    best = np.argsort(-said, axis=1, kind="stable")[:, :_TOP]
    return float(np.take_along_axis(truth, best, axis=1).sum(axis=1).mean())


def _cohen_kappa(truth: Floats, said: Floats) -> Score:
    classes, answers = truth.argmax(axis=1), said.argmax(axis=1)
    if len(np.union1d(classes, answers)) < 2:
        return Undefined("one class only in the reference and in the answers")
    return cohen_kappa(classes, answers, truth.shape[1])


def _rankings(truth: Floats, said: Floats) -> dict[str, Score]:
    """Mean areas of the classes that occur, each against the others."""
    if not len(truth) or truth.shape[1] > _MANY:
        why = f"more than {_MANY} classes" if len(truth) else NO_TRACK
        return dict.fromkeys(_AREAS, Undefined(why))
    there = np.flatnonzero(truth.sum(axis=0))
    found, precisions = areas(truth[:, there], said[:, there])
    area = mean_of_defined(found[~np.isnan(found)].tolist(), "one class only in the reference")
    return dict(zip(_AREAS, (area, float(precisions.mean())), strict=True))


def _per_class(truth: Floats, said: Floats, outputs: Sequence[str]) -> dict[str, Any]:
    answers = np.eye(truth.shape[1])[said.argmax(axis=1)]
    hits, given, support = (truth * answers).sum(axis=0), answers.sum(axis=0), truth.sum(axis=0)
    return {
        name: {
            "precision": float(hits[c] / given[c]) if given[c] else Undefined("never answered"),
            "recall": float(hits[c] / support[c]) if support[c] else Undefined("not in the reference"),
            "f1": float(2 * hits[c] / (given[c] + support[c])) if given[c] + support[c] else Undefined("never seen"),
            "support": int(support[c]),
        }
        for c, name in enumerate(outputs)
    }


def _chance(truth: Floats, shares: Floats) -> dict[str, Score]:
    """Expected scores of answering with the class of a random training track.

    F1 is that of the expected counts; log loss and rankings are those of stating the training shares for every track.

    Args:
        shares: of the classes in the training tracks of each track's fold.
    Shape: truth and shares (tracks, classes)
    """
    there, given, hits = truth.mean(axis=0), shares.mean(axis=0), (truth * shares).mean(axis=0)
    seen = (there > 0) | (given > 0)
    agreed = float(hits.sum())
    expected: dict[str, Score] = {
        "accuracy": agreed,
        "balanced_accuracy": float((hits[there > 0] / there[there > 0]).mean()),
        "f1_macro": float((2 * hits[seen] / (there[seen] + given[seen])).mean()),
        "f1_micro": agreed,
        "cohen_kappa": 0.0,
        "log_loss": log_loss(truth, shares),
    }
    return expected | _ranked_by_shares(truth, shares)


def _ranked_by_shares(truth: Floats, shares: Floats) -> dict[str, Score]:
    """Of stating shares: they rank classes, not tracks, also where the folds' shares differ by chance."""
    return _rankings(truth, np.tile(shares.mean(axis=0), (len(truth), 1)))

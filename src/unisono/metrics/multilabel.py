"""Scores of tasks where any number of labels may apply at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from unisono.metrics._checks import (
    NO_TRACK,
    Floats,
    OutOfFold,
    Score,
    Training,
    Undefined,
    checked,
    finished,
    mean_of_defined,
    no_baseline,
    training,
)
from unisono.metrics._counting import areas

MAIN = ("roc_auc_macro", "average_precision_macro")
SCORES = (
    "roc_auc_macro",
    "average_precision_macro",
    "f1_macro",
    "roc_auc_micro",
    "average_precision_micro",
    "f1_micro",
    "accuracy",
    "log_loss",
)
_NO_POSITIVE, _NO_NEGATIVE = "no track has it in the reference", "every track has it in the reference"

_NONE = {  # why a macro average does not exist
    "roc_auc": "each label has one class only in the reference",
    "average_precision": "no track has any of the labels in the reference",
    "f1": "no label is given to or known of any track",
}
_AREAS = ("roc_auc", "average_precision")

Bools = NDArray[np.bool_]


def validate(reference: ArrayLike, scores: ArrayLike, outputs: Sequence[str]) -> tuple[Floats, Floats]:
    """Both arrays as float64: 0, 1 or NaN, and probabilities in [0, 1].

    Raises: ValueError that names the likely cause.
    """
    truth, said = checked(reference, scores, outputs)
    if not np.isin(truth[~np.isnan(truth)], (0, 1)).all():
        raise ValueError(
            "the reference holds other values than 0, 1 and NaN: is this a regression or distribution task?"
        )
    if said.size and (said.min() < 0 or said.max() > 1):
        raise ValueError("scores lie outside [0, 1]: are these logits instead of the task's scores()?")
    return truth, said


def evaluate(
    reference: ArrayLike,
    scores: ArrayLike,
    outputs: Sequence[str],
    *,
    train_reference: ArrayLike | OutOfFold | None = None,
    thresholds: Sequence[float] | None = None,
) -> dict[str, Any]:
    """Scores of one multilabel task, in all and by label.

    A macro average is over the labels for which the metric exists; `averaged` counts them.

    Args:
        reference: 0, 1, or NaN where a label of a track is not known.
        scores: probabilities.
        outputs: the labels' names.
        train_reference: the training tracks' references, for the baselines.
        thresholds: probability from which a label counts as given, one a label; 0.5 when left out.
    Shape: (tracks, labels), (tracks, labels); train_reference (others, labels)
    Raises: ValueError when the arrays cannot be a multilabel task's.
    Example:
        >>> found = evaluate([[1, 0], [0, 1], [1, 1]], [[0.9, 0.4], [0.2, 0.8], [0.7, 0.3]], ("warm-up", "peak"))
        >>> found["roc_auc_macro"], found["per_label"]["warm-up"]["f1"]
        (0.75, 1.0)
    """
    truth, said = validate(reference, scores, outputs)
    borders = np.asarray((0.5,) * len(outputs) if thresholds is None else thresholds, np.float32)
    if borders.shape != (len(outputs),):
        raise ValueError(f"{len(borders)} thresholds for {len(outputs)} labels: one a label is needed")
    given = said.astype(np.float32) >= borders  # in the precision of scores, so that a score on its threshold counts
    rankings = _rankings(truth, said)
    labels = [
        {**ranking, **_of_label(truth[:, c], given[:, c]), "threshold": round(float(border), 6)}
        for c, (border, ranking) in enumerate(zip(borders, rankings, strict=True))
    ]
    found = _overall(truth, said, given, labels)
    found["per_label"] = dict(zip(outputs, labels, strict=True))
    train = training(train_reference, reference, outputs, partly=True)
    count = int((~np.isnan(truth)).any(axis=1).sum())
    baselines = no_baseline(count) if train is None or not count else _baselines(truth, train)
    return finished("multilabel", count, found | baselines)


def _rankings(truth: Floats, said: Floats) -> list[dict[str, Score]]:
    """Areas of each label."""
    known = ~np.isnan(truth)
    found = zip(*areas(truth, said, None if known.all() else known), strict=True)
    lacks = (_lack(truth[mask, c]) for c, mask in enumerate(known.T))
    return [
        {name: Undefined(why) if np.isnan(value) else float(value) for name, value in zip(_AREAS, values, strict=True)}
        for values, why in zip(found, lacks, strict=True)
    ]


def _of_label(truth: Floats, chosen: Bools) -> dict[str, Any]:
    known = ~np.isnan(truth)
    truth, chosen = truth[known], chosen[known]
    given, support, hits = int(chosen.sum()), int(truth.sum()), int(truth[chosen].sum())
    return {
        "precision": hits / given if given else Undefined("never given"),
        "recall": hits / support if support else Undefined(_lack(truth)),
        "f1": 2 * hits / (given + support) if given + support else Undefined("neither given nor in the reference"),
        "support": support,
        "n": len(truth),
    }


def _overall(truth: Floats, said: Floats, given: Bools, labels: list[dict[str, Any]]) -> dict[str, Any]:
    known = ~np.isnan(truth)
    flat_truth, flat_said, flat_given = truth[known], said[known], given[known]
    whole = known.all(axis=1)
    hits, both = flat_truth[flat_given].sum(), flat_given.sum() + flat_truth.sum()
    nothing = Undefined(NO_TRACK)
    found: dict[str, Score] = {
        f"{metric}_macro": mean_of_defined([label[metric] for label in labels], _NONE[metric]) for metric in _NONE
    }
    found |= {
        **_micro(flat_truth, flat_said),
        "f1_micro": float(2 * hits / both) if both else Undefined("no label in any track"),
        "accuracy": float((given == truth)[whole].all(axis=1).mean()) if whole.any() else nothing,
        "log_loss": _log_loss(flat_truth, flat_said) if known.any() else nothing,
    }
    averaged = {m: sum(not isinstance(label[m], Undefined) for label in labels) for m in ("roc_auc", "f1")}
    return {**found, "averaged": averaged}


def _micro(truth: Floats, said: Floats) -> dict[str, Score]:
    """Areas of all cells as if they were one label's. Shape: (cells,) both"""
    (found,) = _rankings(truth[:, None], said[:, None])
    return {f"{name}_micro": score for name, score in found.items()}


def _log_loss(truth: Floats, said: Floats) -> float:
    tiny = np.finfo(np.float64).eps
    said = np.clip(said, tiny, 1 - tiny)
    return float(-(truth * np.log(said) + (1 - truth) * np.log(1 - said)).mean())


def _lack(truth: Floats) -> str:
    if not len(truth):
        return NO_TRACK
    return _NO_NEGATIVE if truth.any() else _NO_POSITIVE


def _baselines(truth: Floats, train: Training) -> dict[str, Any]:
    """Chance gives each label as often as the training tracks have it (F1 of the expected counts).

    The best constant answer depends on the metric: every label for F1, each label's more frequent side for accuracy,
    the training shares for log loss. The training shares rank labels but not tracks: areas of 0.5 label by label.
    """
    known = ~np.isnan(truth)
    taught = np.all([(~np.isnan(part)).any(axis=0) for part in train.parts], axis=0)
    usable = taught & known.any(axis=0)
    if not usable.any():
        return {"chance": Undefined(NO_TRACK), "majority": Undefined(NO_TRACK)}
    truth, known = truth[:, usable], known[:, usable]
    shares = train.spread(lambda part: np.nanmean(part[:, usable], axis=0))
    stated = _ranked_by_shares(truth, shares) | {"log_loss": _log_loss(truth[known], shares[known])}
    whole = known.all(axis=1)
    agreed = np.prod(np.where(truth == 1, shares, 1 - shares), axis=1)[whole]
    frequent = (truth == (shares >= 0.5)).all(axis=1)[whole]
    return {
        "chance": {**_f1_of_rates(truth, shares), "accuracy": _mean(agreed), **stated},
        "majority": {**_f1_of_rates(truth, np.ones_like(shares)), "accuracy": _mean(frequent), **stated},
    }


def _f1_of_rates(truth: Floats, rates: Floats) -> dict[str, Score]:
    """F1 of the expected counts when each label is given at a rate, whatever the track.

    Shape: (tracks, labels) both
    """
    known = ~np.isnan(truth)
    given, there = (rates * known).sum(axis=0), np.nansum(truth, axis=0)
    hits, seen = np.nansum(rates * truth, axis=0), given + there > 0
    every = float((given + there).sum())
    return {
        "f1_macro": _mean(2 * hits[seen] / (given[seen] + there[seen])),
        "f1_micro": float(2 * hits.sum() / every) if every else Undefined("no label in any track"),
    }


def _ranked_by_shares(truth: Floats, shares: Floats) -> dict[str, Score]:
    """Rankings by the folds' mean shares: those of single folds differ by chance and would seem to rank tracks."""
    known = ~np.isnan(truth)
    stated = np.broadcast_to(shares.mean(axis=0), truth.shape)
    labels = _rankings(truth, stated)
    macro = {f"{name}_macro": mean_of_defined([one[name] for one in labels], _NONE[name]) for name in _AREAS}
    return macro | _micro(truth[known], stated[known])


def _mean(values: Floats | Bools) -> Score:
    return float(values.mean()) if len(values) else Undefined("no track with all labels known")

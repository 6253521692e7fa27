"""Scores of tasks whose answer is a number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from sklearn import metrics as sk

from unisono.metrics._checks import (
    NO_TRACK,
    NO_TRAINING,
    Floats,
    Metric,
    OutOfFold,
    Score,
    Training,
    Undefined,
    checked,
    finished,
    known_rows,
    measure,
    no_baseline,
    training,
)
from unisono.metrics._counting import absolute_error, r2, squared_error

MAIN = ("r2", "mae")
SCORES = ("r2", "rmse", "mae", "mse", "pearson", "spearman", "within_range", "level_accuracy", "level_cohen_kappa")
_CONSTANT = "the reference is constant"


def validate(reference: ArrayLike, scores: ArrayLike, outputs: Sequence[str]) -> tuple[Floats, Floats]:
    """The labelled tracks' true and answered numbers.

    Shape: (tracks, 1), (tracks, 1) -> (labelled,), (labelled,)
    Raises: ValueError that names the likely cause.
    """
    if len(outputs) != 1:
        raise ValueError(f"{len(outputs)} outputs but a regression has one: is this a distribution task?")
    truth, said = known_rows(*checked(reference, scores, outputs))
    return truth[:, 0], said[:, 0]


def evaluate(
    reference: ArrayLike,
    scores: ArrayLike,
    outputs: Sequence[str],
    *,
    train_reference: ArrayLike | OutOfFold | None = None,
    levels: Sequence[float] = (),
) -> dict[str, Any]:
    """Scores of one regression task, in the user's own unit.

    Args:
        reference: numbers, NaN where not labelled.
        scores: the answered numbers.
        outputs: one name, usually empty.
        train_reference: the training tracks' references, for the baselines and `within_range`.
        levels: the numbers that users give; an answer counts as the nearest of them.
    Shape: (tracks, 1), (tracks, 1); train_reference (others, 1)
    Raises: ValueError when the arrays cannot be a regression task's.
    Example:
        >>> found = evaluate([[1.0], [2.0], [3.0]], [[1.2], [1.8], [2.2]], ("",), levels=(1, 2, 3))
        >>> round(found["r2"], 2), round(found["level_accuracy"], 2)
        (0.64, 0.67)
    """
    truth, said = validate(reference, scores, outputs)
    train = training(train_reference, reference, outputs)
    borders = np.sort(np.asarray(levels, np.float64))
    metrics = _metrics(borders)
    found: dict[str, Any] = {**measure(metrics, truth, said), "within_range": _within_range(said, train)}
    if len(borders):
        found |= {"levels": borders.tolist(), "level_confusion_matrix": _level_confusion(truth, said, borders)}
    if train is None or not len(truth):
        return finished("regression", len(truth), found | no_baseline(len(truth)))
    found["chance"] = _chance(truth, train, borders)
    found["majority"] = _constant(truth, train, borders)
    return finished("regression", len(truth), found)


def nearest_level(values: Floats, levels: Floats) -> NDArray[np.intp]:
    """Index of the nearest level of each value, the lower one where two are equally near.

    Args:
        values: any numbers.
        levels: in rising order.
    Shape: (n,), (levels,) -> (n,)
    """
    return np.searchsorted((levels[1:] + levels[:-1]) / 2, values)


def _metrics(levels: Floats) -> dict[str, Metric]:
    metrics: dict[str, Metric] = {
        "r2": _r2,
        "rmse": lambda t, s: squared_error(t, s) ** 0.5,
        "mae": absolute_error,
        "mse": squared_error,
        "pearson": lambda t, s: _correlation(t, s, "pearson"),
        "spearman": lambda t, s: _correlation(t, s, "spearman"),
    }
    if len(levels):
        metrics["level_accuracy"] = lambda t, s: float((nearest_level(t, levels) == nearest_level(s, levels)).mean())
        metrics["level_cohen_kappa"] = lambda t, s: _level_kappa(nearest_level(t, levels), nearest_level(s, levels))
    return metrics


def _r2(truth: Floats, said: Floats) -> Score:
    if _constant_values(truth):
        return Undefined(_CONSTANT if len(truth) > 1 else "one labelled track only")
    return r2(truth, said)


def _correlation(truth: Floats, said: Floats, kind: str) -> Score:
    if _constant_values(truth) or _constant_values(said):
        return Undefined(_CONSTANT if _constant_values(truth) else "the answers are constant")
    if kind == "spearman":
        truth, said = stats.rankdata(truth), stats.rankdata(said)
    return float(np.corrcoef(truth, said)[0, 1])


def _constant_values(values: Floats) -> bool:
    """Also true of values that differ by rounding only: 1e-9 of their size is no variation."""
    return bool(np.ptp(values) <= 1e-9 * max(1e-30, float(np.abs(values).max())))


def _level_kappa(truth: NDArray[np.intp], said: NDArray[np.intp]) -> Score:
    if len(np.union1d(truth, said)) < 2:
        return Undefined("one level only in the reference and in the answers")
    every = np.arange(max(truth.max(), said.max()) + 1)
    return float(sk.cohen_kappa_score(truth, said, labels=every, weights="quadratic"))


def _level_confusion(truth: Floats, said: Floats, levels: Floats) -> list[list[int]]:
    cells = nearest_level(truth, levels) * len(levels) + nearest_level(said, levels)
    counts: list[list[int]] = np.bincount(cells, minlength=len(levels) ** 2).reshape(len(levels), -1).tolist()
    return counts


def _within_range(said: Floats, train: Training | None) -> Score:
    """Share of the answers between the lowest and the highest training label."""
    if train is None or not len(said):
        return Undefined(NO_TRACK if train is not None else NO_TRAINING)
    return float(((said >= train.spread(np.min)) & (said <= train.spread(np.max))).mean())


def _chance(truth: Floats, train: Training, levels: Floats) -> dict[str, Score]:
    """Expected scores of answering with the number of a random training track (R2 and RMSE of the expected MSE)."""
    mse = float((train.spread(np.var) + (truth - train.spread(np.mean)) ** 2).mean())
    expected: dict[str, Score] = {
        "r2": Undefined(_CONSTANT) if _constant_values(truth) else 1 - mse / float(truth.var()),
        "rmse": mse**0.5,
        "mae": _mean_distance(truth, train),
        "mse": mse,
        "pearson": 0.0,
        "spearman": 0.0,
    }
    if len(levels):
        shares = train.spread(lambda part: _counts(part, levels) / len(part))
        agreed = shares[np.arange(len(truth)), nearest_level(truth, levels)]
        expected |= {"level_accuracy": float(agreed.mean()), "level_cohen_kappa": 0.0}
    return expected


def _counts(train: Floats, levels: Floats) -> NDArray[np.intp]:
    """How many training labels are nearest to each level."""
    return np.bincount(nearest_level(train[:, 0], levels), minlength=len(levels))


def _mean_distance(truth: Floats, train: Training) -> float:
    """Mean of |a - b| over all pairs of a fold, from sorted sums instead of the pairs themselves."""
    total = 0.0
    for number, part in enumerate(train.parts):
        mine, order = truth[train.fold == number], np.sort(part[:, 0])
        below = np.concatenate([[0.0], np.cumsum(order)])
        place = np.searchsorted(order, mine)
        sums = mine * place - below[place] + (below[-1] - below[place]) - mine * (len(order) - place)
        total += float(sums.sum()) / len(order)
    return total / len(truth)


def _constant(truth: Floats, train: Training, levels: Floats) -> dict[str, Score]:
    """The best constant for each metric: the training mean, for the absolute error the median, the commonest level."""
    mean, median = train.spread(np.mean), train.spread(np.median)
    every = _metrics(levels)
    best = {name: every[name](truth, median if name == "mae" else mean) for name in ("r2", "rmse", "mae", "mse")}
    if len(levels):
        commonest = train.spread(lambda part: _counts(part, levels).argmax())
        best["level_accuracy"] = float((nearest_level(truth, levels) == commonest).mean())
        best["level_cohen_kappa"] = 0.0
    return best

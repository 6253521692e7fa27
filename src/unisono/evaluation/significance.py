"""Whether one configuration beats another: paired tests that know that runs share their tracks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

_LEVEL = 0.95
_SAME = 1e-12  # apart: 0.6 - 0.5 and 0.7 - 0.6 are the same difference


@dataclass(frozen=True)
class Comparison:
    """A paired comparison of two configurations over the same splits and seeds.

    Args:
        difference: mean of (this - baseline).
        deviation: standard deviation of the differences, n - 1.
        interval: 95 % interval of the mean difference, corrected for shared tracks.
        effect: difference over deviation; None where they do not vary.
        p: of the corrected t test; of the sign test where the differences do not vary.
        p_wilcoxon: of the signed-rank test, which knows nothing of shared tracks.
        detectable: smallest difference that this many runs would have found in 4 of 5 cases; None where the differences
            do not vary, which says nothing of how much others would.
    """

    difference: float
    deviation: float
    interval: tuple[float, float]
    effect: float | None
    p: float
    p_wilcoxon: float
    detectable: float | None


def corrected_t(differences: ArrayLike, test_share: float) -> tuple[float, float]:
    """t and two-sided p of paired differences over resampled splits.

    Nadeau and Bengio (2003): the variance of the mean is (1 / runs + test / train) times that of the differences,
    because the runs' training tracks overlap. `test_share = 0` is the plain paired t test. Scores of few tracks are
    coarse, so that runs may differ by the very same number: there is no t then, and p is that of the sign test.

    Args:
        differences: one a run.
        test_share: number of test tracks over number of training tracks of a run.
    Shape: (runs,)
    Raises: ValueError for fewer than two runs or a negative share.
    """
    values, error = _checked(differences, test_share)
    mean = float(values.mean())
    if error == 0:
        return (0.0, 1.0) if mean == 0 else (float(np.copysign(np.inf, mean)), 2.0 ** (1 - len(values)))
    statistic = mean / error
    return statistic, float(2 * stats.t.sf(abs(statistic), len(values) - 1))


def wilcoxon(differences: ArrayLike) -> float:
    """Two-sided p of the signed-rank test; 1 where no difference is other than zero.

    Shape: (runs,)
    """
    values = np.asarray(differences, np.float64)
    return float(stats.wilcoxon(values).pvalue) if np.any(values != 0) else 1.0


def holm(p_values: Sequence[float]) -> list[float]:
    """p values adjusted for their number by Holm's step-down method (1979), in the given order.

    Example:
        >>> holm([0.01, 0.04, 0.03])
        [0.03, 0.06, 0.06]
    """
    raw = np.asarray(p_values, np.float64)
    order = np.argsort(raw, kind="stable")
    stepped = np.maximum.accumulate(raw[order] * np.arange(len(raw), 0, -1))
    adjusted = np.empty_like(raw)
    adjusted[order] = np.minimum(stepped, 1)
    return [float(p) for p in adjusted]


def compare(this: ArrayLike, baseline: ArrayLike, test_share: float) -> Comparison:
    """Compare two configurations run by run.

    Args:
        this: one score a run.
        baseline: the other's scores of the same splits and seeds, in the same order.
        test_share: number of test tracks over number of training tracks of a run.
    Shape: (runs,), (runs,)
    Raises: ValueError for unequal or fewer than two runs.
    """
    ours, others = np.asarray(this, np.float64), np.asarray(baseline, np.float64)
    if ours.shape != others.shape:
        raise ValueError(f"{ours.shape} scores against {others.shape}: a paired comparison needs the same runs of both")
    values, error = _checked(ours - others, test_share)
    mean, deviation, free = float(values.mean()), float(values.std(ddof=1)), len(values) - 1
    half = float(stats.t.ppf(0.5 + _LEVEL / 2, free)) * error
    return Comparison(
        difference=mean,
        deviation=deviation,
        interval=(mean - half, mean + half),
        effect=mean / deviation if error else None,
        p=corrected_t(values, test_share)[1],
        p_wilcoxon=wilcoxon(values),
        detectable=detectable(values, test_share),
    )


def detectable(differences: ArrayLike, test_share: float, alpha: float = 0.05, power: float = 0.8) -> float | None:
    """The smallest difference that so many runs would have found with this power; None where differences do not vary.

    Args:
        differences: one a run.
        test_share: number of test tracks over number of training tracks of a run.
        alpha: chance of a false finding; for one of several comparisons its share.
        power: how often a true difference is to be found.
    Shape: (runs,)
    Raises: ValueError for fewer than two runs or a negative share.
    """
    values, error = _checked(differences, test_share)
    free = len(values) - 1
    return float(stats.t.ppf(1 - alpha / 2, free) + stats.t.ppf(power, free)) * error if error else None


def _checked(differences: ArrayLike, test_share: float) -> tuple[NDArray[np.float64], float]:
    """The differences, and the corrected standard error of their mean: 0 where only the last bits differ."""
    values = np.asarray(differences, np.float64)
    if values.ndim != 1 or len(values) < 2:
        raise ValueError(f"{values.size} runs but at least two are needed to compare")
    if test_share < 0:
        raise ValueError(f"test_share is {test_share} but the number of test over training tracks is never negative")
    if np.ptp(values) <= _SAME * max(1.0, float(np.abs(values).max())):
        return values, 0.0
    return values, float(np.sqrt((1 / len(values) + test_share) * values.var(ddof=1)))

"""Thresholds that keep a promise: from which confidence so large a share of a label's tags is right, with certainty."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import beta

from unisono.evaluation.predictions import Judged
from unisono.model.sureness import POSITIVES, PRECISIONS, Grown, Numeric, in_levels, labels_of, stated
from unisono.tasks import Array, Task

CERTAINTY = 0.95  # of each label's precision being at least as large as asked
_FIRST, _RATIO = 20, 1.4  # how many of the surest tags are looked at: 20, 28, 39 ...

Steps = list[float | None]  # one threshold for each of PRECISIONS, None: never sure


def lower_bound(right: ArrayLike, of: ArrayLike, certainty: float = CERTAINTY) -> NDArray[np.float64]:
    """The least share that goes with so many right ones, one-sided (Clopper and Pearson, 1934).

    Example:
        >>> float(lower_bound(30, 30).round(3)), float(lower_bound(95, 100).round(3))
        (0.905, 0.898)
    """
    hits, all_of = np.asarray(right, np.float64), np.asarray(of, np.float64)
    return np.where(hits > 0, beta.ppf(1 - certainty, np.maximum(hits, 1), all_of - hits + 1), 0.0)


def upper_bound(right: ArrayLike, of: ArrayLike, certainty: float = CERTAINTY) -> NDArray[np.float64]:
    """The greatest share that goes with so many right ones, one-sided."""
    hits, all_of = np.asarray(right, np.float64), np.asarray(of, np.float64)
    return 1 - lower_bound(all_of - hits, all_of, certainty)


def threshold(confidence: ArrayLike, right: ArrayLike, precision: float) -> float | None:
    """The least confidence at and above which at least so large a share of the tags is right; None for never.

    The surest 20, 28, 39 ... tags are looked at, and all of them; which numbers these are does not depend on what is
    right, so that all their bounds hold together (Bonferroni). The largest of these sets whose bound reaches the
    precision decides.

    Args:
        confidence: of tags that were said.
        right: which of them are so.
    """
    sure, so = np.asarray(confidence, np.float64), np.asarray(right, np.float64)
    order = np.argsort(-sure, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(sure[order])) + 1, len(sure)) if len(sure) else np.zeros(0, int)
    counts = _looked_at(ends, precision)
    if not len(counts):
        return None
    hits = np.cumsum(so[order])[counts - 1]
    good = lower_bound(hits, counts, 1 - (1 - CERTAINTY) / len(counts)) >= precision
    return float(sure[order][counts[good][-1] - 1]) if good.any() else None


def fitted_thresholds(task: Task, one: Judged, sure: Array) -> dict[str, Any]:
    """What model.json holds of a task under "thresholds".

    "labels" (or a number's levels) and "parents", the nodes of the tree, have a step for each precision; a number has
    "half_widths", one for each; "tracks" counts those that could vouch, by label.

    Args:
        one: what is true and what the model said of the calibration part.
        sure: `confidence` of the same tracks.
    """
    said, truth = stated(task, one.scores), truth_of(task, one.reference)
    known = ~np.isnan(truth)
    counts = np.nansum(truth if isinstance(task, Numeric) else one.reference, axis=0)
    tracks = {label: int(n) for label, n in zip(labels_of(task), counts, strict=True)}
    labels: dict[str, Steps | None] = {}
    for i, (label, count) in enumerate(tracks.items()):
        rows = said[:, i] & known[:, i]
        labels[label] = _steps(sure[rows, i], truth[rows, i]) if count >= POSITIVES else None
    found: dict[str, Any] = {"labels": labels, "parents": {}, "tracks": tracks}
    if isinstance(task, Grown) and task.tree:
        found["parents"] = _parents(task, one, sure, labels)
    if isinstance(task, Numeric):
        found["half_widths"] = half_widths(one.reference[:, 0] - one.scores[:, 0], one.reference[:, 0], task.range)
        found["tracks"] = tracks or {"": int((~np.isnan(one.reference[:, 0])).sum())}
    return found


def half_widths(errors: ArrayLike, reference: ArrayLike, bounds: tuple[float, float] | None) -> Steps:
    """For each of PRECISIONS, how far off numbers are at most: the least error at and below which at least so large a
    share of the tracks lies, by the same lower bound as for labels.

    The k-th smallest of n errors holds for a share of all tracks that is Beta(k, n + 1 - k) distributed, whatever the
    errors' distribution, so the bound of k right ones of n is exact here. None where nothing vouches, and where the
    interval would be as wide as the range: that says nothing.

    Args:
        errors: truth minus answer, NaN where not labelled.
        reference: the truth; what lies outside the bounds is missed by every interval, for these are cut to them.
        bounds: the task's range.
    Shape: (tracks,), (tracks,)
    """
    off, truth = np.abs(np.asarray(errors, np.float64)), np.asarray(reference, np.float64)
    low, high = bounds or (-np.inf, np.inf)
    off[(truth < low) | (truth > high)] = np.inf
    off = np.sort(off[~np.isnan(off)])
    if len(off) < POSITIVES:
        return [None] * len(PRECISIONS)
    shares = lower_bound(np.arange(1, len(off) + 1), len(off))
    widths = [off[k] if k < len(off) else np.inf for k in np.searchsorted(shares, PRECISIONS)]
    return [float(width) if width < (high - low) / 2 else None for width in widths]


def truth_of(task: Task, reference: Array) -> Array:
    """Where a label is right: also on a track of a kind of it, if the labels have a tree; of a number its level."""
    if isinstance(task, Numeric):
        return in_levels(task, reference)
    if not isinstance(task, Grown) or not task.tree:
        return reference
    return np.stack([reference[:, list(task.below(label))].max(axis=1) for label in task.outputs], axis=1)


def _looked_at(ends: NDArray[np.int64], precision: float) -> NDArray[np.int64]:
    """How many of the surest tags are looked at: sets that equal confidences do not tear, large enough to tell."""
    if not len(ends):
        return ends
    wanted = [_FIRST]
    while wanted[-1] < ends[-1]:
        wanted.append(int(np.ceil(wanted[-1] * _RATIO)))
    at = np.unique(ends[np.minimum(np.searchsorted(ends, wanted), len(ends) - 1)])
    while len(at):
        least = np.log((1 - CERTAINTY) / len(at)) / np.log(precision)
        if at[0] >= least:
            break
        at = at[1:]
    return at


def _steps(sure: Array, right: Array) -> Steps | None:
    steps = [threshold(sure, right, precision) for precision in PRECISIONS]
    return steps if any(step is not None for step in steps) else None


def _parents(task: Grown, one: Judged, sure: Array, labels: dict[str, Steps | None]) -> dict[str, Steps | None]:
    """Nodes from the nearest up, each on the tracks for which nothing below it was sure: these it will be asked of."""
    names = list(labels)
    known = ~np.isnan(one.reference).any(axis=1)
    best = sure.argmax(axis=1)
    at_best = sure[np.arange(len(sure)), best]
    open_ = np.array([known & ~_at_least(at_best, [labels[names[b]] for b in best], s) for s in range(len(PRECISIONS))])
    found: dict[str, Steps | None] = {}
    for node in _upwards(task, names):
        below = list(task.below(node))
        asked = np.array([node in task.above(names[b]) for b in best], np.bool_)
        mass = sure[:, below].sum(axis=1, dtype=np.float64)
        so = one.reference[:, below].max(axis=1)
        if np.nansum(so) < POSITIVES:
            found[node] = None
            continue
        steps: Steps = []
        for number, precision in enumerate(PRECISIONS):
            rows = open_[number] & asked
            steps.append(threshold(mass[rows], so[rows], precision))
            if steps[-1] is not None:
                open_[number] &= ~(asked & (mass >= steps[-1]))
        found[node] = steps if any(step is not None for step in steps) else None
    return found


def _at_least(values: Array, limits: Sequence[Steps | None], step: int) -> NDArray[np.bool_]:
    levels = [np.inf if steps is None or steps[step] is None else steps[step] for steps in limits]
    return np.asarray(values >= np.array(levels, np.float64))


def _upwards(task: Grown, labels: Iterable[str]) -> list[str]:
    """The nodes above labels, children before parents."""
    nodes = {node: len(task.above(node)) for label in labels for node in task.above(label)}
    return sorted(nodes, key=lambda node: (-nodes[node], node))

"""How far the headline scores would scatter on other tracks: seeded bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import rel_entr

from unisono.metrics import main_metrics

Floats = NDArray[np.float64]
Resampled = Callable[[Floats, Floats, Floats], dict[str, Floats]]

_REPLICATES = 1000
_AT_ONCE = 50
_LEVEL = 0.95


def intervals(
    kind: str, reference: NDArray[Any], scores: NDArray[Any], groups: NDArray[np.int64] | None, seed: int
) -> dict[str, Any]:
    """95 % percentile intervals of the headline metrics by resampling tracks, or whole groups where they are known.

    Tracks of one artist are alike: resampling tracks alone would make intervals too narrow.

    Args:
        kind: the task's kind.
        reference: what is true, NaN where not labelled.
        scores: what was said.
        groups: number of each track's group.
        seed: of the resampling.
    Shape: (tracks, outputs), (tracks, outputs), (tracks,)
    """
    truth, said = np.asarray(reference, np.float64), np.asarray(scores, np.float64)
    known = ~np.isnan(truth).all(axis=1) if kind == "multilabel" else ~np.isnan(truth).any(axis=1)
    rows = np.flatnonzero(known)
    units = np.arange(len(rows)) if groups is None else np.unique(groups[rows], return_inverse=True)[1]
    count = int(units.max()) + 1 if len(rows) else 0
    stated: dict[str, Any] = {"level": _LEVEL, "replicates": _REPLICATES, "seed": seed}
    stated["resampled"] = "tracks" if groups is None else "groups"
    if count < 2:
        return {**dict.fromkeys(main_metrics(kind)), **stated, "why": "fewer than two tracks or groups"}
    generator = np.random.default_rng(seed)
    found = [
        _METRICS[kind](truth[rows], said[rows], _drawn(generator, count)[:, units])
        for _ in range(_REPLICATES // _AT_ONCE)
    ]
    return {**{name: _between(np.concatenate([one[name] for one in found])) for name in main_metrics(kind)}, **stated}


def _drawn(generator: np.random.Generator, count: int) -> Floats:
    """How often each unit is drawn, with replacement, in each of some replicates."""
    picks = generator.integers(count, size=(_AT_ONCE, count)) + np.arange(_AT_ONCE)[:, None] * count
    return np.bincount(picks.ravel(), minlength=_AT_ONCE * count).reshape(_AT_ONCE, count).astype(np.float64)


def _between(values: Floats) -> list[float] | None:
    known = values[np.isfinite(values)]
    tail = (1 - _LEVEL) / 2
    return [float(v) for v in np.quantile(known, [tail, 1 - tail])] if len(known) else None


def _weighted_mean(values: Floats, weights: Floats) -> Floats:
    return np.asarray(weights @ values / weights.sum(axis=1))


def accuracy(truth: Floats, said: Floats, weights: Floats) -> Floats:
    """Share of the tracks whose largest score is where the largest reference is."""
    return _weighted_mean((truth.argmax(axis=1) == said.argmax(axis=1)).astype(np.float64), weights)


def f1_macro(truth: Floats, said: Floats, weights: Floats) -> Floats:
    """Mean F1 over the classes that occur in the replicate, in the reference or in the answers."""
    tracks, width = np.arange(len(truth)), truth.shape[1]
    classes, answers = truth.argmax(axis=1), said.argmax(axis=1)
    one = np.ones(len(truth))
    support = weights @ sparse.csr_array((one, (tracks, classes)), (len(truth), width))
    given = weights @ sparse.csr_array((one, (tracks, answers)), (len(truth), width))
    hits = weights @ sparse.csr_array(((classes == answers).astype(float), (tracks, classes)), (len(truth), width))
    both = support + given
    return np.asarray(np.nanmean(_ratio(2 * hits, both), axis=1))


def r2(truth: Floats, said: Floats, weights: Floats) -> Floats:
    """Share of the variance explained; NaN where a replicate's reference is constant."""
    wrong = _weighted_mean((truth[:, 0] - said[:, 0]) ** 2, weights)
    mean = _weighted_mean(truth[:, 0], weights)[:, None]
    spread = (weights * (truth[:, 0] - mean) ** 2).sum(axis=1) / weights.sum(axis=1)
    return 1 - _ratio(wrong, spread)


def mae(truth: Floats, said: Floats, weights: Floats) -> Floats:
    """Mean absolute error."""
    return _weighted_mean(np.abs(truth[:, 0] - said[:, 0]), weights)


def kl(truth: Floats, said: Floats, weights: Floats) -> Floats:
    """Mean Kullback-Leibler divergence."""
    return _weighted_mean(rel_entr(truth, np.clip(said, np.finfo(np.float64).eps, 1)).sum(axis=1), weights)


def ranking_areas(truth: Floats, said: Floats, weights: Floats) -> dict[str, Floats]:
    """Mean ROC area and mean average precision over the labels for which they exist in the replicate."""
    areas: dict[str, list[Floats]] = {"roc_auc_macro": [], "average_precision_macro": []}
    for label in range(truth.shape[1]):
        known = np.flatnonzero(~np.isnan(truth[:, label]))
        if not len(known):
            continue
        order = known[np.argsort(-said[known, label], kind="stable")]
        ends = np.append(np.flatnonzero(np.diff(said[order, label])), len(order) - 1)  # last track of each equal score
        drawn = np.take(weights, order, axis=1)
        given = np.take(np.cumsum(drawn, axis=1), ends, axis=1)
        positives = np.take(np.cumsum(drawn * truth[order, label], axis=1), ends, axis=1)
        gained = np.diff(positives, axis=1, prepend=0)
        areas["roc_auc_macro"].append(_roc_auc(gained, given, positives[:, -1]))
        areas["average_precision_macro"].append(_average_precision(gained, given, positives))
    return {name: _mean_of_known(found, len(weights)) for name, found in areas.items()}


def _roc_auc(gained: Floats, given: Floats, every: Floats) -> Floats:
    """From the rank sum of the positives (Mann-Whitney), equal scores sharing their mean rank."""
    before = np.concatenate([np.zeros((len(given), 1)), given[:, :-1]], axis=1)
    ranks = (gained * (given + before)).sum(axis=1) / 2
    negatives = given[:, -1] - every
    return 1 - _ratio(ranks - every * every / 2, every * negatives)


def _average_precision(gained: Floats, given: Floats, positives: Floats) -> Floats:
    precision = np.divide(positives, given, out=np.zeros_like(given), where=given > 0)
    return _ratio((gained * precision).sum(axis=1), positives[:, -1])


def _mean_of_known(found: list[Floats], count: int) -> Floats:
    areas = np.array(found).reshape(-1, count)
    known = np.isfinite(areas)
    return _ratio(np.where(known, areas, 0).sum(axis=0), known.sum(axis=0).astype(np.float64))


def _ratio(part: Floats, whole: Floats) -> Floats:
    """Element by element, NaN where the whole is zero: the metric does not exist in that replicate."""
    return np.asarray(np.divide(part, whole, out=np.full_like(whole, np.nan), where=whole > 0))


_METRICS: dict[str, Resampled] = {
    "multiclass": lambda t, s, w: {"f1_macro": f1_macro(t, s, w), "accuracy": accuracy(t, s, w)},
    "multilabel": ranking_areas,
    "regression": lambda t, s, w: {"r2": r2(t, s, w), "mae": mae(t, s, w)},
    "distribution": lambda t, s, w: {"kl": kl(t, s, w), "top_1_agreement": accuracy(t, s, w)},
}

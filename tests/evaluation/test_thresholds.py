"""The promise: of the tags given at precision P so large a share is right; the naive way is caught by the same test."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import binom

from unisono.evaluation.calibrating import fitted_calibration
from unisono.evaluation.predictions import Judged
from unisono.evaluation.thresholds import fitted_thresholds, half_widths, lower_bound, threshold, upper_bound
from unisono.model.sureness import PRECISIONS, answered, calibrated, confidence, in_levels, interval, limits_of
from unisono.tasks import Task, task

CLASSES = [f"c{i}" for i in range(6)]
TREE = {"low": ["c0", "c1", "c2"], "high": ["c3", "c4"]}
P = 0.9


def drawn(kind: str, rows: int, seed: int) -> Judged:
    """Labels, and the scores of a model that knows something of them and is much too sure of it."""
    rng = np.random.default_rng(seed)
    if kind == "multiclass":
        truth = np.eye(6, dtype=np.float32)[rng.choice(6, rows, p=[0.3, 0.25, 0.2, 0.12, 0.1, 0.03])]
        logits = 2.0 * truth + rng.normal(0, 1, (rows, 6)) + 0.8 * rng.permuted(truth, axis=1)
        return Judged(tuple(CLASSES), truth, softmax(3.5 * logits, axis=1).astype(np.float32))
    truth = (rng.random((rows, 6)) < [0.5, 0.3, 0.2, 0.15, 0.1, 0.01]).astype(np.float32)
    logits = 2.4 * truth - 1.4 + rng.normal(0, 1, (rows, 6))
    scores = (1 / (1 + np.exp(-4 * logits))).astype(np.float32)
    truth[rng.random((rows, 6)) < 0.1] = np.nan
    return Judged(tuple(CLASSES), truth, scores)


def asked(kind: str, tree: bool = False) -> Task:
    return task("t", {"kind": kind, "labels": CLASSES, **({"tree": TREE} if tree else {})})


def tags(one: Task, held: Judged, sure: np.ndarray, limits: object) -> tuple[int, int]:
    """How many tags are given and how many of them are right, pooled over labels."""
    given = right = 0
    for row in range(len(held.scores)):
        for tag in answered(one, held.scores[row], sure[row], limits).given:
            below = list(one.below(tag.label)) if one.kind == "multiclass" else [CLASSES.index(tag.label)]
            truth = held.reference[row, below].max()
            if not np.isnan(truth):
                given, right = given + 1, right + int(truth)
    return given, right


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("kind", "tree"), [("multiclass", False), ("multiclass", True), ("multilabel", False)])
def test_promise_on_held_out_tracks(kind: str, tree: bool, seed: int) -> None:
    one, part, held = asked(kind, tree), drawn(kind, 1500, seed), drawn(kind, 6000, 100 + seed)
    facts = fitted_calibration(kind, part)
    thresholds = {"tasks": {"t": fitted_thresholds(one, part, calibrated(part.scores, facts))}}
    limits = limits_of(thresholds, P)["t"]
    given, right = tags(one, held, calibrated(held.scores, facts), limits)
    assert given > 500, "it says something"
    assert upper_bound(right, given) >= P
    assert right / given > P - 0.005
    # the naive way: what the model says with a probability of P or more, as it comes out of the network
    naive = held.scores >= P
    known = naive & ~np.isnan(held.reference)
    assert upper_bound(held.reference[known].sum(), known.sum()) < P, "the same test catches the naive thresholds"


def test_labels_that_few_tracks_have_are_never_sure() -> None:
    part = drawn("multilabel", 1500, 0)
    assert np.nansum(part.reference[:, 5]) < 30
    found = fitted_thresholds(asked("multilabel"), part, part.scores)["labels"]
    assert found["c5"] is None
    assert found["c0"] is not None


def test_a_label_on_which_the_model_guesses_is_never_sure() -> None:
    rng = np.random.default_rng(1)
    truth = (rng.random((800, 6)) < 0.4).astype(np.float32)
    guess = Judged(tuple(CLASSES), truth, rng.random((800, 6)).astype(np.float32))
    found = fitted_thresholds(asked("multilabel"), guess, guess.scores)["labels"]
    assert all(steps is None or all(s is None for s in steps[PRECISIONS.index(0.6) :]) for steps in found.values())


def test_a_parent_is_named_where_no_child_is_sure() -> None:
    """Siblings are taken for each other, but never for the others."""
    rng = np.random.default_rng(0)

    def made(rows: int) -> Judged:
        group, child = rng.integers(0, 2, rows), rng.integers(0, 2, rows)
        truth = np.eye(4, dtype=np.float32)[2 * group + child]
        pair = np.eye(2)[group][:, [0, 0, 1, 1]]
        logits = 4 * pair + 0.5 * truth + rng.normal(0, 0.5, (rows, 4))
        return Judged(("a", "b", "c", "d"), truth, softmax(logits, axis=1).astype(np.float32))

    names = ["a", "b", "c", "d"]
    one = task("t", {"kind": "multiclass", "labels": names, "tree": {"x": ["a", "b"], "y": ["c", "d"]}})
    part, held = made(600), made(400)
    limits = limits_of({"tasks": {"t": fitted_thresholds(one, part, part.scores)}}, P)["t"]
    answers = [answered(one, row, row, limits) for row in held.scores]
    named = [a.given[0].label for a in answers if a.given]
    assert named.count("x") + named.count("y") > 300
    right = [
        t[list(one.below(a.given[0].label))].max() for a, t in zip(answers, held.reference, strict=True) if a.given
    ]
    assert np.mean(right) > P


def test_bounds_are_those_of_clopper_and_pearson() -> None:
    low, high = lower_bound(18, 20), upper_bound(18, 20)
    assert binom.sf(17, 20, low) == pytest.approx(0.05)
    assert binom.cdf(18, 20, high) == pytest.approx(0.05)
    assert (lower_bound(0, 9), upper_bound(9, 9)) == (0, 1)


def test_thresholds_break_their_promise_as_rarely_as_they_say() -> None:
    """Tags that are right in 88 % of the cases, whatever their confidence: a threshold for 90 % is a mistake."""
    rng = np.random.default_rng(0)
    wrong = sum(threshold(rng.random(400), rng.random(400) < 0.88, 0.9) is not None for _ in range(400))
    assert wrong / 400 < 0.05 + 0.03


def test_equal_confidences_are_not_torn() -> None:
    found = threshold(np.repeat([0.9, 0.5], 50), np.repeat([1.0, 0.0], 50), 0.9)
    assert found == 0.9
    assert threshold([], [], 0.9) is None
    assert threshold([0.9] * 10, [1.0] * 10, 0.9) is None, "ten right ones say little"


def numbers(rows: int, seed: int) -> Judged:
    """Numbers of four levels; the model is much less exact for the high ones."""
    rng = np.random.default_rng(seed)
    truth = rng.choice([100, 200, 300, 400], rows, p=[0.35, 0.35, 0.28, 0.02]).astype(np.float32)[:, None]
    off = rng.standard_t(4, (rows, 1)) * np.where(truth > 250, 45, 18)
    return Judged(("",), truth, (truth + off).astype(np.float32))


@pytest.mark.parametrize("seed", range(4))
def test_promise_of_levels(seed: int) -> None:
    one = task("t", {"kind": "regression", "range": [100, 400], "levels": [400, 100, 200, 300]})
    part, held = numbers(1200, seed), numbers(6000, 100 + seed)
    facts = fitted_calibration("regression", part, one.levels)
    limits = limits_of({"tasks": {"t": fitted_thresholds(one, part, confidence(one, part.scores, facts))}}, P)["t"]
    assert limits.labels["400"] is None, "fewer than 30 tracks"
    sure, right = confidence(one, held.scores, facts), in_levels(one, held.reference)
    answers = [answered(one, score, row, limits) for score, row in zip(held.scores, sure, strict=True)]
    level = in_levels(one, held.scores).argmax(axis=1)
    kept = [row[at] for row, at, answer in zip(right, level, answers, strict=True) if answer.given]
    assert len(kept) > 2000, "it says something"
    assert upper_bound(sum(kept), len(kept)) >= P
    shown = [a.given[0].confidence for a in answers if a.given]
    assert min(shown) >= min(limit for limit in limits.labels.values() if limit is not None)
    assert upper_bound((level == right.argmax(axis=1)).sum(), len(level)) < P, "the same test catches who says all"


def test_intervals_hold_with_certainty_and_inside_the_range() -> None:
    """In 19 of 20 collections the interval holds for so large a share of all tracks; marginal quantiles do in half."""
    one = task("t", {"kind": "regression", "range": [0, 10]})
    kept, plain = 0, 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        truth = rng.uniform(0, 10, (2100, 1)).astype(np.float32)
        said = truth + 0.5 * rng.standard_t(3, truth.shape).astype(np.float32)
        part, held = Judged(("",), truth[:100], said[:100]), (truth[100:, 0], said[100:, 0])
        limits = limits_of({"tasks": {"t": fitted_thresholds(one, part, np.zeros((100, 0), np.float32))}}, P)["t"]
        ends = [interval(float(s), limits.half_width, one.range) for s in held[1]]
        inside = [e[0] <= t <= e[1] for e, t in zip(ends, held[0], strict=True) if e is not None]
        assert all(e is None or (e[0] >= 0 and e[1] <= 10) for e in ends)
        kept += not inside or np.mean(inside) >= P
        quantile = np.sort(np.abs(truth[:100] - said[:100]), axis=0)[90, 0]
        plain += np.mean(np.abs(held[0] - held[1]) <= quantile) >= P
    assert kept >= 184, "95 % of 200, less three deviations"
    assert plain < 150, "the same test catches the quantile without a bound"


def test_numbers_that_nobody_vouches_for_have_no_interval() -> None:
    errors = np.linspace(0, 1, 29)
    assert half_widths(errors, errors, None) == [None] * len(PRECISIONS), "29 tracks"
    few = half_widths(np.linspace(0, 1, 30), np.zeros(30), None)
    assert few[PRECISIONS.index(0.9)] == 1.0, "30 of 30 are just enough for 0.9"
    assert few[PRECISIONS.index(0.91)] is None
    wide = half_widths(np.full(100, 0.6), np.full(100, 0.5), (0.0, 1.0))
    assert wide == [None] * len(PRECISIONS), "an interval that is the whole range says nothing"
    outside = half_widths(np.full(100, 0.1), np.full(100, 1.2), (0.0, 1.0))
    assert outside == [None] * len(PRECISIONS), "intervals inside the range cannot hold what lies outside"

"""Scores from counts: equal to scikit-learn's, ties, rare classes and unused ones too."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from unisono.metrics import _counting as counting
from unisono.metrics.multiclass import evaluate


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000), st.integers(2, 60), st.sampled_from([1, 2, 3, 1000]))
def test_areas(seed, n, levels):
    """Of few levels most tracks are tied."""
    generator = np.random.default_rng(seed)
    truth = np.append([[0.0] * 3, [1.0] * 3], generator.integers(0, 2, (n, 3)), axis=0)
    said = generator.integers(0, levels, (n + 2, 3)) / levels
    theirs = [_theirs(truth[:, c], said[:, c]) for c in range(3)]
    assert np.stack(counting.areas(truth, said), axis=1) == pytest.approx(np.array(theirs), abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000), st.integers(2, 60), st.sampled_from([2, 1000]), st.booleans(), st.booleans())
def test_areas_where_not_every_track_counts(seed, n, levels, chunked, whole):
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, 2, (n, 5)).astype(float)
    said, known = generator.integers(0, levels, (n, 5)) / levels, generator.random((n, 5)) < (1 if whole else 0.7)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting, "_CELLS", 2 * n if chunked else 2**22)
        found = counting.areas(np.where(known, truth, np.nan), said, None if whole else known)
    for c, (area, precision) in enumerate(zip(*found, strict=True)):
        there = truth[known[:, c], c]
        their_area, their_precision = _theirs(there, said[known[:, c], c]) if 0 < there.sum() < len(there) else (0, 1)
        assert np.isnan(area) if not 0 < there.sum() < len(there) else area == pytest.approx(their_area, abs=1e-12)
        assert np.isnan(precision) if not there.any() else precision == pytest.approx(their_precision, abs=1e-12)


def _theirs(truth, said):
    return sk.roc_auc_score(truth, said), sk.average_precision_score(truth, said)


def test_areas_of_one_class_alone():
    never, always = np.zeros((3, 1)), np.ones((3, 1))
    assert np.isnan(counting.areas(never, np.arange(3.0)[:, None])).all()
    area, precision = counting.areas(always, np.arange(3.0)[:, None])
    assert np.isnan(area[0]) and precision[0] == 1.0


def test_areas_of_no_track():
    assert np.isnan(counting.areas(np.empty((0, 2)), np.empty((0, 2)))).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000), st.integers(2, 60), st.sampled_from([1e-6, 1.0, 1e6]))
def test_errors_of_numbers(seed, n, size):
    generator = np.random.default_rng(seed)
    truth, said = size * generator.normal(3, 1, (2, n))
    assert counting.squared_error(truth, said) == pytest.approx(sk.mean_squared_error(truth, said), rel=1e-12)
    assert counting.absolute_error(truth, said) == pytest.approx(sk.mean_absolute_error(truth, said), rel=1e-12)
    assert counting.r2(truth, said) == pytest.approx(sk.r2_score(truth, said), rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000), st.integers(1, 40), st.integers(2, 9))
def test_scores_of_classes(seed, n, width):
    """Many classes and few tracks: some are never true, some never answered, some neither."""
    generator = np.random.default_rng(seed)
    classes, said = generator.integers(0, width, n), generator.dirichlet(np.ones(width), n)
    said[generator.random(n) < 0.2] = np.eye(width)[0]  # as sure as can be, and often wrong
    answers, truth = said.argmax(axis=1), np.eye(width)[classes]
    found = evaluate(truth, said, tuple(map(str, range(width))))
    assert found["accuracy"] == found["f1_micro"] == sk.accuracy_score(classes, answers)
    assert found["f1_micro"] == pytest.approx(sk.f1_score(classes, answers, average="micro"), abs=1e-12)
    assert found["f1_macro"] == pytest.approx(sk.f1_score(classes, answers, average="macro"), abs=1e-12)
    assert found["log_loss"] == pytest.approx(sk.log_loss(classes, said, labels=np.arange(width)), rel=1e-12)
    if len(np.union1d(classes, answers)) > 1:
        assert found["cohen_kappa"] == pytest.approx(sk.cohen_kappa_score(classes, answers), abs=1e-12)

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
    truth = np.append([0.0, 1.0], generator.integers(0, 2, n)).astype(float)
    said = generator.integers(0, levels, n + 2) / levels
    area, precision = counting.areas(truth, said)
    assert area == pytest.approx(sk.roc_auc_score(truth, said), abs=1e-12)
    assert precision == pytest.approx(sk.average_precision_score(truth, said), abs=1e-12)


def test_areas_of_one_class_alone():
    assert np.isnan(counting.areas(np.zeros(3), np.arange(3.0))).all()
    area, precision = counting.areas(np.ones(3), np.arange(3.0))
    assert np.isnan(area) and precision == 1.0


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

"""Regression scores: against scikit-learn and scipy, against hand counts, and their laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as sk

from unisono.metrics.regression import evaluate, nearest_level


def made(seed, n=50):
    generator = np.random.default_rng(seed)
    truth = generator.integers(1, 5, (n, 1)) * 100.0
    return truth, truth + generator.normal(0, 70, (n, 1))


def test_equals_scikit_learn_and_scipy():
    truth, said = made(1)
    found = evaluate(truth, said, ("",), levels=(100, 200, 300, 400))
    assert found["r2"] == pytest.approx(sk.r2_score(truth, said))
    assert found["mae"] == pytest.approx(sk.mean_absolute_error(truth, said))
    assert found["mse"] == pytest.approx(sk.mean_squared_error(truth, said))
    assert found["rmse"] == pytest.approx(found["mse"] ** 0.5)
    assert found["pearson"] == pytest.approx(stats.pearsonr(truth[:, 0], said[:, 0])[0])
    assert found["spearman"] == pytest.approx(stats.spearmanr(truth[:, 0], said[:, 0])[0])
    rounded = np.clip(np.round(said / 100), 1, 4)
    assert found["level_accuracy"] == pytest.approx(np.mean(rounded == truth / 100))
    kappa = sk.cohen_kappa_score(truth[:, 0] / 100, rounded[:, 0], weights="quadratic")
    assert found["level_cohen_kappa"] == pytest.approx(kappa)
    assert found["level_confusion_matrix"] == sk.confusion_matrix(truth / 100, rounded).tolist()


def test_hand_counts():
    found = evaluate([[1.0], [2.0], [3.0]], [[1.0], [2.0], [6.0]], ("",), train_reference=[[0.0], [4.0]], levels=(3, 1))
    assert (found["mse"], found["mae"], found["r2"]) == (3.0, 1.0, -3.5)
    assert found["levels"] == [1.0, 3.0]
    assert found["level_accuracy"] == 1.0  # 2 lies between the levels: the lower one on both sides
    assert found["within_range"] == pytest.approx(2 / 3)
    assert found["majority"]["r2"] == 0.0
    assert found["majority"]["mae"] == pytest.approx(2 / 3)
    # a random training track: 0 or 4 against 1, 2, 3
    assert found["chance"]["mae"] == pytest.approx(2.0)
    assert found["chance"]["mse"] == pytest.approx((1 + 9 + 4 + 4 + 9 + 1) / 6)


def test_chance_is_the_mean_over_all_pairs():
    truth, said = made(2)
    train, _ = made(3, n=31)
    chance = evaluate(truth, said, ("",), train_reference=train, levels=(100, 200, 300, 400))["chance"]
    distance = truth - train.T
    assert chance["mae"] == pytest.approx(np.abs(distance).mean())
    assert chance["mse"] == pytest.approx((distance**2).mean())
    assert chance["r2"] == pytest.approx(1 - (distance**2).mean() / truth.var())
    assert chance["level_accuracy"] == pytest.approx((distance == 0).mean())


def test_the_lower_of_two_equally_near_levels():
    assert nearest_level(np.array([-5, 1.5, 1.51, 2.5, 9]), np.array([1.0, 2.0, 3.0])).tolist() == [0, 0, 1, 1, 2]


def test_constant_reference_is_said():
    found = evaluate([[0.1], [0.1], [0.1]], [[0.1], [0.2], [0.3]], ("",), train_reference=[[0.1], [0.4]])
    assert found["r2"] is None
    assert found["undefined"]["r2"] == found["undefined"]["pearson"] == "the reference is constant"
    assert found["undefined"]["chance.r2"] == "the reference is constant"
    assert found["mae"] == pytest.approx(0.1)


def test_one_track_and_constant_answers():
    one = evaluate([[3.0]], [[3.0]], ("",))
    assert one["undefined"]["r2"] == "one labelled track only"
    assert one["mae"] == 0
    flat = evaluate([[1.0], [2.0]], [[1.5], [1.5]], ("",))
    assert flat["r2"] == 0
    assert flat["undefined"]["spearman"] == "the answers are constant"
    level = evaluate([[1.0], [1.1]], [[1.0], [1.0]], ("",), levels=(1, 2))
    assert level["undefined"]["level_cohen_kappa"] == "one level only in the reference and in the answers"


def test_unlabelled_and_none_labelled():
    truth, said = made(4)
    gaps = np.vstack([truth, [[np.nan]]])
    assert evaluate(gaps, np.vstack([said, [[0.0]]]), ("",)) == evaluate(truth, said, ("",))
    empty = evaluate([[np.nan]], [[1.0]], ("",), train_reference=truth)
    assert (empty["n"], empty["r2"], empty["undefined"]["chance"]) == (0, None, "no labelled track")
    assert empty["undefined"]["within_range"] == "no labelled track"


def test_several_outputs_are_no_regression():
    with pytest.raises(ValueError, match="2 outputs but a regression has one: is this a distribution task"):
        evaluate([[1, 2]], [[1, 2]], ("a", "b"))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 1000), st.floats(-1000, 1000))
def test_order_and_unit_are_irrelevant(seed, scale, shift):
    truth, said = made(seed, n=20)
    order = np.random.default_rng(seed).permutation(20)
    one = evaluate(truth, said, ("",))
    other = evaluate(truth[order] * scale + shift, said[order] * scale + shift, ("",))
    for metric in ("r2", "pearson", "spearman"):
        assert one[metric] == pytest.approx(other[metric], abs=1e-6)
    assert one["mae"] * scale == pytest.approx(other["mae"])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30))
def test_perfect_answers_score_one(values):
    truth = np.array(values)[:, None]
    found = evaluate(truth, truth, ("",), train_reference=truth)
    assert found["r2"] in (1.0, None)
    assert (found["r2"] is None) == ("r2" in found["undefined"])
    assert found["mae"] == found["rmse"] == 0
    assert found["within_range"] == 1

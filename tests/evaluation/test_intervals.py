"""Bootstrap intervals: weighted metrics against scikit-learn, reproducible, honest about groups."""

import numpy as np
import pytest
from sklearn import metrics as sk

from unisono.evaluation import intervals
from unisono.evaluation.intervals import accuracy, f1_macro, kl, mae, r2, ranking_areas
from unisono.metrics.multiclass import evaluate

GENERATOR = np.random.default_rng(0)
N = 70
WEIGHTS = GENERATOR.multinomial(N, np.full(N, 1 / N), size=4).astype(float)
CLASSES = np.eye(4)[GENERATOR.integers(0, 4, N)]
PROBABILITIES = GENERATOR.dirichlet(np.ones(4), N) + CLASSES * 0.2


@pytest.mark.parametrize("weights", WEIGHTS)
def test_class_metrics_equal_scikit_learn(weights):
    truth, said = CLASSES.argmax(1), PROBABILITIES.argmax(1)
    one = weights[None]
    assert accuracy(CLASSES, PROBABILITIES, one)[0] == pytest.approx(
        sk.accuracy_score(truth, said, sample_weight=weights)
    )
    drawn = np.repeat(np.arange(N), weights.astype(int))
    assert f1_macro(CLASSES, PROBABILITIES, one)[0] == pytest.approx(
        sk.f1_score(truth[drawn], said[drawn], average="macro")
    )


@pytest.mark.parametrize("weights", WEIGHTS)
def test_number_metrics_equal_scikit_learn(weights):
    truth = GENERATOR.normal(size=(N, 1))
    said = truth + GENERATOR.normal(size=(N, 1))
    assert r2(truth, said, weights[None])[0] == pytest.approx(sk.r2_score(truth, said, sample_weight=weights))
    assert mae(truth, said, weights[None])[0] == pytest.approx(
        sk.mean_absolute_error(truth, said, sample_weight=weights)
    )
    shares = PROBABILITIES / PROBABILITIES.sum(axis=1, keepdims=True)
    assert kl(shares, shares, weights[None])[0] == pytest.approx(0)


@pytest.mark.parametrize("weights", WEIGHTS)
def test_ranking_areas_equal_scikit_learn_with_equal_scores(weights):
    truth = (GENERATOR.random((N, 3)) < 0.3).astype(float)
    said = np.round(GENERATOR.random((N, 3)), 1)  # many equal scores
    found = ranking_areas(truth, said, weights[None])
    areas = [sk.roc_auc_score(truth[:, c], said[:, c], sample_weight=weights) for c in range(3)]
    precisions = [sk.average_precision_score(truth[:, c], said[:, c], sample_weight=weights) for c in range(3)]
    assert found["roc_auc_macro"][0] == pytest.approx(np.mean(areas))
    assert found["average_precision_macro"][0] == pytest.approx(np.mean(precisions))


def test_labels_that_do_not_exist_in_a_replicate_are_left_out():
    truth, said = np.array([[1.0, 1], [0, 1], [1, np.nan]]), np.array([[0.9, 0.1], [0.2, 0.3], [0.1, 0.5]])
    found = ranking_areas(truth, said, np.array([[1.0, 1, 0], [1, 0, 1]]))
    np.testing.assert_allclose(found["roc_auc_macro"], [1.0, np.nan])  # the second label is never absent
    np.testing.assert_allclose(found["average_precision_macro"], [1.0, 1.0])


def test_the_value_lies_inside_and_the_seed_decides():
    found = intervals("multiclass", CLASSES, PROBABILITIES, None, 3)
    value = evaluate(CLASSES, PROBABILITIES / PROBABILITIES.sum(1, keepdims=True), tuple("abcd"))["accuracy"]
    low, high = found["accuracy"]
    assert low < value < high
    assert found == intervals("multiclass", CLASSES, PROBABILITIES, None, 3)
    assert found != intervals("multiclass", CLASSES, PROBABILITIES, None, 4)
    assert (found["level"], found["replicates"], found["resampled"]) == (0.95, 1000, "tracks")


def test_covers_the_truth_about_as_often_as_it_says():
    generator = np.random.default_rng(1)
    hits = 0
    for seed in range(60):
        right = generator.random(120) < 0.7
        truth, said = np.eye(2)[np.zeros(120, int)], np.eye(2)[(~right).astype(int)]
        low, high = intervals("multiclass", truth, said, None, seed)["accuracy"]
        hits += low <= 0.7 <= high
    assert 52 <= hits <= 60


def test_tracks_of_one_group_widen_the_interval():
    generator = np.random.default_rng(2)
    artist = np.repeat(np.arange(20), 15)
    truth = generator.normal(size=(300, 1))
    said = truth + generator.normal(0, 1, 20)[artist][:, None]  # one error an artist
    by_track = intervals("regression", truth, said, None, 0)["mae"]
    by_group = intervals("regression", truth, said, artist, 0)["mae"]
    assert by_group[1] - by_group[0] > 2 * (by_track[1] - by_track[0])


def test_too_few_to_resample_is_said():
    found = intervals("regression", np.array([[1.0], [np.nan]]), np.zeros((2, 1)), None, 0)
    assert (found["r2"], found["why"]) == (None, "fewer than two tracks or groups")
    one_group = intervals("regression", np.ones((3, 1)), np.zeros((3, 1)), np.zeros(3, np.int64), 0)
    assert one_group["mae"] is None
    constant = intervals("regression", np.ones((3, 1)), np.zeros((3, 1)), None, 0)
    assert (constant["r2"], constant["mae"]) == (None, [1.0, 1.0])

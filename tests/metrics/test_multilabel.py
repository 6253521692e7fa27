"""Multilabel scores: against scikit-learn, against hand counts, and their laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from unisono.metrics.multilabel import evaluate

NAMES = ("warm-up", "peak", "closing")


def made(seed, n=80, missing=0.0):
    generator = np.random.default_rng(seed)
    truth = (generator.random((n, 3)) < (0.5, 0.3, 0.2)).astype(float)
    truth[generator.random((n, 3)) < missing] = np.nan
    return truth, np.clip(np.nan_to_num(truth) * 0.3 + generator.random((n, 3)) * 0.7, 0, 1)


def test_equals_scikit_learn():
    truth, said = made(1)
    found = evaluate(truth, said, NAMES, thresholds=(0.5, 0.4, 0.3))
    answers = said >= np.array([0.5, 0.4, 0.3])
    assert found["roc_auc_macro"] == pytest.approx(sk.roc_auc_score(truth, said, average="macro"))
    assert found["average_precision_macro"] == pytest.approx(sk.average_precision_score(truth, said, average="macro"))
    assert found["roc_auc_micro"] == pytest.approx(sk.roc_auc_score(truth, said, average="micro"))
    assert found["average_precision_micro"] == pytest.approx(sk.average_precision_score(truth, said, average="micro"))
    assert found["f1_macro"] == pytest.approx(sk.f1_score(truth, answers, average="macro"))
    assert found["f1_micro"] == pytest.approx(sk.f1_score(truth, answers, average="micro"))
    assert found["accuracy"] == pytest.approx(sk.accuracy_score(truth, answers))
    assert found["log_loss"] == pytest.approx(np.mean([sk.log_loss(truth[:, c], said[:, c]) for c in range(3)]))
    precision, recall, f1, support = sk.precision_recall_fscore_support(truth, answers)
    for c, name in enumerate(NAMES):
        one = found["per_label"][name]
        assert one["precision"] == pytest.approx(precision[c])
        assert one["recall"] == pytest.approx(recall[c])
        assert (one["f1"], one["support"]) == (pytest.approx(f1[c]), support[c])
        assert one["roc_auc"] == pytest.approx(sk.roc_auc_score(truth[:, c], said[:, c]))
    assert found["per_label"]["peak"]["threshold"] == pytest.approx(0.4)


def test_missing_cells_leave_only_their_label_out():
    truth, said = made(2, missing=0.3)
    found = evaluate(truth, said, NAMES)
    for c, name in enumerate(NAMES):
        known = ~np.isnan(truth[:, c])
        assert found["per_label"][name]["n"] == known.sum()
        assert found["per_label"][name]["roc_auc"] == pytest.approx(sk.roc_auc_score(truth[known, c], said[known, c]))
    whole = ~np.isnan(truth).any(axis=1)
    assert found["accuracy"] == pytest.approx(sk.accuracy_score(truth[whole], said[whole] >= 0.5))


def test_a_label_that_no_track_has_is_left_out_of_the_mean():
    truth, said = made(3)
    truth[:, 2] = 0
    said[:, 2] = 0.1
    found = evaluate(truth, said, NAMES)
    assert found["per_label"]["closing"]["roc_auc"] is None
    assert found["undefined"]["per_label.closing.roc_auc"] == "no track has it in the reference"
    assert found["undefined"]["per_label.closing.f1"] == "neither given nor in the reference"
    assert found["averaged"] == {"roc_auc": 2, "f1": 2}
    assert found["roc_auc_macro"] == pytest.approx(sk.roc_auc_score(truth[:, :2], said[:, :2]))


def test_one_class_only_everywhere():
    found = evaluate(np.ones((4, 3)), np.full((4, 3), 0.7), NAMES)
    assert found["roc_auc_macro"] is None
    assert found["undefined"]["roc_auc_macro"] == "each label has one class only in the reference"
    assert found["undefined"]["per_label.peak.roc_auc"] == "every track has it in the reference"
    assert found["average_precision_macro"] == 1.0


def test_baselines_by_hand():
    truth = np.array([[1, 0], [1, 1], [0, 0], [0, 0]], float)
    train = np.array([[1, 0], [1, 0], [1, 1], [0, 1]], float)  # shares 3/4 and 1/2
    found = evaluate(truth, np.full((4, 2), 0.5), ("a", "b"), train_reference=train)
    chance, majority = found["chance"], found["majority"]
    assert chance["roc_auc_macro"] == majority["roc_auc_macro"] == 0.5
    assert chance["average_precision_macro"] == pytest.approx((0.5 + 0.25) / 2)
    f1_a, f1_b = 2 * 0.75 * 0.5 / 1.25, 2 * 0.5 * 0.25 / 0.75
    assert chance["f1_macro"] == pytest.approx((f1_a + f1_b) / 2)
    assert majority["f1_macro"] == pytest.approx((2 * 0.5 / 1.5 + 2 * 0.25 / 1.25) / 2)  # every label, always
    assert chance["accuracy"] == pytest.approx((0.75 * 0.5 + 0.75 * 0.5 + 2 * 0.25 * 0.5) / 4)
    assert majority["accuracy"] == 0.25  # both labels always: right for the second track only


def test_pooled_baselines_weigh_labels_by_their_known_tracks():
    truth = np.array([[1, 1], [0, np.nan], [0, np.nan], [1, np.nan]])
    found = evaluate(truth, np.full((4, 2), 0.4), ("a", "b"), train_reference=[[1, 1], [1, 0]])
    # given: a always, b half of the time; there: a on 2 of 4, b on 1 of 1
    assert found["chance"]["f1_micro"] == pytest.approx(2 * (2 + 0.5) / (4 + 0.5 + 2 + 1))
    assert found["majority"]["f1_micro"] == pytest.approx(2 * (2 + 1) / (4 + 1 + 2 + 1))


def test_chance_f1_is_close_to_the_mean_of_random_guesses():
    truth, said = made(4, n=1500)
    train, _ = made(5, n=500)
    generator = np.random.default_rng(6)
    guesses = [generator.random(truth.shape) < train.mean(axis=0) for _ in range(40)]
    expected = np.mean([sk.f1_score(truth, g, average="macro") for g in guesses])
    assert evaluate(truth, said, NAMES, train_reference=train)["chance"]["f1_macro"] == pytest.approx(
        expected, abs=0.01
    )


def test_no_labelled_track():
    found = evaluate(np.full((2, 3), np.nan), np.full((2, 3), 0.5), NAMES, train_reference=made(7)[0])
    assert (found["n"], found["f1_micro"], found["chance"]) == (0, None, None)
    assert found["undefined"]["chance"] == "no labelled track"
    assert found["undefined"]["per_label.peak.average_precision"] == "no labelled track"


def test_a_score_on_the_threshold_counts_as_given():
    found = evaluate([[1.0]], np.array([[0.7]], np.float32), ("a",), thresholds=(0.7,))
    assert found["per_label"]["a"]["recall"] == 1.0


@pytest.mark.parametrize(
    ("reference", "scores", "thresholds", "message"),
    [
        ([[1, 0]], [[2.0, -1.0]], None, "outside .0, 1.: are these logits"),
        ([[0.3, 0.7]], [[0.5, 0.5]], None, "is this a regression or distribution task"),
        ([[1, 0]], [[0.5, 0.5]], (0.5,), "1 thresholds for 2 labels"),
    ],
)
def test_wrong_arrays_name_the_likely_cause(reference, scores, thresholds, message):
    with pytest.raises(ValueError, match=message):
        evaluate(reference, scores, ("a", "b"), thresholds=thresholds)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40))
def test_order_of_tracks_and_labels_is_irrelevant(seed, n):
    truth, said = made(seed, n, missing=0.2)
    generator = np.random.default_rng(seed)
    rows, columns = generator.permutation(n), generator.permutation(3)
    one = evaluate(truth, said, NAMES, train_reference=truth)
    names = tuple(NAMES[c] for c in columns)
    mixed = truth[rows][:, columns]
    other = evaluate(mixed, said[rows][:, columns], names, train_reference=mixed)
    for metric in ("roc_auc_macro", "average_precision_macro", "f1_macro", "f1_micro", "log_loss"):
        assert one[metric] == (None if other[metric] is None else pytest.approx(other[metric]))
    assert one["per_label"] == {name: pytest.approx(value) for name, value in other["per_label"].items()}


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_perfect_answers_score_one(seed):
    truth, _ = made(seed, missing=0.2)
    found = evaluate(truth, np.nan_to_num(truth), NAMES)
    assert found["roc_auc_macro"] == found["f1_macro"] == found["f1_micro"] == found["accuracy"] == 1

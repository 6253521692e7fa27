"""Multiclass scores: against scikit-learn, against hand counts, and their laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from unisono.metrics.multiclass import evaluate

NAMES = ("rock", "jazz", "pop", "blues", "country")


def made(seed, n=60, classes=5):
    generator = np.random.default_rng(seed)
    truth = np.eye(classes)[generator.integers(0, classes, n)]
    return truth, generator.dirichlet(np.ones(classes), n)


def test_equals_scikit_learn():
    truth, said = made(1)
    y, p = truth.argmax(1), said.argmax(1)
    found = evaluate(truth, said, NAMES)
    assert found["accuracy"] == pytest.approx(sk.accuracy_score(y, p))
    assert found["balanced_accuracy"] == pytest.approx(sk.balanced_accuracy_score(y, p))
    assert found["f1_macro"] == pytest.approx(sk.f1_score(y, p, average="macro"))
    assert found["f1_micro"] == pytest.approx(sk.f1_score(y, p, average="micro"))
    assert found["log_loss"] == pytest.approx(sk.log_loss(y, said))
    assert found["top_3_accuracy"] == pytest.approx(sk.top_k_accuracy_score(y, said, k=3))
    assert found["cohen_kappa"] == pytest.approx(sk.cohen_kappa_score(y, p))
    assert found["roc_auc_macro"] == pytest.approx(sk.roc_auc_score(y, said, multi_class="ovr"))
    assert found["average_precision_macro"] == pytest.approx(sk.average_precision_score(truth, said))
    assert found["confusion_matrix"] == sk.confusion_matrix(y, p).tolist()
    rows = sk.precision_recall_fscore_support(y, p)
    for c, name in enumerate(NAMES):
        one = found["per_class"][name]
        assert [one["precision"], one["recall"], one["f1"], one["support"]] == pytest.approx([r[c] for r in rows])


def test_hand_counts():
    truth = [[1, 0], [1, 0], [1, 0], [0, 1]]
    said = [[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.4, 0.6]]
    found = evaluate(truth, said, ("a", "b"), train_reference=[[1, 0], [1, 0], [0, 1], [0, 1]])
    assert found["accuracy"] == 0.75
    assert found["balanced_accuracy"] == pytest.approx((2 / 3 + 1) / 2)
    assert found["per_class"]["a"] == {"precision": 1.0, "recall": pytest.approx(2 / 3), "f1": 0.8, "support": 3}
    assert found["f1_macro"] == pytest.approx((0.8 + 2 / 3) / 2)
    assert found["confusion_matrix"] == [[2, 1], [0, 1]]
    assert found["chance"]["accuracy"] == 0.5
    assert found["chance"]["log_loss"] == pytest.approx(np.log(2))
    assert "top_3_accuracy" not in found
    assert found["undefined"] == {}


def test_chance_is_the_mean_of_many_random_guesses():
    truth, _ = made(2, n=400)
    train = np.eye(5)[np.random.default_rng(0).choice(5, 300, p=[0.5, 0.2, 0.15, 0.1, 0.05])]
    shares = train.mean(axis=0)
    generator = np.random.default_rng(3)
    guesses = [np.eye(5)[generator.choice(5, 400, p=shares)] for _ in range(150)]
    scored = [(sk.accuracy_score(truth, g), sk.recall_score(truth, g, average="macro")) for g in guesses]
    chance = evaluate(truth, guesses[0], NAMES, train_reference=train)["chance"]
    assert (chance["accuracy"], chance["balanced_accuracy"]) == pytest.approx(np.mean(scored, axis=0), abs=0.006)


def test_chance_of_classes_that_do_not_occur():
    truth = np.eye(3)[[0, 0, 1]]
    found = evaluate(truth, truth * 0.7 + 0.1, ("a", "b", "c"), train_reference=np.eye(3)[[0, 1, 2, 2]])
    assert found["chance"]["balanced_accuracy"] == pytest.approx((0.25 + 0.25) / 2)  # c has no recall
    assert found["chance"]["accuracy"] == pytest.approx(0.25)


def test_majority_is_the_constant_answer():
    truth, said = made(4)
    train = np.eye(5)[[2, 2, 2, 0, 1]]
    majority = evaluate(truth, said, NAMES, train_reference=train)["majority"]
    constant = np.full(len(truth), 2)
    assert majority["accuracy"] == sk.accuracy_score(truth.argmax(1), constant)
    assert majority["f1_macro"] == pytest.approx(sk.f1_score(truth.argmax(1), constant, average="macro"))
    assert majority["roc_auc_macro"] == 0.5


def test_unlabelled_rows_are_left_out():
    truth, said = made(5)
    with_gaps = np.insert(truth, [0, 30], np.nan, axis=0)
    filled = np.insert(said, [0, 30], 0.2, axis=0)
    assert evaluate(with_gaps, filled, NAMES) == evaluate(truth, said, NAMES)


def test_one_class_in_the_reference_is_said():
    truth = np.eye(2)[[0, 0, 0]]
    found = evaluate(truth, [[0.9, 0.1]] * 3, ("a", "b"))
    assert found["roc_auc_macro"] is None
    assert found["undefined"]["roc_auc_macro"] == "one class only in the reference"
    assert found["undefined"]["cohen_kappa"] == "one class only in the reference and in the answers"
    assert found["per_class"]["b"] == {"precision": None, "recall": None, "f1": None, "support": 0}
    assert found["undefined"]["per_class.b.recall"] == "not in the reference"
    assert found["accuracy"] == found["f1_macro"] == 1.0


def test_no_labelled_track_leaves_nothing_defined():
    found = evaluate(np.full((3, 5), np.nan), made(6, 3)[1], NAMES, train_reference=made(7)[0])
    assert found["n"] == 0
    assert found["accuracy"] is None
    assert found["undefined"]["accuracy"] == found["undefined"]["chance"] == "no labelled track"


def test_very_many_classes_leave_the_square_out():
    truth, said = made(8, n=300, classes=201)
    found = evaluate(truth, said, tuple(map(str, range(201))))
    assert found["confusion_matrix"] is None
    assert found["undefined"]["roc_auc_macro"] == "more than 200 classes"
    assert found["accuracy"] is not None


@pytest.mark.parametrize(
    ("reference", "scores", "message"),
    [
        ([[1, 0]], [[2.0, -1.0]], "not shares that sum to 1: are these logits"),
        ([[1, 1]], [[0.5, 0.5]], "not one-hot: is this a multilabel"),
        ([[1.0]], [[1.0]], "one column an output: are these class numbers"),
        ([[1, 0]], [[0.5, 0.5], [0.5, 0.5]], "must be the same tracks"),
        ([[1, 0]], [[np.nan, 0.5]], "has the training diverged"),
        ([[1, np.nan]], [[0.5, 0.5]], "labelled in part: is this a multilabel"),
        ([[1, np.inf]], [[0.5, 0.5]], "infinite values"),
    ],
)
def test_wrong_arrays_name_the_likely_cause(reference, scores, message):
    with pytest.raises(ValueError, match=message):
        evaluate(reference, scores, ("a", "b"))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6), st.integers(1, 40))
def test_order_of_tracks_and_classes_is_irrelevant(seed, classes, n):
    truth, said = made(seed, n, classes)
    generator = np.random.default_rng(seed)
    rows, columns = generator.permutation(n), generator.permutation(classes)
    names = tuple(f"class {c}" for c in range(classes))
    one = evaluate(truth, said, names, train_reference=truth)
    other = evaluate(
        truth[rows][:, columns],
        said[rows][:, columns],
        tuple(names[c] for c in columns),
        train_reference=truth[:, columns],
    )
    for metric in ("accuracy", "balanced_accuracy", "f1_macro", "log_loss", "roc_auc_macro"):
        assert one[metric] == (None if other[metric] is None else pytest.approx(other[metric]))
    assert one["per_class"] == {name: pytest.approx(value) for name, value in other["per_class"].items()}
    assert one["chance"]["f1_macro"] == pytest.approx(other["chance"]["f1_macro"])


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=2, max_size=30))
def test_perfect_answers_score_one(classes):
    truth = np.eye(4)[classes]
    found = evaluate(truth, truth, NAMES[:4], train_reference=truth)
    assert found["accuracy"] == found["f1_macro"] == found["balanced_accuracy"] == found["average_precision_macro"] == 1
    assert found["log_loss"] == pytest.approx(0, abs=1e-12)
    assert found["chance"]["accuracy"] <= found["majority"]["accuracy"] + 1e-12

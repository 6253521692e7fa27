"""Distribution scores: against scipy, against hand counts, and their laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cosine
from scipy.stats import entropy

from unisono.metrics.distribution import evaluate

NAMES = ("a", "b", "c", "d")


def made(seed, n=30):
    generator = np.random.default_rng(seed)
    return generator.dirichlet(np.ones(4), n), generator.dirichlet(np.ones(4), n)


def test_equals_scipy():
    truth, said = made(1)
    found = evaluate(truth, said, NAMES)
    assert found["kl"] == pytest.approx(np.mean([entropy(t, s) for t, s in zip(truth, said, strict=True)]))
    assert found["cosine"] == pytest.approx(np.mean([1 - cosine(t, s) for t, s in zip(truth, said, strict=True)]))
    assert found["cross_entropy"] == pytest.approx(found["kl"] + np.mean([entropy(t) for t in truth]))


def test_hand_counts():
    found = evaluate([[1, 0], [0.25, 0.75]], [[0.5, 0.5], [0.25, 0.75]], ("a", "b"), train_reference=[[1, 0], [0, 1]])
    assert found["kl"] == pytest.approx(np.log(2) / 2)
    assert found["top_1_agreement"] == 1.0  # of two equal shares the first counts
    assert found["majority"]["cross_entropy"] == pytest.approx(np.log(2))
    assert found["chance"]["top_1_agreement"] == 0.5
    assert found["undefined"] == {}


def test_chance_is_the_mean_over_all_pairs():
    truth, said = made(2)
    train, _ = made(3, n=17)
    chance = evaluate(truth, said, NAMES, train_reference=train)["chance"]
    pairs = [(t, s) for t in truth for s in train]
    assert chance["kl"] == pytest.approx(np.mean([entropy(t, s) for t, s in pairs]))
    assert chance["cosine"] == pytest.approx(np.mean([1 - cosine(t, s) for t, s in pairs]))
    assert chance["top_1_agreement"] == pytest.approx(np.mean([t.argmax() == s.argmax() for t, s in pairs]))


def test_unlabelled_and_none_labelled():
    truth, said = made(4)
    gaps = np.vstack([truth, np.full((1, 4), np.nan)])
    assert evaluate(gaps, np.vstack([said, said[:1]]), NAMES) == evaluate(truth, said, NAMES)
    empty = evaluate(gaps[-1:], said[:1], NAMES, train_reference=truth)
    assert (empty["n"], empty["kl"], empty["undefined"]["majority"]) == (0, None, "no labelled track")


@pytest.mark.parametrize(
    ("reference", "scores", "message"),
    [
        ([[0.5, 0.5]], [[3.0, -1.0]], "rows of scores are not shares that sum to 1: are these logits"),
        ([[3, 1]], [[0.5, 0.5]], "rows of the reference are not shares"),
    ],
)
def test_wrong_arrays_name_the_likely_cause(reference, scores, message):
    with pytest.raises(ValueError, match=message):
        evaluate(reference, scores, ("a", "b"))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_order_of_tracks_and_components_is_irrelevant(seed):
    truth, said = made(seed)
    generator = np.random.default_rng(seed)
    rows, columns = generator.permutation(30), generator.permutation(4)
    one = evaluate(truth, said, NAMES, train_reference=truth)
    other = evaluate(truth[rows][:, columns], said[rows][:, columns], NAMES, train_reference=truth[:, columns])
    for part in ("chance", "majority"):
        assert one[part] == pytest.approx(other[part])
    assert [one[m] for m in ("kl", "cosine", "top_1_agreement")] == pytest.approx(
        [other[m] for m in ("kl", "cosine", "top_1_agreement")]
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_perfect_answers(seed):
    truth, said = made(seed)
    found = evaluate(truth, truth, NAMES, train_reference=truth)
    assert found["kl"] == pytest.approx(0, abs=1e-12)
    assert found["cosine"] == pytest.approx(1)
    assert found["kl"] <= found["majority"]["kl"] + 1e-12
    assert found["top_1_agreement"] == 1
    assert evaluate(truth, said, NAMES)["kl"] >= 0

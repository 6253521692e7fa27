"""Tracks to label next: unsure ones, unlike each other, and only those that lack a label."""

from __future__ import annotations

import numpy as np

from unisono.curate.choosing import chosen, gradients
from unisono.tasks import task

GENRE = task("genre", {"kind": "multiclass", "labels": ["a", "b"]})
MOODS = task("moods", {"kind": "multilabel", "labels": ["x", "y", "z"]})
ENERGY = task("energy", {"kind": "regression", "range": [0, 1]})


def test_sure_and_labelled_tracks_teach_nothing() -> None:
    scores = {"genre": np.array([[0.5, 0.5], [1.0, 0.0], [0.5, 0.5]])}
    pushes = gradients({"genre": GENRE}, scores, {"genre": np.array([False, False, True])})
    assert (pushes[1:] == 0).all() and (pushes[0] != 0).any()
    assert chosen(pushes, np.ones((3, 4)), 3).tolist() == [0]


def test_every_task_counts_as_much() -> None:
    rng = np.random.default_rng(0)
    scores = {"genre": rng.dirichlet([1, 1], 50), "moods": rng.random((50, 3)), "energy": rng.random((50, 1))}
    known = dict.fromkeys(scores, np.zeros(50, np.bool_))
    pushes = gradients({"genre": GENRE, "moods": MOODS, "energy": ENERGY}, scores, known)
    sizes = [np.sqrt((part**2).sum(axis=1)).mean() for part in np.split(pushes, [2, 5], axis=1)]
    np.testing.assert_allclose(sizes, 1)


def test_a_batch_covers_all_kinds_of_doubt() -> None:
    """Ten groups of tracks that repeat each other: ten picks take one of each; the ten most unsure would not."""
    rng = np.random.default_rng(1)
    groups = np.repeat(np.arange(10), 20)
    seen = np.eye(10)[groups] * 5 + rng.normal(0, 0.01, (200, 10))
    unsure = 0.5 + 0.001 * groups[:, None] * np.array([[1, -1]])
    pushes = gradients({"genre": GENRE}, {"genre": unsure}, {"genre": np.zeros(200, np.bool_)})
    picks = chosen(pushes, seen, 10)
    assert len(set(groups[picks])) >= 9
    naive = np.argsort(-np.minimum(unsure[:, 0], unsure[:, 1]), kind="stable")[:10]
    assert len(set(groups[naive])) == 1
    assert len(set(picks.tolist())) == 10


def test_equal_tracks_are_still_as_many_as_asked() -> None:
    pushes = np.ones((5, 2))
    assert sorted(chosen(pushes, np.ones((5, 3)), 4).tolist()) != []
    assert len(set(chosen(pushes, np.ones((5, 3)), 4).tolist())) == 4
    assert len(chosen(pushes, np.ones((5, 3)), 99)) == 5
    assert len(chosen(np.zeros((5, 2)), np.ones((5, 3)), 3)) == 0


def test_a_seed_gives_one_answer() -> None:
    rng = np.random.default_rng(2)
    pushes, seen = rng.normal(size=(80, 4)), rng.normal(size=(80, 6))
    assert chosen(pushes, seen, 9, seed=1).tolist() == chosen(pushes, seen, 9, seed=1).tolist()
    assert chosen(pushes, seen, 9, seed=1).tolist() != chosen(pushes, seen, 9, seed=2).tolist()

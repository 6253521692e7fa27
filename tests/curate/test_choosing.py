"""Tracks to label next: they speak for many unsure ones, not for labelled ones, and not twice for the same."""

from __future__ import annotations

import numpy as np
import pytest

from unisono.curate import choosing
from unisono.curate.choosing import chosen, doubts
from unisono.tasks import task

GENRE = task("genre", {"kind": "multiclass", "labels": ["a", "b"]})
MOODS = task("moods", {"kind": "multilabel", "labels": ["x", "y", "z"]})
ENERGY = task("energy", {"kind": "regression", "range": [0, 1]})


def groups_of(sizes: list[int], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Groups of tracks that sound nearly the same: the group of each, and what the heads read of it."""
    groups = np.repeat(np.arange(len(sizes)), sizes)
    rng = np.random.default_rng(seed)
    return groups, np.eye(len(sizes))[groups] * 5 + rng.normal(0, 0.02, (len(groups), len(sizes)))


def test_doubt_is_small_where_the_margin_is_large_and_one_on_average() -> None:
    rng = np.random.default_rng(0)
    scores = {"genre": rng.dirichlet([1, 1], 50), "moods": rng.random((50, 3)), "energy": rng.random((50, 1))}
    found = doubts({"genre": GENRE, "moods": MOODS, "energy": ENERGY}, scores)
    assert [one.mean() for one in found.values()] == pytest.approx([1, 1, 1])
    margins = np.abs(scores["genre"][:, 0] - scores["genre"][:, 1])
    assert (np.argsort(found["genre"]) == np.argsort(-margins)).all()
    assert (found["energy"] == 1).all(), "a number says nothing of how sure it is"


def test_a_batch_covers_all_kinds_of_doubt() -> None:
    """Ten groups of tracks that repeat each other: ten picks take one of each; the ten most unsure would not."""
    groups, seen = groups_of([20] * 10)
    doubt = 1 + 0.01 * groups
    missing = {"genre": np.ones(200, np.bool_)}
    picks = chosen({"genre": doubt}, missing, seen, 10)
    assert sorted(groups[picks].tolist()) == list(range(10))
    naive = np.argsort(-doubt, kind="stable")[:10]
    assert len(set(groups[naive])) == 1


def test_a_crowd_comes_before_an_odd_one_and_the_unsure_before_the_sure() -> None:
    groups, seen = groups_of([30, 1, 30])
    missing = {"genre": np.ones(61, np.bool_)}
    assert groups[chosen({"genre": np.ones(61)}, missing, seen, 2)].tolist() in ([0, 2], [2, 0])
    doubt = np.where(groups == 2, 0.01, 1.0)
    assert groups[chosen({"genre": doubt}, missing, seen, 1)].tolist() == [0]


def test_what_a_labelled_track_speaks_for_is_not_asked_again() -> None:
    groups, seen = groups_of([20, 20, 20])
    missing = np.ones(60, np.bool_)
    missing[[0, 20]] = False
    picks = chosen({"genre": np.ones(60)}, {"genre": missing}, seen, 58)
    assert groups[picks[0]] == 2
    assert len(picks) == 58 and not {0, 20} & set(picks.tolist()), "only tracks that lack a label"


def test_each_task_asks_for_what_it_lacks() -> None:
    """The first group is labelled in one task, the second in the other: the third, which lacks both, comes first."""
    groups, seen = groups_of([20, 20, 20])
    missing = {"genre": groups != 0, "energy": groups != 1}
    doubt = {name: np.ones(60) for name in missing}
    assert groups[chosen(doubt, missing, seen, 3)].tolist()[0] == 2


def test_greedy_picks_are_those_of_a_plain_search() -> None:
    rng = np.random.default_rng(3)
    seen, doubt = rng.normal(size=(40, 5)), {"genre": rng.random(40), "moods": rng.random(40)}
    missing = {name: rng.random(40) < 0.8 for name in doubt}
    picks = chosen(doubt, missing, seen, 8)
    places = choosing._directions(seen)
    alike = np.exp(-choosing._squares(places, places) / choosing._near(places))
    spoken = {n: alike[~missing[n]].max(axis=0) for n in doubt}
    for pick in picks:
        gains = sum(missing[n] * (np.maximum(alike - spoken[n], 0) @ doubt[n]) for n in doubt)
        assert gains[pick] == pytest.approx(gains.max())
        spoken = {n: np.maximum(spoken[n], alike[pick]) if missing[n][pick] else spoken[n] for n in doubt}


def test_equal_tracks_are_still_as_many_as_asked() -> None:
    missing = {"genre": np.ones(5, np.bool_)}
    for seen in (np.ones((5, 3)), np.zeros((5, 3))):
        assert len(set(chosen({"genre": np.ones(5)}, missing, seen, 4).tolist())) == 4
        assert len(chosen({"genre": np.zeros(5)}, missing, seen, 99)) == 5
    assert len(chosen({"genre": np.ones(5)}, {"genre": np.zeros(5, np.bool_)}, np.ones((5, 3)), 3)) == 0
    assert chosen({"genre": np.ones(1)}, {"genre": np.ones(1, np.bool_)}, np.ones((1, 3)), 3).tolist() == [0]


def test_of_many_tracks_some_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "_HEARERS", 60)
    groups, seen = groups_of([20] * 10)
    missing = {"genre": np.ones(200, np.bool_)}
    picks = [chosen({"genre": np.ones(200)}, missing, seen, 10, seed) for seed in (1, 1, 2)]
    assert picks[0].tolist() == picks[1].tolist()
    assert all(len(set(groups[one].tolist())) >= 9 for one in picks)

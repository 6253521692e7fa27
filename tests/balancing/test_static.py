"""Fixed weights."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from unisono.balancing import Facts, balancer, balancing_of
from unisono.errors import ExperimentError

FACTS = {
    "artist": Facts("multiclass", 68, 340),
    "language": Facts("multiclass", 17, 340),
    "energy": Facts("regression", 1, 100),
}
BOTH = {"artist": FACTS["artist"], "language": FACTS["language"]}


def static(facts=FACTS, **keys):
    return balancer(balancing_of({"method": "static", **keys}), facts)


class Losses:
    """A step that only records what it is given."""

    def __init__(self, tasks):
        self.losses = dict.fromkeys(tasks)

    def backward(self, weights):
        self.weights = dict(weights)


def test_given_weights_are_used():
    step = Losses(["artist", "energy"])
    assert static(weights={"artist": 2.5}).step(step) == {"artist": 2.5, "energy": 1.0}
    assert step.weights == {"artist": 2.5, "energy": 1.0}


def test_label_ratio_is_68_over_17():
    step = Losses(["artist", "language"])
    assert static(BOTH, label_ratio="artist").step(step) == {"artist": 1.0, "language": 4.0}


def test_a_given_weight_goes_before_the_ratio():
    found = static(label_ratio="artist", weights={"energy": 0.5, "language": 0.0}).step(Losses(FACTS))
    assert found == {"artist": 1.0, "language": 0.0, "energy": 0.5}


def test_a_task_counts_by_the_share_of_tracks_that_have_its_label():
    assert static(known_share=True).step(Losses(FACTS)) == {"artist": 1.0, "language": 1.0, "energy": 100 / 340}
    few = {**BOTH, "language": Facts("multiclass", 17, 85)}
    assert static(few, known_share=True, label_ratio="artist").step(Losses(few)) == {"artist": 1.0, "language": 1.0}
    assert static(few, known_share=True, weights={"language": 3}).step(Losses(few)) == {"artist": 1.0, "language": 3.0}


def test_a_regression_has_no_ratio():
    with pytest.raises(ExperimentError, match=r"energy is a regression.*Give it a weight: weights = { energy = 1.0 }"):
        static(label_ratio="artist")
    with pytest.raises(ExperimentError, match=r"energy is a regression.*Choose another target"):
        static(label_ratio="energy")


def test_unknown_tasks_are_said_with_the_nearest():
    with pytest.raises(ExperimentError, match=r'balancing.weights: "artsit" is no task.*Did you mean "artist"'):
        static(weights={"artsit": 1})
    with pytest.raises(ExperimentError, match=r'balancing.label_ratio: "mood" is no task'):
        static(label_ratio="mood")


def test_weights_below_zero_and_no_weights_are_errors():
    with pytest.raises(ValidationError, match=r"greater than or equal to 0"):
        static(weights={"artist": -1})
    with pytest.raises(ValidationError, match=r"static needs weights"):
        static()

"""Dynamic weight averaging on losses whose ratios are known."""

from __future__ import annotations

import math

import pytest
import torch

from unisono.balancing import Facts, balancer, balancing_of


class Losses:
    """A step with given losses."""

    def __init__(self, **losses):
        self.losses = {task: torch.tensor(loss, dtype=torch.float64) for task, loss in losses.items()}

    def backward(self, weights):
        self.weights = dict(weights)


def dwa(**keys):
    facts = {"a": Facts("regression", 1, 9), "b": Facts("regression", 1, 9)}
    return balancer(balancing_of({"method": "dwa", **keys}), facts)


def test_two_epochs_of_ones_then_the_ratio_of_means():
    found = dwa(temperature=0.5)
    found.start_epoch(0)
    assert found.step(Losses(a=3.0, b=8.0)) == {"a": 1.0, "b": 1.0}
    found.step(Losses(a=5.0, b=8.0))
    found.start_epoch(1)
    assert found.step(Losses(a=4.0, b=2.0)) == {"a": 1.0, "b": 1.0}
    found.start_epoch(2)
    slow, fast = math.exp(1.0 / 0.5), math.exp(0.25 / 0.5)
    wanted = {"a": 2 * slow / (slow + fast), "b": 2 * fast / (slow + fast)}
    assert found.step(Losses(a=1.0, b=1.0)) == pytest.approx(wanted)


def test_an_epoch_without_a_task_is_skipped_for_it():
    found = dwa()
    for epoch, losses in enumerate([{"a": 4.0, "b": 1.0}, {"a": 4.0}, {"a": 4.0, "b": 0.5}]):
        found.start_epoch(epoch)
        found.step(Losses(**losses))
    found.start_epoch(3)
    weights = found.step(Losses(a=1.0, b=1.0))
    assert weights["a"] / weights["b"] == pytest.approx(math.exp((1 - 0.5) / 2))


def test_a_diverging_ratio_overflows_nothing():
    found = dwa(temperature=0.01)
    for epoch, loss in enumerate([1e-9, 1e9]):
        found.start_epoch(epoch)
        found.step(Losses(a=loss, b=1.0))
    found.start_epoch(2)
    assert found.step(Losses(a=1.0, b=1.0)) == {"a": 2.0, "b": 0.0}

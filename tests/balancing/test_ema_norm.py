"""Fixed shares of the gradient norm."""

from __future__ import annotations

import pytest

from unisono.balancing import Facts, balancer, balancing_of
from unisono.balancing.step import gradient_norms
from unisono.errors import ExperimentError

FACTS = {t: Facts("regression", 1, 10) for t in "abc"}


def ema(**keys):
    return balancer(balancing_of({"method": "ema_norm", **keys}), FACTS)


@pytest.mark.parametrize("at", ["representation", "weights"])
def test_shares_are_kept_whatever_the_scales(toy, at):
    net = toy()
    lengths = gradient_norms(net.step("abc"), at)
    weights = ema(at=at, shares={"a": 2.0}).step(net.step("abc"))
    moved = {t: weights[t] * lengths[t] for t in "abc"}
    whole = sum(lengths.values())
    assert moved == pytest.approx({"a": whole / 2, "b": whole / 4, "c": whole / 4})


def test_averages_have_no_bias_at_the_start(toy):
    net, found = toy(), ema(decay=0.9)
    n = [gradient_norms(net.step("abc", batch=batch), "representation") for batch in range(3)]
    for batch, tasks in enumerate(["abc", "a", "ab"]):
        weights = found.step(net.step(tasks, batch=batch))
    mean_a = (0.81 * n[0]["a"] + 0.9 * n[1]["a"] + n[2]["a"]) / 2.71
    mean_b = (0.9 * n[0]["b"] + n[2]["b"]) / 1.9
    assert weights["a"] / weights["b"] == pytest.approx(mean_b / mean_a)


def test_one_task_a_step_still_gets_its_share(toy):
    net, found = toy(), ema(decay=0.9)
    for number in range(9):
        weights = found.step(net.step("abc"[number % 3]))
        assert len(weights) == 1
    lengths = gradient_norms(net.step("abc"), "representation")
    whole = sum(lengths.values())
    assert weights["c"] * lengths["c"] == pytest.approx(whole / 3)


def test_gradient_that_is_zero_is_no_division_by_zero(toy):
    net = toy()
    net.heads["a"].weight.data.zero_()
    weights = ema().step(net.step("abc"))
    assert weights["a"] == 1.0
    assert weights["b"] > 0


def test_unknown_task_is_said():
    with pytest.raises(ExperimentError, match=r'balancing.shares: "bb" is no task'):
        ema(shares={"bb": 1.0})

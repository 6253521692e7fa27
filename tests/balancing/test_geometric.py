"""The geometric mean of losses against its own gradient."""

from __future__ import annotations

import pytest
import torch

from unisono.balancing import Facts, balancer, balancing_of
from unisono.balancing.geometric import _weights

FACTS = {t: Facts("regression", 1, 10) for t in "abc"}


def test_gradient_is_that_of_the_mean_times_the_number(toy):
    net, plain = toy(), toy()
    balancer(balancing_of({"method": "geometric"}), FACTS).step(net.step("abc"))
    losses, _ = plain.losses("abc")
    (3 * torch.stack(list(losses.values())).log().mean().exp()).backward()
    for (name, p), (_, q) in zip(net.named_parameters(), plain.named_parameters(), strict=True):
        torch.testing.assert_close(p.grad, q.grad, rtol=1e-10, atol=1e-12, msg=name)


def test_equal_losses_count_once():
    assert _weights({"a": 0.3, "b": 0.3}) == pytest.approx({"a": 1.0, "b": 1.0})


def test_solved_task_takes_no_infinite_weight():
    assert _weights({"a": 0.0, "b": 1.0}) == pytest.approx({"a": 1e4, "b": 1e-4})
    assert _weights({"a": 0.0, "b": 0.0}) == {"a": 1.0, "b": 1.0}

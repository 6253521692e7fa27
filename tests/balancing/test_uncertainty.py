"""Uncertainty weighting against its loss written out in torch."""

from __future__ import annotations

import pytest
import torch

from unisono.balancing import Facts, balancer, balancing_of
from unisono.errors import TrainingError

FACTS = {"a": Facts("regression", 1, 9), "b": Facts("multiclass", 4, 9), "c": Facts("multilabel", 2, 9)}


def test_weights_follow_kendalls_loss(toy):
    net = toy()
    found = balancer(balancing_of({"method": "uncertainty", "learning_rate": 0.05, "start": 0.2}), FACTS)
    logs = {t: torch.tensor(0.2, dtype=torch.float64, requires_grad=True) for t in "abc"}
    adam = torch.optim.Adam(logs.values(), lr=0.05, eps=0.0)
    for _ in range(5):
        adam.zero_grad()
        losses, _ = net.losses("abc")
        factor = {"a": 0.5, "b": 1.0, "c": 1.0}
        terms = [factor[t] * torch.exp(-logs[t]) * losses[t].detach() + logs[t] / 2 for t in "abc"]
        sum(terms).backward()
        wanted = {t: factor[t] * torch.exp(-logs[t]).item() for t in "abc"}
        assert found.step(net.step("abc")) == pytest.approx(wanted, rel=1e-12)
        adam.step()


def test_noisy_task_loses_weight(toy):
    net, found = toy(), balancer(balancing_of({"method": "uncertainty", "learning_rate": 0.05}), FACTS)
    for _ in range(20):
        weights = found.step(net.step("abc"))
    assert weights["b"] < 1 < weights["c"]


def test_another_experiments_state_is_refused():
    found = balancer(balancing_of({"method": "uncertainty"}), FACTS)
    with pytest.raises(TrainingError, match="it holds the tasks x but the experiment has a, b, c"):
        found.restore({"log_variances": {"x": 0.0}, "moments": {}})

"""Optimisers: a step without torch's hooks around it is that step, to the last bit."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn import Parameter
from torch.optim import Adam, Optimizer

from unisono.training.optimizing import optimizer_of, stepped
from unisono.training.settings import TrainingSettings

Moments = list[dict[str, Any]]


def _after(steps: int, optimizer: str, ours: bool) -> tuple[list[Parameter], Moments, Optimizer]:
    """Parameters of two learning rates; one has no gradient in the first two steps, then in every other one."""
    torch.manual_seed(3)
    values = [Parameter(torch.randn(5, 70)), Parameter(torch.randn(9)), Parameter(torch.randn(3))]
    settings = TrainingSettings(optimizer=optimizer, weight_decay=0.1)
    found = optimizer_of({values[0]: 1.0, values[1]: 1.0, values[2]: 0.5}, settings)
    for step in range(steps):
        for value in values:
            value.grad = torch.randn_like(value)
        if step < 2 or step % 2:
            values[1].grad = None
        stepped(found) if ours else found.step()
    return values, [found.state[value] for value in values], found


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd", "adagrad"])
def test_a_step_is_the_optimisers_own(optimizer: str) -> None:
    (values, moments, _), (others, theirs, _) = _after(6, optimizer, ours=True), _after(6, optimizer, ours=False)
    for value, other, own, their in zip(values, others, moments, theirs, strict=True):
        assert torch.equal(value, other) and list(own) == list(their)
        assert all(
            torch.equal(torch.as_tensor(own[key]), torch.as_tensor(their[key])) for key in own if own[key] is not None
        )


def test_what_has_moments_is_not_asked_for_hooks() -> None:
    """So the way past them is what the test above looks at."""
    values, _, optimizer = _after(3, "adam", ours=True)
    assert isinstance(optimizer, Adam)
    optimizer.register_step_pre_hook(lambda *_: pytest.fail("the long way"))
    for value in values:
        value.grad = torch.ones_like(value)
    stepped(optimizer)

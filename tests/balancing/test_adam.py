"""Adam over named numbers against torch's."""

from __future__ import annotations

import json
import math

import pytest
import torch

from unisono.balancing._adam import Adam


def test_moves_as_torchs_adam():
    values, adam = {"a": 1.0, "b": -2.0}, Adam(0.1)
    tensors = {name: torch.tensor(v, dtype=torch.float64, requires_grad=True) for name, v in values.items()}
    other = torch.optim.Adam(tensors.values(), lr=0.1, eps=0.0)
    for number in range(12):
        gradients = {"a": math.sin(number) + 0.1, "b": 1e-5 * math.cos(number)}
        if number % 3 == 2:
            del gradients["b"]
        for name, tensor in tensors.items():
            tensor.grad = torch.tensor(gradients[name], dtype=torch.float64) if name in gradients else None
        adam.step(values, gradients)
        other.step()
        assert values == pytest.approx({name: t.item() for name, t in tensors.items()}, rel=1e-12)


def test_a_gradient_that_was_always_zero_moves_nothing():
    values = {"a": 1.0}
    Adam(0.1).step(values, {"a": 0.0})
    assert values == {"a": 1.0}


def test_state_continues_to_the_last_bit():
    whole, values, first = {"a": 1.0}, {"a": 1.0}, Adam(0.1)
    one = Adam(0.1)
    for number in range(6):
        one.step(whole, {"a": 0.3 * number - 1})
    for number in range(3):
        first.step(values, {"a": 0.3 * number - 1})
    second = Adam(0.1)
    second.restore(json.loads(json.dumps(first.state())))
    for number in range(3, 6):
        second.step(values, {"a": 0.3 * number - 1})
    assert values == whole

"""Losses and norms as numbers."""

from __future__ import annotations

import pytest
import torch

from unisono.balancing.step import loss_values, norms
from unisono.errors import TrainingError


def test_norm_is_over_all_tensors_of_a_task():
    found = norms({"a": (torch.tensor([3.0]), torch.tensor([[4.0]])), "b": (torch.zeros(2),)})
    assert found == {"a": 5.0, "b": 0.0}


def test_norm_of_half_precision_is_not_rounded():
    gradient = torch.full((1000,), 1.0, dtype=torch.bfloat16)
    assert norms({"a": (gradient,)})["a"] == pytest.approx(1000**0.5, rel=1e-6)


def test_losses_are_exact():
    assert loss_values({"a": torch.tensor(0.1, dtype=torch.float64)}) == {"a": 0.1}


def test_what_is_not_finite_is_said_with_its_task():
    with pytest.raises(TrainingError, match=r"balancing: mood: its loss is nan but must be finite"):
        loss_values({"genre": torch.tensor(1.0), "mood": torch.tensor(float("nan"))})
    with pytest.raises(TrainingError, match=r"its gradient norm is inf"):
        norms({"genre": (torch.tensor([float("inf")]),)})

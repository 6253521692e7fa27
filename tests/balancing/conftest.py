"""Small multi-task networks with known sharing, in float64."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from unisono.balancing.step import TrainingStep

torch.set_num_threads(1)


class Toy(nn.Module):
    """Two shared blocks, a head a task; `c` also reads a's output with its gradient stopped; `idle` is never used."""

    def __init__(self, seed: int = 0, tasks: tuple[str, ...] = ("a", "b", "c")) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.first = nn.Conv1d(2, 4, 3, padding=1)
        self.second = nn.Conv1d(4, 6, 3, padding=1)
        width = 6 * 5
        self.heads = nn.ModuleDict({t: nn.Linear(width + (1 if t == "c" else 0), 1) for t in tasks})
        self.idle = nn.Linear(3, 3)
        self.trunk_passes = 0
        self.double()

    def forward(self, x: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        below = self.first(x)
        if below.requires_grad:
            below.register_hook(self._count)
        shared = torch.relu(self.second(torch.relu(below))).flatten(1)
        out: dict[str, Tensor] = {}
        for task, head in self.heads.items():
            extra = [out["a"].detach()] if task == "c" else []
            out[task] = head(torch.cat([shared, *extra], dim=1))
        return out, shared

    def _count(self, gradient: Tensor) -> None:
        self.trunk_passes += 1

    def last_shared(self) -> list[nn.Parameter]:
        return [self.second.weight]

    def losses(self, tasks: str, scale: float = 1.0, batch: int = 0) -> tuple[dict[str, Tensor], Tensor]:
        generator = torch.Generator().manual_seed(100 + batch)
        x = torch.randn(7, 2, 5, generator=generator, dtype=torch.float64)
        y = torch.randn(7, 1, generator=generator, dtype=torch.float64)
        out, shared = self(x)
        factors = {"a": 1.0, "b": 20.0, "c": 0.05, "d": 3.0}
        return {t: scale * ((out[t] - factors[t] * y) ** 2).mean() for t in tasks}, shared

    def step(self, tasks: str, scale: float = 1.0, batch: int = 0, one_tensor: bool = True) -> TrainingStep:
        losses, shared = self.losses(tasks, scale, batch)
        return TrainingStep(losses, shared if one_tensor else None, self)

    def gradients(self) -> dict[str, Tensor | None]:
        return {name: None if p.grad is None else p.grad.clone() for name, p in self.named_parameters()}


@pytest.fixture
def toy() -> Callable[..., Toy]:
    """Makes the same network every time it is called."""
    return Toy

"""Gradient surgery: the tasks' gradients at the tensor all heads read become one that hurts none, or few.

The aggregators are torchjd's (Quinton and Rey, "Jacobian descent for multi-objective optimization", 2024). The trunk
gets the aggregated gradient in one pass, each head its own loss's. Where tasks are labelled on different tracks of a
batch their gradients here are orthogonal: conflicts are seen among tasks that share tracks only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torchjd import aggregation

from unisono.balancing import Facts, State, Step
from unisono.balancing._dual_cone import ScipyProjector
from unisono.balancing._weights import same_tasks
from unisono.balancing.step import norms
from unisono.balancing.surgery_settings import SurgerySettings
from unisono.errors import MissingExtra

_MADE: dict[str, Callable[[SurgerySettings], aggregation.Aggregator]] = {
    "aligned_mtl": lambda _: aggregation.AlignedMTL(),
    "cagrad": lambda settings: aggregation.CAGrad(c=settings.c),
    "config": lambda _: aggregation.ConFIG(),
    "dualproj": lambda _: aggregation.DualProj(projector=ScipyProjector()),
    "fairgrad": lambda settings: aggregation.FairGrad(alpha=settings.alpha),
    "graddrop": lambda _: aggregation.GradDrop(),
    "gradvac": lambda settings: aggregation.GradVac(beta=settings.beta),
    "imtl_g": lambda _: aggregation.IMTLG(),
    "mgda": lambda _: aggregation.MGDA(),
    "pcgrad": lambda _: aggregation.PCGrad(),
    "upgrad": lambda _: aggregation.UPGrad(projector=ScipyProjector()),
}
_MEANS = {"aligned_mtl", "cagrad", "dualproj", "imtl_g", "mgda", "upgrad"}  # the others are like a sum


class Surgery:
    """Aggregated gradients (a `Balancer`). Where nothing conflicts the trunk's gradient is about the plain sum's.

    The weights it returns are the trunk's: the combination of the tasks' gradients that is (or, for "graddrop", is
    nearest to) the aggregated one; heads always count once.
    """

    def __init__(self, settings: SurgerySettings, facts: Mapping[str, Facts], seed: int) -> None:
        self._name = settings.aggregator
        self._aggregator = _made(settings)
        self._tasks = sorted(facts)  # rows are in this order: that of the experiment changes nothing
        self._seed, self._steps = seed, 0
        self._similarities = torch.zeros(len(facts), len(facts), dtype=torch.float64)  # gradvac's wanted cosines

    def step(self, step: Step) -> dict[str, float]:
        if len(step.losses) == 1:
            weights = dict.fromkeys(step.losses, 1.0)
            step.backward(weights)
        else:
            weights = self._operate(step)
        self._steps += 1
        return weights

    def start_epoch(self, epoch: int) -> None:
        pass

    def state(self) -> State:
        return {"tasks": self._tasks, "steps": self._steps, "similarities": self._similarities.tolist()}

    def restore(self, state: State) -> None:
        same_tasks(state["tasks"], self._tasks)
        self._steps = state["steps"]
        self._similarities = torch.tensor(state["similarities"], dtype=torch.float64)

    def _operate(self, step: Step) -> dict[str, float]:
        gradients = step.representation_gradients()
        lengths = norms({task: (gradient,) for task, gradient in gradients.items()})
        scale = math.sqrt(math.fsum(length * length for length in lengths.values())) or 1.0
        tasks = [task for task in self._tasks if task in gradients]
        first = gradients[tasks[0]]
        rows = torch.stack([gradients[task].flatten() for task in tasks])
        matrix = rows.to(torch.promote_types(rows.dtype, torch.float32)) / scale  # no scale: thresholds inside hold
        whole = self._aggregated(matrix, [self._tasks.index(task) for task in tasks])
        if self._name in _MEANS:
            whole = whole * len(tasks)
        weights = _weights(matrix, whole)
        step.backward_representation((whole * scale).to(first.dtype).reshape(first.shape))
        return dict(zip(tasks, weights, strict=True))

    def _aggregated(self, matrix: Tensor, rows: list[int]) -> Tensor:
        """The aggregator's answer, with random numbers of the seed and the step alone."""
        seed = (self._seed * 1_000_003 + self._steps) % 2**63
        with torch.random.fork_rng(devices=[matrix.device] if matrix.is_cuda else []), torch.no_grad():
            torch.default_generator.manual_seed(seed)
            if matrix.is_cuda:
                torch.cuda.manual_seed(seed)
            if self._name == "gradvac":
                return self._vaccinated(matrix, rows)
            found: Tensor = self._aggregator(matrix)
            return found

    def _vaccinated(self, matrix: Tensor, rows: list[int]) -> Tensor:
        """GradVac with the wanted similarities of the present tasks (torchjd's would start anew when one is absent)."""
        weighting: Any = self._aggregator.gramian_weighting
        here = torch.tensor(rows)
        weighting._phi_t = self._similarities[here[:, None], here].to(matrix.dtype)
        weighting._state_key = (len(rows), matrix.dtype)
        found: Tensor = self._aggregator(matrix)
        self._similarities[here[:, None], here] = weighting._phi_t.double()
        return found


def _made(settings: SurgerySettings) -> aggregation.Aggregator:
    try:
        return _MADE[settings.aggregator](settings)
    except ImportError as error:
        raise MissingExtra(
            f'balancing.aggregator "{settings.aggregator}"',
            "packages it needs are not installed",
            str(error).splitlines()[0],
        ) from error


def _weights(matrix: Tensor, whole: Tensor) -> list[float]:
    """The combination of rows that is nearest to a vector; exact for a vector that is one."""
    gramian, projected = (matrix @ matrix.T).double().cpu(), (matrix @ whole).double().cpu()
    found: list[float] = (torch.linalg.pinv(gramian, hermitian=True, rtol=1e-7) @ projected).tolist()
    return found

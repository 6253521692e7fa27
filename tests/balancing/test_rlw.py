"""Random weights: their law, their seed, their independence of everything else."""

from __future__ import annotations

import numpy as np
import pytest

from unisono.balancing import Facts, balancer, balancing_of


class Losses:
    """A step that does nothing."""

    def __init__(self, tasks):
        self.losses = dict.fromkeys(tasks)

    def backward(self, weights):
        pass


def draws(count=400, seed=1, tasks="abcd", **keys):
    found = balancer(balancing_of({"method": "rlw", **keys}), {t: Facts("regression", 1, 9) for t in "abcd"}, seed)
    return [found.step(Losses(tasks)) for _ in range(count)]


@pytest.mark.parametrize("draw", ["normal", "dirichlet"])
def test_positive_and_sums_to_the_number_of_present_tasks(draw):
    for tasks in ("abcd", "bd", "c"):
        for weights in draws(20, tasks=tasks, draw=draw):
            assert min(weights.values()) > 0
            assert sum(weights.values()) == pytest.approx(len(tasks))


def test_dirichlet_is_uniform_over_shares():
    shares = np.array([[w / 4 for w in weights.values()] for weights in draws(2000, draw="dirichlet")])
    assert shares.mean(0) == pytest.approx([0.25] * 4, abs=0.02)
    assert shares.var(0) == pytest.approx([3 / 80] * 4, abs=0.005)  # Beta(1, 3)


def test_normal_is_the_softmax_of_standard_normals():
    logs = np.log(np.array([list(weights.values()) for weights in draws(2000)]))
    assert (logs[:, 0] - logs[:, 1]).std() == pytest.approx(2**0.5, abs=0.08)


def test_seed_decides():
    assert draws(3, seed=1) == draws(3, seed=1) != draws(3, seed=2)

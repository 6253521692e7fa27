"""Gradient surgery: laws of the aggregated gradient, the projector against a grid search, what is missing is said."""

from __future__ import annotations

import importlib.util
import itertools

import numpy as np
import pytest
import torch

from unisono.balancing import Facts, balancer, balancing_of
from unisono.balancing._dual_cone import ScipyProjector
from unisono.balancing.step import TrainingStep
from unisono.errors import ExperimentError, MissingExtra, TrainingError

FACTS = {t: Facts("regression", 1, 10) for t in "abc"}
OFFERED = ["aligned_mtl", "config", "dualproj", "fairgrad", "graddrop", "gradvac", "imtl_g", "mgda", "pcgrad", "upgrad"]


def surgery(name="upgrad", tasks="abc", seed=0):
    return balancer(balancing_of({"method": "surgery", "aggregator": name}), {t: FACTS[t] for t in tasks}, seed)


class Given:
    """A step with given gradients; keeps what the trunk gets."""

    def __init__(self, **rows):
        self.rows = {task: torch.tensor(row, dtype=torch.float64) for task, row in rows.items()}
        self.losses = dict.fromkeys(self.rows)

    def representation_gradients(self):
        return self.rows

    def backward_representation(self, gradient):
        self.gradient = gradient


@pytest.mark.parametrize("name", OFFERED)
def test_weights_give_the_gradient_that_the_trunk_got(name):
    step = Given(a=[[1.0, 0.2], [0.5, 0.0]], b=[[-0.5, 1.0], [0.3, 0.0]], c=[[0.1, 0.1], [-2.0, 0.5]])
    weights = surgery(name).step(step)
    if name != "graddrop":  # the one whose answer is no combination of its rows
        torch.testing.assert_close(sum(weights[t] * step.rows[t] for t in "abc"), step.gradient)


@pytest.mark.parametrize("name", sorted({*OFFERED} - {"fairgrad", "graddrop"}))
def test_orthogonal_equal_gradients_are_summed(name):
    step = Given(a=[1.0, 0.0, 0.0], b=[0.0, 1.0, 0.0], c=[0.0, 0.0, 1.0])
    surgery(name).step(step)
    torch.testing.assert_close(step.gradient, torch.ones(3, dtype=torch.float64), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("name", ["aligned_mtl", "config", "dualproj", "fairgrad", "mgda", "pcgrad", "upgrad"])
def test_two_conflicting_tasks_are_both_helped(name):
    step = Given(a=[1.0, 0.0], b=[-0.6, 0.8])
    surgery(name, "ab").step(step)
    plain = step.rows["a"] + step.rows["b"]
    assert min(float(step.gradient @ row) for row in step.rows.values()) > -1e-3
    assert float(step.gradient @ plain) > 0


def test_plain_sum_hurts_the_weaker_of_two():  # so that the law above says something
    rows = Given(a=[1.0, 0.0], b=[-6.0, 8.0]).rows
    assert float((rows["a"] + rows["b"]) @ rows["a"]) < 0
    step = Given(a=[1.0, 0.0], b=[-6.0, 8.0])
    surgery("upgrad", "ab").step(step)
    assert float(step.gradient @ rows["a"]) > -1e-2


def test_zero_gradients_are_no_division_by_zero():
    for name in OFFERED:
        step = Given(a=[0.0, 0.0], b=[0.0, 0.0])
        surgery(name, "ab").step(step)
        assert step.gradient.tolist() == [0.0, 0.0], name


def test_projector_finds_the_least_norm():
    rows = torch.tensor([[1.0, 0.0, 0.3], [-0.7, 0.6, 0.0], [-0.5, -0.9, 0.1]], dtype=torch.float64)
    gramian = rows @ rows.T
    wanted = torch.tensor([0.2, 0.5, 0.3], dtype=torch.float64)
    found = ScipyProjector()(wanted, gramian)
    assert bool((found >= wanted - 1e-12).all())
    exact = gramian / gramian.trace() + 1e-4 * torch.eye(3, dtype=torch.float64)
    more = np.array(list(itertools.product(np.linspace(0, 2, 41), repeat=3)))
    tried = wanted.numpy() + more[(more == 0).any(axis=1)]  # at the optimum some task is not raised
    best = np.einsum("ij,jk,ik->i", tried, exact.numpy(), tried).min()
    assert float(found @ exact @ found) <= best + 1e-12


def test_random_ones_depend_on_the_seed_and_the_step_alone():
    def run(seed):
        found = surgery("graddrop", "ab", seed)
        steps = [Given(a=[1.0, -2.0, 3.0, -1.0, 2.0], b=[-1.0, 1.0, -3.0, 1.0, -2.0]) for _ in range(4)]
        for step in steps:
            torch.rand(1)
            found.step(step)
        return [step.gradient.tolist() for step in steps]

    assert run(0) == run(0) != run(1)


def test_global_random_numbers_are_left_alone():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    surgery("pcgrad", "ab").step(Given(a=[1.0, 0.0], b=[-1.0, 1.0]))
    assert torch.equal(before, torch.get_rng_state())


def test_gradvac_keeps_the_similarities_of_an_absent_pair():
    found = surgery("gradvac")
    found.step(Given(a=[1.0, 0.0], b=[0.8, 0.6], c=[0.6, 0.8]))
    before = found.state()["similarities"]
    found.step(Given(a=[1.0, 0.0], c=[0.0, 1.0]))
    after = found.state()["similarities"]
    assert before[0][1] == after[0][1] != 0
    assert before[0][2] != after[0][2]


def test_one_present_task_is_plain(toy):
    net, plain = toy(), toy()
    assert surgery().step(net.step("b")) == {"b": 1.0}
    plain.losses("b")[0]["b"].backward()
    torch.testing.assert_close(net.first.weight.grad, plain.first.weight.grad)


def test_half_precision_trunk(toy):
    net = toy().float()
    x = torch.randn(4, 2, 5)
    _out, shared = net(x)
    half = shared.bfloat16()
    losses = {t: net.heads[t](half.float()).square().mean() for t in "ab"}
    surgery("upgrad", "ab").step(TrainingStep(losses, half, net))
    assert bool(net.first.weight.grad.isfinite().all())


def test_one_task_and_foreign_states_are_errors():
    with pytest.raises(ExperimentError, match=r"surgery needs two tasks or more but there is one"):
        surgery(tasks="a")
    with pytest.raises(TrainingError, match=r"it holds the tasks a, b but the experiment has a, b, c"):
        surgery().restore(surgery(tasks="ab").state())


def test_no_shared_tensor_is_an_error(toy):
    with pytest.raises(ExperimentError, match=r"heads do not all read one trained tensor"):
        surgery().step(toy().step("abc", one_tensor=False))


@pytest.mark.skipif(importlib.util.find_spec("cvxpy") is not None, reason="cvxpy is installed")
def test_missing_packages_are_named():
    with pytest.raises(MissingExtra, match=r"packages it needs are not installed.*cvxpy"):
        surgery("cagrad")

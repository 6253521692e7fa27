"""A step's gradients are those of plain autograd, with one pass through the trunk."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from unisono.balancing.step import TrainingStep
from unisono.balancing.step.tape import parameters_of
from unisono.errors import ExperimentError

WEIGHTS = {"a": 0.3, "b": 2.0, "c": 0.0}


def plain(net, tasks, weights, batch=0):
    losses, _ = net.losses(tasks, batch=batch)
    sum(weights[t] * losses[t] for t in tasks).backward()
    return net.gradients()


def same(found, expected):
    assert found.keys() == expected.keys()
    for name, gradient in expected.items():
        assert (found[name] is None) == (gradient is None), name
        if gradient is not None:
            torch.testing.assert_close(found[name], gradient, rtol=1e-12, atol=1e-12, msg=name)


ASKED = {
    "nothing": lambda step: None,
    "representation": lambda step: step.representation_gradients(),
    "weights": lambda step: step.shared_weight_gradients(),
    "named": lambda step: step.shared_weight_gradients("first"),
    "both": lambda step: (step.shared_weight_gradients("first"), step.shared_weight_gradients()),
}


@pytest.mark.parametrize("tasks", ["abc", "ca", "b"])
@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("one_tensor", [True, False])
def test_backward_is_the_weighted_sums_backward(toy, tasks, asked, one_tensor):
    if asked == "representation" and not one_tensor:
        pytest.skip("there is none")
    net = toy()
    step = net.step(tasks, one_tensor=one_tensor)
    ASKED[asked](step)
    step.backward(WEIGHTS)
    same(net.gradients(), plain(toy(), tasks, WEIGHTS))


def test_gradients_are_added_as_backward_does(toy):
    net, expected = toy(), toy()
    for batch in (0, 1):
        step = net.step("abc", batch=batch)
        step.shared_weight_gradients()
        step.backward(WEIGHTS)
        plain(expected, "abc", WEIGHTS, batch)
    same(net.gradients(), expected.gradients())


@pytest.mark.parametrize("one_tensor", [True, False])
@pytest.mark.parametrize("block", [None, "first", "first.weight"])
def test_weight_gradients_are_autograds(toy, one_tensor, block):
    net = toy()
    found = net.step("abc", one_tensor=one_tensor).shared_weight_gradients(block)
    weight = net.second.weight if block is None else net.first.weight
    losses, _ = net.losses("abc")
    for task, loss in losses.items():
        (expected,) = torch.autograd.grad(loss, [weight], retain_graph=True)
        torch.testing.assert_close(found[task], (expected,), rtol=1e-12, atol=1e-13)


def test_representation_gradients_are_autograds(toy):
    net = toy()
    losses, shared = net.losses("abc")
    found = TrainingStep(losses, shared, net).representation_gradients()
    for task, loss in losses.items():
        (expected,) = torch.autograd.grad(loss, [shared], retain_graph=True)
        torch.testing.assert_close(found[task], expected)


@pytest.mark.parametrize("asked", ["nothing", "representation", "weights"])
def test_one_pass_through_the_trunk(toy, asked):
    net = toy()
    step = net.step("abc")
    ASKED[asked](step)
    step.backward(WEIGHTS)
    assert net.trunk_passes == 1


def test_counting_sees_the_naive_way(toy):
    net = toy()
    losses, _ = net.losses("abc")
    for loss in losses.values():
        loss.backward(retain_graph=True)
    assert net.trunk_passes == 3


def test_heads_are_differentiated_once(toy):
    net = toy()
    losses, shared = net.losses("ab")
    passes = []
    seen = {t: loss * 1.0 for t, loss in losses.items()}
    for loss in seen.values():
        loss.register_hook(lambda gradient: passes.append(1))
    step = TrainingStep(seen, shared, net)
    step.representation_gradients()
    step.shared_weight_gradients()
    step.representation_gradients()
    step.backward(WEIGHTS)
    assert len(passes) == 2


def test_given_gradient_goes_to_the_trunk_only(toy):
    net = toy()
    losses, shared = net.losses("ab")
    direction = torch.randn(shared.shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    expected = torch.autograd.grad(shared, [net.first.weight, net.second.bias], direction, retain_graph=True)
    own = torch.autograd.grad(losses["b"], [net.heads["b"].weight], retain_graph=True)
    TrainingStep(losses, shared, net).backward_representation(direction)
    torch.testing.assert_close((net.first.weight.grad, net.second.bias.grad), expected)
    torch.testing.assert_close((net.heads["b"].weight.grad,), own)
    assert net.heads["c"].weight.grad is None


def test_heads_that_share_a_block_above(toy):
    def build():
        torch.manual_seed(0)
        return nn.Linear(3, 4).double(), nn.Linear(4, 4).double(), nn.Linear(4, 2).double()

    def losses(below, above, last, x):
        shared = torch.tanh(below(x))
        out = last(torch.tanh(above(shared)))
        return {"a": out[:, 0].square().mean(), "b": out[:, 1].square().mean()}, shared

    x = torch.randn(5, 3, dtype=torch.float64)
    one, two = build(), build()
    found, shared = losses(*one, x)
    step = TrainingStep(found, shared, nn.Module())
    step.representation_gradients()
    step.backward({"a": 2.0, "b": 0.5})
    expected, _ = losses(*two, x)
    (2.0 * expected["a"] + 0.5 * expected["b"]).backward()
    for mine, other in zip(one, two, strict=True):
        torch.testing.assert_close(mine.weight.grad, other.weight.grad)
        torch.testing.assert_close(mine.bias.grad, other.bias.grad)


def test_frozen_parameters_get_nothing(toy):
    net = toy()
    net.first.requires_grad_(False)
    net.heads["a"].weight.requires_grad_(False)
    step = net.step("ab")
    step.shared_weight_gradients()
    step.backward(WEIGHTS)
    assert net.first.weight.grad is None
    assert net.heads["a"].weight.grad is None
    assert net.heads["a"].bias.grad is not None


def test_tape_stops_at_the_shared_tensor(toy):
    net = toy()
    losses, shared = net.losses("ac")
    assert {id(p) for p in parameters_of(losses["c"], stop=shared)} == {id(p) for p in net.heads["c"].parameters()}
    trunk = [*net.first.parameters(), *net.second.parameters()]
    assert {id(p) for p in parameters_of(shared)} == {id(p) for p in trunk}


def test_no_shared_tensor_is_said(toy):
    with pytest.raises(
        ExperimentError, match=r"heads do not all read one trained tensor.*Share blocks among all tasks"
    ):
        toy().step("ab", one_tensor=False).representation_gradients()


def test_no_shared_block_is_said(toy):
    net = toy()
    net.last_shared = list
    with pytest.raises(ExperimentError, match=r"no block with trained weights is shared by all tasks"):
        net.step("ab").shared_weight_gradients()


def test_frozen_shared_block_is_said(toy):
    net = toy()
    net.second.requires_grad_(False)
    with pytest.raises(ExperimentError, match=r"no block with trained weights"):
        net.step("ab").shared_weight_gradients()


def test_unknown_block_is_said_with_the_nearest(toy):
    with pytest.raises(ExperimentError, match=r'no trained weights are named "secnd".*Did you mean "second"'):
        toy().step("ab").shared_weight_gradients("secnd")
    with pytest.raises(ExperimentError, match=r'"nowhere"\. Trained layers are first, second, heads\.a'):
        toy().step("ab").shared_weight_gradients("nowhere")


@pytest.mark.parametrize("one_tensor", [True, False])
def test_block_that_a_task_does_not_reach_is_said(toy, one_tensor):
    with pytest.raises(ExperimentError, match=r"task b does not reach the weights"):
        toy().step("ba" if not one_tensor else "b", one_tensor=one_tensor).shared_weight_gradients("heads.a")


class Interspersed(nn.Module):
    """One shared block, one of each task's own, then weights that all tasks share on streams of their own."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.fork = nn.Linear(3, 4)
        self.own = nn.ModuleDict({t: nn.Linear(4, 4) for t in "ab"})
        self.again = nn.Linear(4, 2)
        self.double()

    def last_shared(self):
        return [self.again.weight]

    def losses(self):
        x = torch.randn(6, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
        shared = torch.tanh(self.fork(x))
        return {t: self.again(torch.tanh(own(shared))).square().mean() for t, own in self.own.items()}, shared


@pytest.mark.parametrize("block", [None, "fork"])
def test_weights_shared_above_the_fork(block):
    net, other = Interspersed(), Interspersed()
    losses, shared = net.losses()
    step = TrainingStep(losses, shared, net)
    found = step.shared_weight_gradients(block)
    step.backward(WEIGHTS)
    expected, _ = other.losses()
    weight = other.again.weight if block is None else other.fork.weight
    for task, loss in expected.items():
        torch.testing.assert_close(found[task], torch.autograd.grad(loss, [weight], retain_graph=True))
    sum(WEIGHTS[t] * loss for t, loss in expected.items()).backward()
    for (name, p), (_, q) in zip(net.named_parameters(), other.named_parameters(), strict=True):
        torch.testing.assert_close(p.grad, q.grad, rtol=1e-12, atol=1e-13, msg=name)

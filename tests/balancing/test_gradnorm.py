"""GradNorm against its own definition by double backward, against torch's Adam, and on the paper's toy problem."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from unisono.balancing import Facts, balancer, balancing_of
from unisono.balancing.gradnorm import weight_gradients
from unisono.balancing.step import TrainingStep
from unisono.errors import ExperimentError, TrainingError

FACTS = {t: Facts("regression", 1, 10) for t in "abc"}


def gradnorm(facts=FACTS, **keys):
    return balancer(balancing_of({"method": "gradnorm", **keys}), facts)


def double_backward(net, tasks, weights, first, alpha):
    """GradNorm's loss written as it is defined; its gradient by autograd through the gradient's norm."""
    losses, _ = net.losses(tasks)
    w = {t: torch.tensor(weights[t], dtype=torch.float64, requires_grad=True) for t in tasks}
    lengths = {}
    for t in tasks:
        (gradient,) = torch.autograd.grad(w[t] * losses[t], [net.second.weight], create_graph=True)
        lengths[t] = gradient.norm()
    mean = torch.stack(list(lengths.values())).mean().detach()
    left = {t: losses[t].detach() / first[t] for t in tasks}
    average = torch.stack(list(left.values())).mean()
    terms = [(lengths[t] - mean * (left[t] / average) ** alpha).abs() for t in tasks]
    return dict(zip(tasks, torch.autograd.grad(torch.stack(terms).sum(), list(w.values())), strict=True))


@pytest.mark.parametrize("one_tensor", [True, False])
@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.5])
def test_three_updates_are_the_double_backwards(toy, alpha, one_tensor):
    net, found = toy(), gradnorm(alpha=alpha, learning_rate=0.01)
    first = {t: loss.item() for t, loss in net.losses("abc")[0].items()}
    expected = {t: torch.ones((), dtype=torch.float64, requires_grad=True) for t in "abc"}
    adam = torch.optim.Adam(expected.values(), lr=0.01, eps=0.0)
    for _ in range(3):
        weights = {t: w.item() for t, w in expected.items()}
        gradients = double_backward(net, "abc", weights, first, alpha)
        used = found.step(net.step("abc", one_tensor=one_tensor))
        assert used == pytest.approx(weights, rel=1e-9)  # from before this step's update
        for t, w in expected.items():
            w.grad = gradients[t]
        adam.step()
        with torch.no_grad():
            factor = 3 / sum(w.item() for w in expected.values())
            for w in expected.values():
                w.mul_(factor)
            for p in net.parameters():
                p.sub_(0.01 * (p.grad if p.grad is not None else 0))
                p.grad = None


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.5])
def test_first_order_form_is_the_double_backward(toy, alpha):
    net = toy()
    weights, first = {"a": 0.7, "b": 1.9, "c": 0.4}, {"a": 1.0, "b": 2.0, "c": 3.0}
    expected = double_backward(net, "abc", weights, first, alpha)
    losses, _ = net.losses("abc")
    lengths = {t: g[0].norm().item() for t, g in net.step("abc").shared_weight_gradients().items()}
    left = {t: losses[t].item() / first[t] for t in "abc"}
    rates = {t: x / (math.fsum(left.values()) / 3) for t, x in left.items()}
    found = weight_gradients(weights, lengths, rates, alpha)
    assert found == pytest.approx({t: g.item() for t, g in expected.items()}, rel=1e-9)


def test_alpha_favours_the_task_that_learns_slower():
    even = {"slow": 1.0, "fast": 1.0}
    found = weight_gradients(even, even, {"slow": 1.6, "fast": 0.4}, alpha=0.5)
    assert found["slow"] < 0 < found["fast"]  # descent raises the slow one's weight
    assert set(weight_gradients(even, even, {"slow": 1.6, "fast": 0.4}, alpha=0.0).values()) == {0.0}


@pytest.mark.parametrize("at", ["weights", "representation", "first"])
def test_task_with_the_large_gradient_loses_weight(toy, at):
    found, net = gradnorm(at=at, learning_rate=0.05), toy()
    for _ in range(20):
        weights = found.step(net.step("abc"))
    assert weights["b"] < 1 < weights["c"]
    assert sum(weights.values()) == pytest.approx(3)


def test_weights_stay_positive_under_a_wild_learning_rate(toy):
    found, net = gradnorm(learning_rate=5.0), toy()
    for _ in range(30):
        weights = found.step(net.step("abc"))
        assert min(weights.values()) > 0
        assert sum(weights.values()) == pytest.approx(3)


def test_update_every_third_step(toy):
    found, net = gradnorm(update_every=3), toy()
    used = [found.step(net.step("abc")) for _ in range(5)]
    assert used[1] == used[2] == used[3] != used[4]
    assert used[0] != used[1]


def seen(l0, losses_of_epochs, facts=FACTS):
    found = gradnorm(facts, l0=l0, l0_decay=0.5)
    for epoch, steps in enumerate(losses_of_epochs):
        found.start_epoch(epoch)
        for losses in steps:
            found._see(losses)
    return found._l0


def test_first_losses():
    epochs = [[{"a": 8.0}, {"a": 7.0, "b": 2.0}], [{"a": 4.0, "b": 1.0}, {"a": 3.0, "b": 0.5}]]
    assert seen("first", epochs) == {"a": 8.0, "b": 2.0}
    assert seen("epoch", epochs) == {"a": 4.0, "b": 1.0}
    assert seen("ema", epochs) == {"a": 6.0, "b": 1.5}


def test_log_classes_is_the_loss_of_chance():
    facts = {
        "genre": Facts("multiclass", 16, 9),
        "agf": Facts("distribution", 40, 9),
        "mood": Facts("multilabel", 8, 9),
    }
    found = seen("log_classes", [[{"genre": 9.0}]], facts)
    assert found == pytest.approx({"genre": 2.773, "agf": 3.689, "mood": 0.6931}, rel=1e-3)
    with pytest.raises(ExperimentError, match=r'"log_classes" needs classes but a is a regression'):
        gradnorm(l0="log_classes")


def test_one_task_is_an_error():
    with pytest.raises(ExperimentError, match=r'gradnorm needs two tasks or more but there is one.*Use "sum"'):
        gradnorm({"a": FACTS["a"]})


def test_no_shared_block_is_an_error(toy):
    net = toy()
    net.last_shared = list
    with pytest.raises(ExperimentError, match=r"no block with trained weights is shared by all tasks"):
        gradnorm().step(net.step("abc"))


def test_another_experiments_state_is_refused():
    with pytest.raises(TrainingError, match=r"it holds the tasks a, b but the experiment has a, b, c"):
        gradnorm().restore(gradnorm({t: FACTS[t] for t in "ab"}).state())


class Scales(nn.Module):
    """The paper's toy problem: one trunk, ten regressions that differ little but for their scale."""

    def __init__(self, count=10):
        super().__init__()
        torch.manual_seed(0)
        self.trunk = nn.Sequential(nn.Linear(30, 40), nn.ReLU(), nn.Linear(40, 40), nn.ReLU())
        self.heads = nn.ModuleList(nn.Linear(40, 10) for _ in range(count))
        base = torch.randn(10, 30) * 10**0.5
        self.truth = [base + torch.randn(10, 30) * 3.5**0.5 for _ in range(count)]
        self.scale = torch.logspace(0, 2, count).tolist()

    def last_shared(self):
        return [self.trunk[2].weight]

    def losses(self, x):
        shared = self.trunk(x)
        wanted = [s * torch.tanh(x @ t.T / 10) for s, t in zip(self.scale, self.truth, strict=True)]
        return {
            f"t{i}": (h(shared) - y).square().mean() for i, (h, y) in enumerate(zip(self.heads, wanted, strict=True))
        }, shared


def train(settings, steps=250):
    net = Scales()
    facts = {f"t{i}": Facts("regression", 1, 1) for i in range(10)}
    balance = balancer(balancing_of(settings), facts)
    adam = torch.optim.Adam(net.parameters(), lr=3e-3)
    generator = torch.Generator().manual_seed(1)
    for _ in range(steps):
        losses, shared = net.losses(torch.randn(64, 30, generator=generator))
        adam.zero_grad()
        weights = balance.step(TrainingStep(losses, shared, net))
        adam.step()
    x = torch.randn(500, 30, generator=generator)
    losses, shared = net.losses(x)
    lengths = {t: g[0].norm().item() for t, g in TrainingStep(losses, shared, net).shared_weight_gradients().items()}
    return (
        weights,
        {t: weights[t] * n for t, n in lengths.items()},
        [loss.item() / s**2 for loss, s in zip(losses.values(), net.scale, strict=True)],
    )


def test_toy_problem_of_ten_scales_balances():
    _, plain, plain_losses = train({"method": "sum"})
    weights, balanced, losses = train({"method": "gradnorm", "alpha": 0.12, "learning_rate": 0.04})
    assert list(weights) == sorted(weights, key=lambda t: -weights[t])
    assert max(plain.values()) / min(plain.values()) > 100
    assert max(balanced.values()) / min(balanced.values()) < 10
    assert sum(losses) < 0.9 * sum(plain_losses)

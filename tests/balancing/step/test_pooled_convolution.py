"""Gathering at the winners of a pool gives autograd's weight gradients, wherever it is used."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from unisono.balancing.step import TrainingStep
from unisono.balancing.step.linear import through
from unisono.balancing.step.pooled_convolution import pooled_convolution

TASKS = 6


def found(layers, size=(2, 3, 20, 33), channels_last=False):
    torch.manual_seed(0)
    net = nn.Sequential(*layers).double()
    x = torch.randn(size, dtype=torch.float64)
    x = x.contiguous(memory_format=torch.channels_last) if channels_last else x
    out = net(x)
    weight = net[0].weight
    return out, weight, pooled_convolution(out, weight, TASKS)


def agrees(out, weight):
    gradients = [torch.randn_like(out) for _ in range(TASKS)]
    for of, gradient in zip(through(out, [weight], gradients), gradients, strict=True):
        (expected,) = torch.autograd.grad(out, [weight], gradient, retain_graph=True)
        torch.testing.assert_close(of[weight], expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("channels_last", [False, True])
@pytest.mark.parametrize(
    "convolution",
    [
        nn.Conv2d(3, 5, 3, padding=1),
        nn.Conv2d(3, 5, (2, 5), padding=(0, 2), bias=False),
        nn.Conv2d(3, 5, 3, padding=2, dilation=2),
        nn.Conv2d(3, 5, 3, stride=(2, 1), padding=1),
        nn.Conv2d(3, 5, 3, stride=(1, 2), padding=1),
        nn.Conv2d(3, 5, (3, 1), padding="same"),
        nn.Conv2d(3, 5, 3, padding="valid"),
    ],
    ids=str,
)
@pytest.mark.parametrize(
    "pool", [nn.MaxPool2d((4, 6)), nn.MaxPool2d((5, 5), 3), nn.MaxPool2d((4, 5), padding=(1, 2))], ids=str
)
def test_gathered_gradients_are_autograds(convolution, pool, channels_last):
    out, weight, place = found([convolution, pool, nn.ELU(), nn.BatchNorm2d(5)], channels_last=channels_last)
    assert place is not None
    agrees(out, weight)


@pytest.mark.parametrize(
    "layers",
    [
        [nn.Conv2d(3, 5, 3), nn.ReLU(), nn.MaxPool2d(5)],
        [nn.Conv2d(3, 5, 3), nn.AvgPool2d(5)],
        [nn.Conv2d(3, 6, 3, groups=3), nn.MaxPool2d(5)],
        [nn.ConvTranspose2d(3, 5, 3), nn.MaxPool2d(5)],
        [nn.Conv2d(3, 5, 3), nn.MaxPool2d(2)],
        [nn.Conv2d(3, 5, 3, padding=1, padding_mode="reflect"), nn.AvgPool2d(5)],
    ],
    ids=str,
)
def test_left_to_autograd_elsewhere(layers):
    out, weight, place = found(layers)
    assert place is None
    agrees(out, weight)


def test_weight_or_convolution_that_is_read_twice_is_left_to_autograd():
    torch.manual_seed(0)
    convolution, x = nn.Conv2d(3, 5, 3).double(), torch.randn(2, 3, 20, 33, dtype=torch.float64)
    inside = convolution(x)
    pooled = nn.functional.max_pool2d(inside, 5).flatten(1)
    twice = torch.cat([pooled, inside.mean(dim=(2, 3))], dim=1)
    reused = torch.cat([pooled, nn.functional.max_pool2d(convolution(x * 2), 5).flatten(1)], dim=1)
    for out in (twice, reused):
        assert pooled_convolution(out, convolution.weight, TASKS) is None
        agrees(out, convolution.weight)


def test_whole_step_with_pooled_convolutions():
    def build():
        torch.manual_seed(0)
        trunk = nn.Sequential(nn.Conv2d(1, 3, 3), nn.MaxPool2d(4), nn.ReLU(), nn.Conv2d(3, 4, 3), nn.MaxPool2d(5))
        net = nn.ModuleDict({"trunk": trunk, "heads": nn.ModuleList(nn.Linear(4 * 2, 1) for _ in range(TASKS))})
        net.last_shared = lambda: [trunk[3].weight]
        return net.double()

    def losses(net):
        x = torch.randn(3, 1, 30, 60, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
        shared = net["trunk"](x)
        return {f"t{i}": head(shared.flatten(1)).square().mean() for i, head in enumerate(net["heads"])}, shared

    net, other = build(), build()
    found, shared = losses(net)
    step = TrainingStep(found, shared, net)
    gradients = step.shared_weight_gradients()
    step.backward(dict.fromkeys(found, 0.7))
    expected, _ = losses(other)
    for task, loss in expected.items():
        (wanted,) = torch.autograd.grad(loss, [other["trunk"][3].weight], retain_graph=True)
        torch.testing.assert_close(gradients[task], (wanted,))
    (0.7 * sum(expected.values())).backward()
    for (name, p), (_, q) in zip(net.named_parameters(), other.named_parameters(), strict=True):
        torch.testing.assert_close(p.grad, q.grad, rtol=1e-10, atol=1e-12, msg=name)

"""Blocks of layers as torch modules: equal numbers whatever the order of the work."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from unisono.nets.layers import parse_block
from unisono.nets.modules import BatchNorm, LayerBlock


@pytest.mark.parametrize("activation", ["relu", "elu", "leakyrelu", "selu", "tanh", "sigmoid"])
def test_pooling_first_gives_the_same_numbers(activation: str) -> None:
    block = LayerBlock(parse_block(["conv 5 3x3 same", activation, "maxpool 2x3"], "block 1"), (2, 9, 14))
    assert [name for name, _ in block.named_children()] == ["conv1", "maxpool3", f"{activation}2"]
    x = torch.randn(3, 2, 9, 14)
    conv, pool, act = block.children()
    torch.testing.assert_close(block(x), pool(act(conv(x))), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(
    ("texts", "shape"),
    [
        (["conv 5 2x4 same"], (2, 9, 14)),
        (["conv 5 3x3 pad 2x0 stride 2x1", "avgpool 2"], (2, 9, 14)),
        (["conv 5 3x3", "globalavgpool", "layernorm", "linear 4"], (2, 9, 14)),
        (["globalmaxpool"], (2, 9, 14)),
        (["flatten", "batchnorm", "linear 3", "gelu", "silu"], (2, 9, 14)),
    ],
)
def test_the_declared_shape_is_the_made_one(texts: list[str], shape: tuple[int, ...]) -> None:
    block = LayerBlock(parse_block(texts, "block 1"), shape)
    assert tuple(block(torch.randn(3, *shape)).shape[1:]) == block.shape


def test_convolutions_run_channels_last() -> None:
    block = LayerBlock(parse_block(["conv 8 3x3 same", "relu", "maxpool 2"], "block 1"), (1, 12, 12))
    out = block(torch.randn(2, 12, 12).unsqueeze(-1).permute(0, 3, 1, 2))
    assert out.is_contiguous(memory_format=torch.channels_last) and not out.is_contiguous()


def test_an_even_kernel_keeps_the_size() -> None:
    block = LayerBlock(parse_block(["conv 1 1x4 same"], "block 1"), (1, 1, 9))
    nn.init.ones_(block.conv1.weight), nn.init.zeros_(block.conv1.bias)  # type: ignore[arg-type, union-attr]
    x = torch.arange(9.0).reshape(1, 1, 1, 9)
    wanted = [sum(range(max(0, i - 1), min(9, i + 3))) for i in range(9)]  # one zero before, two behind
    assert block(x).flatten().tolist() == wanted


@pytest.mark.parametrize("shape", [(7,), (7, 3, 4)])
def test_batchnorm_is_torchs(shape: tuple[int, ...]) -> None:
    ours, theirs = BatchNorm(7), (nn.BatchNorm1d(7) if len(shape) == 1 else nn.BatchNorm2d(7))
    for _ in range(3):
        x = torch.randn(5, *shape)
        torch.testing.assert_close(ours(x), theirs(x))
    torch.testing.assert_close(ours.eval()(x), theirs.eval()(x))


def test_batchnorm_of_a_single_value_uses_the_running_statistics() -> None:
    layer = BatchNorm(3)
    layer(torch.randn(8, 3))
    kept = layer.running_mean.clone()
    x = torch.randn(1, 3)
    torch.testing.assert_close(layer(x), layer.eval()(x))
    assert torch.equal(kept, layer.running_mean)


def test_statistics_over_time_are_numpys() -> None:
    block = LayerBlock(parse_block(["statspool mean deviation max change 3"], "block 1"), (2, 3, None))
    x = torch.randn(4, 2, 3, 50) * 5 + 2
    change = x.numpy()[..., 3:] - x.numpy()[..., :-3]
    expected = np.concatenate([x.numpy().mean(3), x.numpy().std(3), x.numpy().max(3), change.std(3)], axis=1)
    np.testing.assert_allclose(block(x)[..., 0].numpy(), expected, rtol=1e-5)
    assert block.shape == (8, 3, 1)


def test_the_deviation_of_silence_has_a_gradient() -> None:
    x = torch.zeros(1, 1, 2, 5, requires_grad=True)
    LayerBlock(parse_block(["statspool"], "block 1"), (1, 2, 5))(x).sum().backward()
    assert x.grad is not None and torch.isfinite(x.grad).all()

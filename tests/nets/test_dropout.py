"""Dropout: the share that is set to zero, the mean, the memory's layout, and the same numbers beside other networks."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from unisono.nets.dropout import Dropout, Luck, drawn, dropout, factors
from unisono.nets.stacked_layers import Whose


@pytest.mark.parametrize("rate", [0.1, 0.25, 0.5, 0.9])
def test_the_share_of_zeros_is_the_rate_and_the_mean_stays(rate: float) -> None:
    torch.manual_seed(0)
    found = dropout(torch.ones(1000, 999), rate, training=True)
    deviation = (rate * (1 - rate) / found.numel()) ** 0.5
    assert float((found == 0).float().mean()) == pytest.approx(rate, abs=5 * deviation + 2**-17)
    assert float(found.mean()) == pytest.approx(1.0, abs=5 * deviation / (1 - rate))
    assert sorted(set(found.flatten().tolist())) == pytest.approx([0.0, 1 / (1 - rate)], rel=2**-12)


def test_values_are_set_to_zero_independently() -> None:
    """Four values come from one number: none tells another, in no distance."""
    torch.manual_seed(1)
    kept = (dropout(torch.ones(400_000), 0.5, training=True) > 0).float() - 0.5
    for distance in range(1, 9):
        together = float((kept[distance:] * kept[:-distance]).mean()) * 4
        assert abs(together) < 5 / len(kept) ** 0.5, distance


def test_all_sixteen_bits_are_even() -> None:
    bits = drawn(400_000, torch.Generator().manual_seed(2)).to(torch.int32) & 0xFFFF
    for place in range(16):
        assert float((bits >> place & 1).float().mean()) == pytest.approx(0.5, abs=5 * 0.5 / len(bits) ** 0.5), place
    for quarter in range(4):  # of each number of the generator
        assert float((bits[quarter::4] < 6554).float().mean()) == pytest.approx(
            0.1, abs=5 * 0.3 / (len(bits) / 4) ** 0.5
        )


def test_the_gradient_is_of_what_was_kept() -> None:
    x = torch.ones(64, requires_grad=True)
    torch.manual_seed(3)
    found = dropout(x, 0.3, training=True)
    (gradient,) = torch.autograd.grad(found.sum(), x)
    assert torch.equal(gradient, found.detach())


def test_nothing_is_dropped_when_judged_or_at_rate_zero() -> None:
    x = torch.randn(5, 7)
    assert dropout(x, 0.5, training=False) is x
    assert dropout(x, 0.0, training=True) is x
    assert Dropout(0.5).eval()(x) is x
    assert torch.equal(dropout(x, 1e-9, training=True), x)
    assert dropout(torch.ones(0, 4), 0.5, training=True).shape == (0, 4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_pictures_keep_their_layout_and_type(dtype: torch.dtype) -> None:
    x = torch.ones(3, 5, 4, 6, dtype=dtype).contiguous(memory_format=torch.channels_last)
    found = Dropout(0.5)(x)
    assert found.is_contiguous(memory_format=torch.channels_last) and found.dtype == dtype
    assert {0.0, 2.0} == set(found.flatten().tolist())


def test_beside_others_a_network_draws_what_it_would_alone() -> None:
    """Also where its rows, or its words, are fewer than another's."""
    seeds, counts, widths = (4, 5, 6), [3, 5, 0], [7, 2, 9]
    whose = Whose(Luck([torch.Generator().manual_seed(s) for s in seeds]), counts)
    dense = whose.kept((15, 9), 0.4, torch.float32).view(3, 5, 9)
    bags = whose.kept((15, 9), 0.4, torch.float32, widths).view(3, 5, 9)
    for at, (seed, count, width) in enumerate(zip(seeds, counts, widths, strict=True)):
        alone = torch.Generator().manual_seed(seed)
        for found, columns in ((dense, 9), (bags, width)):
            own = factors(drawn(count * columns, alone), 0.4, torch.float32).view(count, columns)
            assert torch.equal(found[at, :count, :columns], own)
            assert not found[at, count:].any() and not found[at, :, columns:].any()


def test_what_is_drawn_ahead_is_what_each_would_draw_and_stands_where_each_would_stand() -> None:
    """Also where one takes less than another, more than is drawn at once, or nothing."""
    rng = np.random.default_rng(0)
    luck = Luck([torch.Generator().manual_seed(s) for s in (7, 8)], ahead=16)
    alone = [torch.Generator().manual_seed(s) for s in (7, 8)]
    for turn in range(60):
        counts = [int(rng.integers(0, 90))] * 2 if turn % 3 else [int(n) for n in rng.integers(0, 90, 2)]
        found = luck.take(counts)
        assert found.shape == (2, max(counts))
        for at, (count, generator) in enumerate(zip(counts, alone, strict=True)):
            assert torch.equal(found[at, :count], drawn(count, generator))
            assert torch.equal(luck.state(at), generator.get_state())


def test_torch_seeds_it() -> None:
    layer, x = Dropout(0.5), torch.ones(50)
    torch.manual_seed(7)
    state = torch.get_rng_state()
    first, second = layer(x), layer(x)
    torch.set_rng_state(state)
    assert torch.equal(layer(x), first) and not torch.equal(first, second)

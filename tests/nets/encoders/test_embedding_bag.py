"""The encoder of bags of words: a dense layer over a sparse input."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from torch import nn


@pytest.mark.parametrize("training", [False, True])
def test_it_is_a_dense_layer(kit: SimpleNamespace, training: bool) -> None:
    inputs = {"x": kit.bag(20)}
    encoder = {"kind": "embedding_bag", "width": 6, "layers": ["tanh"]}
    network = kit.network(inputs, kit.tasks("genre"), encoder=encoder).train(training)
    bag = next(module for module in network.modules() if type(module).__name__ == "Bag")
    nn.init.normal_(bag.bias)
    batch = kit.batch(inputs)
    dense = torch.zeros(3, 20).scatter_add_(1, batch["x.ids"].long(), batch["x.weights"])
    found = network(batch).representation["genre"]
    torch.testing.assert_close(found, torch.tanh(dense @ bag.weight + bag.bias))
    found.sum().backward()
    assert torch.equal(bag.weight.grad.abs().sum(1) > 0, (dense != 0).any(0))


def test_word_dropout_leaves_words_out_and_scales_the_others(kit: SimpleNamespace) -> None:
    encoder = {"kind": "embedding_bag", "width": 1, "layers": [], "word_dropout": 0.25}
    network = kit.network({"x": kit.bag(3)}, kit.tasks("energy"), encoder=encoder).train()
    bag = next(module for module in network.modules() if type(module).__name__ == "Bag")
    nn.init.ones_(bag.weight)
    ids, weights = torch.ones(4000, 2, dtype=torch.int32), torch.ones(4000, 2)
    sums = network({"x.ids": ids, "x.weights": weights}).representation["energy"]
    assert sorted({round(value, 4) for value in sums.flatten().tolist()}) == [0.0, 1.3333, 2.6667]
    assert abs(sums.mean().item() - 2) < 0.05
    assert torch.all(network.eval()({"x.ids": ids, "x.weights": weights}).representation["energy"] == 2)

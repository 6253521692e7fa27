"""Laws of the sharing grid: one task, equal prefixes, streams of their own through shared weights, merging."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

BLOCKS = [{"layers": ["linear 6", "relu"]}, {"layers": ["linear 5", "tanh"]}, {"layers": ["linear 4"]}]
ROWS = ["all", [["genre", "subgenre"], ["energy"]], "all"]


@pytest.mark.parametrize("sharing", ["hard", "none", "low:1", "high:2", ["each", "all", [["genre"]]]])
def test_with_one_task_every_scheme_is_the_same_network(kit: SimpleNamespace, sharing: Any) -> None:
    inputs, tasks = {"x": kit.values(7)}, kit.tasks("genre")
    one = kit.network(inputs, tasks, blocks=BLOCKS, sharing=sharing)
    hard = kit.network(inputs, tasks, blocks=BLOCKS)
    assert [name for name, _ in one.named_parameters()] == [name for name, _ in hard.named_parameters()]
    batch = kit.batch(inputs)
    assert torch.equal(one(batch).logits["genre"], hard(batch).logits["genre"])
    assert one(batch).shared is not None
    assert len(one.last_shared()) == 1


@pytest.mark.parametrize(
    ("sharing", "calls"),
    [("hard", [1, 1, 1]), ("none", [3, 3, 3]), ("low:2", [1, 1, 3]), ("high:2", [3, 3, 3]), (ROWS, [1, 2, 2])],
)
def test_equal_prefixes_are_computed_once(kit: SimpleNamespace, sharing: Any, calls: list[int]) -> None:
    inputs = {"x": kit.values(7)}
    network = kit.network(inputs, kit.tasks("genre", "subgenre", "energy"), blocks=BLOCKS, sharing=sharing)
    levels = list(network.inputs["x"].sharing.children())
    counted = [0] * len(levels)
    for number, level in enumerate(levels):
        for copy in level.children():
            copy.register_forward_hook(count(counted, number))
    network(kit.batch(inputs))
    assert counted == calls
    assert [row["streams"] for row in network.inputs["x"].sharing.rows()] == calls


def test_high_sharing_is_separate_networks_with_tied_weights(kit: SimpleNamespace) -> None:
    inputs, batch = {"x": kit.values(7)}, kit.batch({"x": kit.values(7)})
    tasks = kit.tasks("genre", "energy")
    high = kit.network(inputs, tasks, blocks=BLOCKS, sharing="high:2")
    high(batch).logits["genre"].sum().backward()
    for task in tasks:
        alone = kit.network(inputs, {task: tasks[task]}, blocks=BLOCKS)
        alone.load_state_dict({alone_name(name, task): p for name, p in high.state_dict().items() if mine(name, task)})
        assert torch.equal(alone(batch).logits[task], high(batch).logits[task])
        if task == "genre":
            alone(batch).logits[task].sum().backward()
            grads = dict(high.named_parameters())
            for name, parameter in alone.named_parameters():
                tied = grads[name.replace("block1.for_all", "block1.for_genre")]
                torch.testing.assert_close(parameter.grad, tied.grad)


def test_merged_streams_are_concatenated(kit: SimpleNamespace) -> None:
    inputs = {"x": kit.values(7)}
    sharing = {"kind": "grid", "rows": ["each", "all", "each"], "merge": "concat"}
    network = kit.network(inputs, kit.tasks("genre", "energy"), blocks=BLOCKS, sharing=sharing)
    first, second, _ = (list(level.children()) for level in network.inputs["x"].sharing.children())
    batch = kit.batch(inputs)
    met = second[0](torch.cat([copy(batch["x.values"]) for copy in first], dim=1))
    assert torch.equal(network(batch).fork, met)
    assert network.parameter_counts()["tasks"]["energy"] == sum(
        p.numel()
        for name, p in network.named_parameters()
        if "block3.for_genre" not in name and "heads.for_genre" not in name
    )


def test_merging_pictures_joins_channels(kit: SimpleNamespace) -> None:
    blocks = [{"layers": ["conv 3 3x3 same"]}, {"layers": ["conv 4 3x3 same", "globalavgpool"]}]
    sharing = {"kind": "grid", "rows": "high:1", "merge": "concat"}
    network = kit.network({"a": kit.mel()}, kit.tasks("genre", "energy"), blocks=blocks, sharing=sharing)
    assert network.describe()["inputs"]["a"]["blocks"][1]["copies"][0]["shape"][0] == [6, 12, None]
    assert network(kit.batch({"a": kit.mel()})).shared is not None


def count(counted: list[int], number: int) -> Any:
    def hook(module: nn.Module, inputs: Any, output: Any) -> None:
        counted[number] += 1

    return hook


def mine(name: str, task: str) -> bool:
    return f"for_{task}" in name or "for_all" in name


def alone_name(name: str, task: str) -> str:
    return name.replace(f"block1.for_{task}", "block1.for_all")

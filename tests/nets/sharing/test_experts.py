"""Mixtures of experts (mmoe, cgc) against the plain formula."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from unisono.errors import ExperimentError

BLOCKS = [{"layers": ["linear 6", "relu"]}, {"layers": ["linear 5", "tanh"]}]


@pytest.mark.parametrize(
    ("sharing", "readers", "below"),
    [
        ({"kind": "mmoe", "experts": 3}, {"genre": [0, 1, 2], "energy": [0, 1, 2]}, True),
        ({"kind": "mmoe", "experts": 2, "blocks": 2}, {"genre": [0, 1], "energy": [0, 1]}, False),
        ({"kind": "cgc", "shared": 2, "own": 1}, {"genre": [0, 1, 2], "energy": [0, 1, 3]}, True),
    ],
)
def test_each_task_mixes_its_experts_by_its_gate(
    kit: SimpleNamespace, sharing: dict[str, Any], readers: dict[str, list[int]], below: bool
) -> None:
    inputs = {"x": kit.values(7)}
    network = kit.network(inputs, kit.tasks("genre", "energy"), blocks=BLOCKS, sharing=sharing)
    made = network.inputs["x"].sharing
    x = kit.batch(inputs)["x.values"]
    x = made.below.block1.for_all(x) if below else x
    experts = []
    for blocks in made.experts.children():
        out = x
        for block in blocks:
            out = block(out)
        experts.append(out)
    outcome = network(kit.batch(inputs))
    for task, numbers in readers.items():
        shares = torch.softmax(made.gates[f"for_{task}"](x), 1)
        wanted = sum(shares[:, [i]] * experts[number] for i, number in enumerate(numbers))
        torch.testing.assert_close(outcome.representation[task], wanted)
    assert outcome.shared is None and (outcome.fork is not None) == below


def test_the_last_shared_block_is_that_of_the_experts_all_read(kit: SimpleNamespace) -> None:
    inputs, tasks = {"x": kit.values(7)}, kit.tasks("genre", "energy")
    mmoe = kit.network(inputs, tasks, blocks=BLOCKS, sharing={"kind": "mmoe", "experts": 3})
    assert [tuple(w.shape) for w in mmoe.last_shared()] == [(5, 6)] * 3
    cgc = kit.network(inputs, tasks, blocks=BLOCKS, sharing={"kind": "cgc", "shared": 2, "own": 4})
    assert [tuple(w.shape) for w in cgc.last_shared()] == [(5, 6)] * 2


def test_a_tasks_path_leaves_out_the_experts_of_others(kit: SimpleNamespace) -> None:
    network = kit.network(
        {"x": kit.values(7)},
        kit.tasks("genre", "energy"),
        blocks=BLOCKS,
        sharing={"kind": "cgc", "shared": 1, "own": 1},
    )
    counts = network.parameter_counts()
    assert counts["tasks"]["genre"] == counts["trainable"] - (6 * 5 + 5) - (6 * 2 + 2) - (5 + 1)


def test_padding_changes_no_gate(kit: SimpleNamespace) -> None:
    inputs = {"x": kit.words()}
    network = kit.network(inputs, kit.tasks("genre", "energy"), sharing={"kind": "mmoe"}).eval()
    batch = kit.batch(inputs)
    longer = {"x.ids": torch.nn.functional.pad(batch["x.ids"], (0, 8))}
    torch.testing.assert_close(network(batch).logits["genre"], network(longer).logits["genre"])


def test_pictures_are_averaged_for_the_gates(kit: SimpleNamespace) -> None:
    blocks = [{"layers": ["conv 3 3x3"]}, {"layers": ["conv 4 3x3", "globalavgpool"]}]
    inputs = {"x": kit.mel()}
    network = kit.network(inputs, kit.tasks("genre"), blocks=blocks, sharing={"kind": "mmoe", "experts": 2})
    assert network.inputs["x"].sharing.gates["for_genre"].in_features == 3
    assert network(kit.batch(inputs)).logits["genre"].shape == (3, 6)


@pytest.mark.parametrize("kind", ["mmoe", "cgc"])
def test_messages(kit: SimpleNamespace, kind: str) -> None:
    tasks = kit.tasks("genre")
    with pytest.raises(
        ExperimentError, match=r"network.sharing.blocks: makes experts of 3 blocks but the encoder has 2"
    ):
        kit.network({"x": kit.values(7)}, tasks, blocks=BLOCKS, sharing={"kind": kind, "blocks": 3})
    with pytest.raises(ExperimentError, match=r"the gates would read \(any\), the input itself. Leave at least one"):
        kit.network({"x": kit.words()}, tasks, sharing={"kind": kind, "blocks": 2})

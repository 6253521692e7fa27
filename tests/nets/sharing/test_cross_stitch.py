"""Cross-stitch networks against the plain formula."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from unisono.errors import ExperimentError

BLOCKS = [{"layers": ["linear 6", "relu"]}, {"layers": ["linear 5", "tanh"]}]


def test_each_stream_takes_a_mixture_of_all(kit: SimpleNamespace) -> None:
    inputs, sharing = {"x": kit.values(7)}, {"kind": "cross_stitch", "keep": 0.8}
    network = kit.network(inputs, kit.tasks("genre", "energy", "intro"), blocks=BLOCKS, sharing=sharing)
    tensors = [kit.batch(inputs)["x.values"]] * 3
    for level in network.inputs["x"].sharing.children():
        made = [copy(tensor) for copy, tensor in zip(level.copies.children(), tensors, strict=True)]
        tensors = [0.8 * made[i] + 0.1 * sum(made[j] for j in range(3) if j != i) for i in range(3)]
    outcome = network(kit.batch(inputs))
    for tensor, task in zip(tensors, ("genre", "energy", "intro"), strict=True):
        torch.testing.assert_close(outcome.representation[task], tensor)
    assert outcome.shared is None and outcome.fork is None
    assert [tuple(w.shape) for w in network.last_shared()] == [(5, 6)] * 3


def test_keeping_everything_is_no_sharing(kit: SimpleNamespace) -> None:
    inputs, tasks = {"x": kit.values(7)}, kit.tasks("genre", "energy")
    stitched = kit.network(inputs, tasks, blocks=BLOCKS, sharing={"kind": "cross_stitch", "keep": 1.0})
    apart = kit.network(inputs, tasks, blocks=BLOCKS, sharing="none")
    names = {name.replace(".copies", ""): p for name, p in stitched.state_dict().items() if "stitch" not in name}
    apart.load_state_dict(names)
    batch = kit.batch(inputs)
    for task, logits in apart(batch).logits.items():
        torch.testing.assert_close(stitched(batch).logits[task], logits)


def test_one_task_has_nothing_to_mix(kit: SimpleNamespace) -> None:
    inputs, tasks = {"x": kit.values(7)}, kit.tasks("genre")
    stitched = kit.network(inputs, tasks, blocks=BLOCKS, sharing={"kind": "cross_stitch"})
    hard = kit.network(inputs, tasks, blocks=BLOCKS)
    assert torch.equal(stitched(kit.batch(inputs)).logits["genre"], hard(kit.batch(inputs)).logits["genre"])
    assert stitched.parameter_counts() == hard.parameter_counts()
    assert len(stitched.last_shared()) == 1


def test_stitches_after_chosen_blocks_only(kit: SimpleNamespace) -> None:
    inputs, sharing = {"x": kit.values(7)}, {"kind": "cross_stitch", "after": [1]}
    network = kit.network(inputs, kit.tasks("genre", "energy"), blocks=BLOCKS, sharing=sharing)
    assert [tuple(w.shape) for w in network.last_shared()] == [(6, 7)] * 2
    copies = network.describe()["inputs"]["x"]["blocks"]
    assert [c["tasks"] for c in copies[1]["copies"]] == [["genre"], ["energy"]]
    assert [c["name"] for c in copies[0]["copies"]][-1] == "stitch"
    counts = network.parameter_counts()
    assert counts["tasks"]["energy"] == counts["trainable"] - (6 * 5 + 5) - (5 * 6 + 6)  # all but genre's upper part


def test_a_block_that_does_not_exist(kit: SimpleNamespace) -> None:
    with pytest.raises(ExperimentError, match=r"network.sharing.after: names block 3 but the encoder has blocks 1"):
        sharing = {"kind": "cross_stitch", "after": [3]}
        kit.network({"x": kit.values(7)}, kit.tasks("genre"), blocks=BLOCKS, sharing=sharing)

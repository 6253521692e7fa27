"""Whole networks as ONNX graphs, made by the training side's own export: equal numbers on other rows and lengths."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch

from unisono.training.export import export


def test_several_inputs_each_shared_another_way(kit: SimpleNamespace) -> None:
    inputs = {"audio": kit.mel(), "lyrics": kit.words(), "terms": kit.bag(), "numbers": kit.values()}
    network = kit.network(
        inputs,
        kit.tasks("genre", "energy"),
        {"genre": {"hidden": [5], "batchnorm": True}, "energy": {"reads": "all"}},
        encoders={
            "audio": {"kind": "conv2d", "blocks": [{"layers": ["conv 3 2x3 same"]}, {"layers": ["globalavgpool"]}]},
            "terms": {"kind": "embedding_bag", "linear_path": True, "blocks": [{"layers": ["linear 4"]}]},
            "lyrics": {"kind": "text_cnn", "embedding": 6, "channels": 4, "widths": [2, 3]},
        },
        sharing={
            "audio": {"kind": "grid", "rows": ["each", "all"], "merge": "concat"},
            "lyrics": {"kind": "mmoe", "experts": 2},
            "terms": {"kind": "cgc", "shared": 1},
            "numbers": {"kind": "cross_stitch"},
        },
        links={"energy": ["genre"]},
        missing="learned",
        input_dropout=0.5,
    )
    check(network, masked(kit.batch(inputs)), masked(kit.batch(inputs, rows=5, length=9, seed=1)))


def test_streams_that_meet_again(kit: SimpleNamespace) -> None:
    inputs = {"audio": kit.mel()}
    blocks = [{"layers": ["conv 3 3x3 pad 1", "relu", "maxpool 2"]}, {"layers": ["conv 4 3x3", "globalmaxpool"]}]
    network = kit.network(inputs, kit.tasks("genre", "energy"), blocks=blocks, sharing="high:1")
    check(network, kit.batch(inputs), kit.batch(inputs, rows=2, length=31, seed=1))


def test_flattened_pictures_have_fixed_axes(kit: SimpleNamespace) -> None:
    inputs = {"audio": kit.mel(8, 10)}
    network = kit.network(inputs, kit.tasks("genre"), blocks=[{"layers": ["conv 2 3x3 same", "relu", "flatten"]}])
    assert network.varying() == {"audio.mel": ()}
    check(network, kit.batch(inputs), kit.batch(inputs, rows=6, seed=1))


def test_statistics_over_any_number_of_frames(kit: SimpleNamespace) -> None:
    inputs = {"audio": kit.mel(8)}
    layers = ["conv 3 1x5 pad 0x2", "statspool mean max change 2", "conv 4 5x1", "relu", "flatten", "batchnorm"]
    network = kit.network(inputs, kit.tasks("genre"), blocks=[{"layers": layers}])
    check(network, kit.batch(inputs), kit.batch(inputs, rows=2, length=40, seed=1))


def masked(batch: dict[str, Any]) -> dict[str, Any]:
    rows = torch.arange(len(next(iter(batch.values()))))
    marks = {name: ((rows + i) % 3 > 0).float() for i, name in enumerate(n for n in batch if n.endswith(".present"))}
    return batch | marks


def check(network: Any, batch: dict[str, Any], other: dict[str, Any]) -> None:
    tasks = list(network.reads)
    made = export(network, tasks, {name: array.numpy() for name, array in batch.items()})
    assert made.parity["max_difference"] < 1e-5
    session = onnxruntime.InferenceSession(made.onnx, providers=["CPUExecutionProvider"])
    logits = network.eval()(other).logits
    feeds = {i.name: other[i.name].numpy() for i in session.get_inputs()}
    for task, got in zip(tasks, session.run(tasks, feeds), strict=True):
        np.testing.assert_allclose(got, logits[task].detach().numpy(), rtol=1e-4, atol=1e-5)


def test_elu_is_written_as_four_quick_nodes(kit: SimpleNamespace) -> None:
    inputs = {"audio": kit.mel(8)}
    network = kit.network(inputs, kit.tasks("genre"), blocks=[{"layers": ["conv 3 3x3 same", "elu", "globalavgpool"]}])
    batch = kit.batch(inputs)
    batch["audio.mel"][0] *= 30  # far below zero it is -1, far above what came in
    check(network, batch, kit.batch(inputs, rows=2, length=40, seed=1))
    kinds = [node.op_type for node in onnx.load_from_string(export(network, ["genre"], batch).onnx).graph.node]
    assert "Elu" not in kinds and {"Min", "Exp", "Sub", "Max"} <= set(kinds)

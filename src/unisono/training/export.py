"""The trained network as an ONNX graph, checked against torch on real rows."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import onnx
import onnxruntime
import torch
from safetensors.torch import save
from torch import Tensor, nn

from unisono.errors import TrainingError
from unisono.inputs import Batch
from unisono.nets.network import Network, Outcome

_TOLERANCE = 1e-3  # of the largest logit; more means that the graph is another network


class Exported(NamedTuple):
    """A network as bytes.

    Args:
        onnx: the graph.
        weights: safetensors.
        parity: "max_difference" between torch and ONNX Runtime, the "largest" logit, and "rows" compared.
    """

    onnx: bytes
    weights: bytes
    parity: dict[str, float]


class _Graph(nn.Module):
    """The network with tensors in and tensors out, in the order of their names."""

    def __init__(self, network: Network, names: Sequence[str], tasks: Sequence[str]) -> None:
        super().__init__()
        self.network, self._names, self._tasks = network, tuple(names), tuple(tasks)

    def forward(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        outcome: Outcome = self.network(dict(zip(self._names, tensors, strict=True)))
        return (*(outcome.logits[t] for t in self._tasks), _representation(outcome, self._tasks))


def export(network: Network, tasks: Sequence[str], batch: Batch) -> Exported:
    """Export a network and compare it with itself on one real batch.

    Args:
        batch: real rows, as `inputs.batching.batch_of` makes them; their number and lengths become free axes.
    Raises: TrainingError when the two differ.
    """
    network = network.cpu().eval()
    tensors = {n: torch.from_numpy(np.ascontiguousarray(a)) for n, a in batch.items()}
    graph = _Graph(network, list(tensors), tasks)
    data = _onnx(graph, tensors, [*tasks, "representation"])
    parity = _parity(graph, data, tensors)
    if parity["max_difference"] > _TOLERANCE * max(parity["largest"], 1.0):
        found = f"ONNX Runtime differs from torch by {parity['max_difference']:g} but at most {_TOLERANCE:g} is allowed"
        raise TrainingError("model.onnx", found, "Please report this, with your experiment file.")
    state = {name: tensor.detach().contiguous().clone() for name, tensor in network.state_dict().items()}
    return Exported(data, save(state), parity)


def _onnx(graph: _Graph, tensors: Mapping[str, Tensor], outputs: Sequence[str]) -> bytes:
    rows = _doubled(tensors)
    free, varying = torch.export.Dim.DYNAMIC, graph.network.varying()
    axes = tuple(dict.fromkeys((0, *varying.get(n, ())), free) for n in rows)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        program = torch.onnx.export(
            graph,
            tuple(rows.values()),
            input_names=list(rows),
            output_names=list(outputs),
            dynamic_shapes=(axes,),
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    assert program is not None
    return _without_paths(_with_quick_elu(program.model_proto))


def _doubled(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """At least two rows: a batch of one would be taken for a constant."""
    return {n: t if len(t) > 1 else torch.cat([t, t]) for n, t in tensors.items()}


def _with_quick_elu(model: Any) -> Any:
    """The graph with ELU as max(x, exp(min(x, 0)) - 1): ONNX Runtime's own is several times slower than these four."""
    graph, nodes = model.graph, []
    zero, one = "elu_zero", "elu_one"
    for node in graph.node:
        plain = node.op_type == "Elu" and all(a.name != "alpha" or a.f == 1.0 for a in node.attribute)
        if not plain:
            nodes.append(node)
            continue
        given, out = node.input[0], node.output[0]
        below, grown, bent = f"{out}_below", f"{out}_grown", f"{out}_bent"
        nodes += [
            onnx.helper.make_node("Min", [given, zero], [below]),
            onnx.helper.make_node("Exp", [below], [grown]),
            onnx.helper.make_node("Sub", [grown, one], [bent]),
            onnx.helper.make_node("Max", [given, bent], [out]),
        ]
    if len(nodes) > len(graph.node):
        numbers = ((zero, np.float32(0)), (one, np.float32(1)))
        graph.initializer.extend(onnx.numpy_helper.from_array(np.array(v), name) for name, v in numbers)
        del graph.node[:]
        graph.node.extend(nodes)
    return model


def _without_paths(model: Any) -> bytes:
    """The graph's bytes without the source paths and stack traces that the exporter leaves in it."""
    for graph in (model.graph, *model.functions):
        del graph.metadata_props[:]
        graph.doc_string = ""
        for node in graph.node:
            del node.metadata_props[:]
            node.doc_string = ""
    for value in (*model.graph.value_info, *model.graph.input, *model.graph.output, *model.graph.initializer):
        del value.metadata_props[:]
        value.doc_string = ""
    del model.metadata_props[:]
    buffer = io.BytesIO()
    onnx.save_model(model, buffer)
    return buffer.getvalue()


def _parity(graph: _Graph, data: bytes, tensors: Mapping[str, Tensor]) -> dict[str, float]:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    wanted = {i.name for i in session.get_inputs()}
    theirs = session.run(None, {n: t.numpy() for n, t in tensors.items() if n in wanted})
    with torch.inference_mode():
        ours = [t.float().numpy() for t in graph(*tensors.values())]
    pairs = list(zip(ours, theirs, strict=True))
    return {
        "max_difference": float(max(np.abs(a - b).max() for a, b in pairs)),
        "largest": float(max(np.abs(a).max() for a, _ in pairs)),
        "rows": len(next(iter(tensors.values()))),
    }


def _representation(outcome: Outcome, tasks: Sequence[str]) -> Tensor:
    """What the heads of these tasks read: the shared tensor, or the tasks' own side by side."""
    if outcome.shared is not None:
        return outcome.shared.flatten(1)
    distinct: list[Tensor] = []
    for tensor in (outcome.representation[t] for t in tasks):
        if not any(tensor is known for known in distinct):
            distinct.append(tensor)
    return torch.cat([t.flatten(1) for t in distinct], dim=1)

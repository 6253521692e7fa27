"""The networks of Choi et al. (2017) as ONNX graphs: from a mel picture to 160 features."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np

from unisono.inputs.pretrained.choi_weights import Array, Block, Weights
from unisono.parts import need

Statistics = Literal["stored", "instance", "batch", "frozen"]

EPSILON = 1e-3  # of batch normalisation, Keras's default
POOLS = ((2, 4), (3, 4), (2, 5), (2, 4), (4, 4))  # bands x frames
_OPSET = 17  # with IR 8: what every ONNX Runtime since 1.12 reads
_IR = 8


def graph_of(weights: Weights, statistics: Statistics) -> bytes:
    """A network as ONNX: "mel" (n, 1, 96, frames) -> "features" (n, 160).

    With "frozen" the statistics are ten more inputs, "mean_1" ... "variance_5" (32,), and each block's own moments
    five outputs each, "first_1" ... and "second_1" ... (n, 32).

    Args:
        statistics: "stored" in the file, of each "instance" (row), of the whole "batch", or "frozen" ones.
    Raises: MissingExtra without the package onnx.
    """
    onnx = need("onnx", "converting a pre-trained network")
    made = _Graph(onnx)
    flow, features = "mel", []
    for number, block in enumerate(weights.blocks, start=1):
        flow, pooled = made.block(flow, number, block, statistics), f"pooled_{number}"
        if weights.kind == "theano":  # the maximum commutes with ELU, which then has less to do
            made.node("MaxPool", [flow], pooled, kernel_shape=POOLS[number - 1], strides=POOLS[number - 1])
            flow = made.node("Elu", [pooled], f"block_{number}")
            features.append(made.mean(flow))
        else:  # its features are means of what stands before the pooling
            flow = made.node("Elu", [flow], f"elu_{number}")
            features.append(made.mean(flow))
            if number < len(weights.blocks):
                pool = POOLS[number - 1]
                flow = made.node("MaxPool", [flow], pooled, kernel_shape=pool, strides=pool)
    made.node("Concat", features, "features", axis=1)
    return made.bytes()


class _Graph:
    """Nodes and constants of a graph in the making."""

    def __init__(self, onnx: Any) -> None:
        self._onnx, self._nodes, self._constants = onnx, list[Any](), list[Any]()
        value = onnx.helper.make_tensor_value_info
        self._inputs = [value("mel", onnx.TensorProto.FLOAT, ["n", 1, 96, "frames"])]
        self._outputs = [value("features", onnx.TensorProto.FLOAT, ["n", 160])]

    def node(self, kind: str, inputs: Iterable[str], output: str, **settings: Any) -> str:
        """Add a node; the name of what it gives."""
        self._nodes.append(self._onnx.helper.make_node(kind, list(inputs), [output], **settings))
        return output

    def constant(self, name: str, values: Any) -> str:
        """Add numbers that do not change; their name."""
        self._constants.append(self._onnx.numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def mean(self, flow: str) -> str:
        """Mean over bands and frames.

        Shape: (n, channels, bands, frames) -> (n, channels)
        """
        pooled = self.node("GlobalAveragePool", [flow], f"{flow}_average")
        return self.node("Flatten", [pooled], f"{flow}_mean", axis=1)

    def block(self, flow: str, number: int, block: Block, statistics: Statistics) -> str:
        """Convolution and normalisation of one block; the name of what they give."""
        kernel, bias = block.kernel, block.bias
        if statistics == "stored":
            kernel, bias = _folded(block)
        weights = [self.constant(f"kernel_{number}", kernel), self.constant(f"bias_{number}", bias)]
        conv = self.node("Conv", [flow, *weights], f"conv_{number}", pads=[1, 1, 1, 1])
        if statistics == "stored":
            return conv
        rest = [conv, self.constant(f"gamma_{number}", block.gamma), self.constant(f"beta_{number}", block.beta)]
        if statistics == "instance":
            return self.node("InstanceNormalization", rest, f"norm_{number}", epsilon=EPSILON)
        given = self._of_batch(conv, number) if statistics == "batch" else self._frozen(conv, number)
        return self.node("BatchNormalization", [*rest, *given], f"norm_{number}", epsilon=EPSILON)

    def _of_batch(self, conv: str, number: int) -> list[str]:
        """Mean and (biased) variance over rows, bands and frames."""
        mean = self.node("ReduceMean", [conv], f"mean_{number}", axes=[0, 2, 3], keepdims=1)
        apart = self.node("Sub", [conv, mean], f"apart_{number}")
        square = self.node("Mul", [apart, apart], f"square_{number}")
        flat = self.constant(f"flat_{number}", np.array([-1], np.int64))
        variance = self.node("ReduceMean", [square], f"variance_{number}", axes=[0, 2, 3], keepdims=0)
        return [self.node("Reshape", [mean, flat], f"mean_flat_{number}"), variance]

    def _frozen(self, conv: str, number: int) -> list[str]:
        """Statistics that are given from outside; the block's own are shown for whoever wants to estimate them."""
        value, kind = self._onnx.helper.make_tensor_value_info, self._onnx.TensorProto.FLOAT
        square = self.node("Mul", [conv, conv], f"square_{number}")
        for flow, name in ((conv, f"first_{number}"), (square, f"second_{number}")):
            self.node("Identity", [self.mean(flow)], name)
            self._outputs.append(value(name, kind, ["n", 32]))
        names = [f"mean_{number}", f"variance_{number}"]
        self._inputs += [value(name, kind, [32]) for name in names]
        return names

    def bytes(self) -> bytes:
        """The whole graph."""
        helper = self._onnx.helper
        graph = helper.make_graph(self._nodes, "choi2017", self._inputs, self._outputs, self._constants)
        opset = [helper.make_opsetid("", _OPSET)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=_IR, producer_name="unisono")
        self._onnx.checker.check_model(model)
        return bytes(model.SerializeToString())


def _folded(block: Block) -> tuple[Array, Array]:
    """Kernel and bias that do what the stored statistics would do after them."""
    if block.mean is None or block.variance is None:
        raise ValueError("this network has no stored statistics")
    scale = block.gamma / np.sqrt(block.variance + np.float32(EPSILON))
    return block.kernel * scale[:, None, None, None], (block.bias - block.mean) * scale + block.beta

"""Reads the two published networks of Choi et al. (2017) from their authors' HDF5 files into one form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from unisono.errors import ModelError
from unisono.parts import need

Kind = Literal["keras", "theano"]
Array = NDArray[np.float32]

BLOCKS = 5
CHANNELS = 32
TAGS = 50


@dataclass(frozen=True)
class Block:
    """A convolution and its batch normalisation.

    Args:
        kernel: to be correlated with the input, as ONNX and torch do.
        bias: likewise one number a channel, as all that follow.
        gamma: scale after normalisation.
        beta: offset after normalisation.
        mean: stored statistics; None where the network has none.
        variance: likewise.
    Shape: kernel (32, channels, 3, 3), the others (32,)
    """

    kernel: Array
    bias: Array
    gamma: Array
    beta: Array
    mean: Array | None = None
    variance: Array | None = None


@dataclass(frozen=True)
class Weights:
    """A published network.

    Args:
        kind: which of the two.
        blocks: from the sound to the last layer.
    """

    kind: Kind
    blocks: tuple[Block, ...]


def read_weights(path: Path) -> Weights:
    """A network from its authors' file.

    Raises: ModelError when it is missing, damaged or another network; MissingExtra without h5py.
    """
    h5py = need("h5py", "reading HDF5 weights")
    if not path.is_file():
        raise ModelError(str(path), "does not exist", "Check the path, or leave it out and run `unisono fetch`.")
    try:
        with h5py.File(path, "r") as file:
            read = _reader(path, file, h5py)
            return _keras(read) if "model_weights" in file else _theano(read)
    except (OSError, RuntimeError) as error:
        raise ModelError(str(path), "cannot be read as HDF5", "It is damaged or no weights file.") from error


Read = Callable[[str, tuple[int, ...]], Array]


def _reader(path: Path, file: Any, h5py: Any) -> Read:
    """Arrays by name; the shape is checked before anything is read, and no other file is opened for them."""

    def read(name: str, shape: tuple[int, ...]) -> Array:
        places = ["/".join(name.split("/")[: depth + 1]) for depth in range(name.count("/") + 1)]
        for place in places:
            if not isinstance(file.get(place, getlink=True), h5py.HardLink):
                found = f'has no "{place}" but both published networks of Choi et al. (2017) have their arrays'
                raise ModelError(str(path), found, "Fetch the file again: unisono fetch choi2017-keras")
        held = file[name]
        if not isinstance(held, h5py.Dataset) or held.shape != shape or held.external:
            raise ModelError(str(path), f'"{name}" is no array of the shape {shape} in the file itself')
        values = np.asarray(held[()], np.float32)
        if not np.isfinite(values).all():
            raise ModelError(str(path), f'"{name}" holds numbers that are not finite', "Fetch the file again.")
        return values

    return read


def _theano(read: Read) -> Weights:
    blocks = []
    for i in range(1, BLOCKS + 1):
        conv, norm = f"ConvBNEluDr/convolution2d_{i}", f"ConvBNEluDr/batchnormalization_{i}"
        kernel = read(f"{conv}_W", _kernel_shape(i))[:, :, ::-1, ::-1]  # Theano convolves: both axes are turned round
        gamma, beta = read(f"{norm}_gamma", (CHANNELS,)), read(f"{norm}_beta", (CHANNELS,))
        # its running statistics were never updated: 0 and 1 in all layers, so they are not read
        blocks.append(Block(np.ascontiguousarray(kernel), read(f"{conv}_b", (CHANNELS,)), gamma, beta))
    return Weights("theano", tuple(blocks))


def _keras(read: Read) -> Weights:
    blocks = []
    for i in range(1, BLOCKS + 1):
        conv, norm = (f"model_weights/{n}_{i}/{n}_{i}" for n in ("conv2d", "batch_normalization"))
        out, channels, rows, columns = _kernel_shape(i)
        kernel = read(f"{conv}/kernel:0", (rows, columns, channels, out)).transpose(3, 2, 0, 1)
        rest = [read(f"{norm}/{n}:0", (CHANNELS,)) for n in ("gamma", "beta", "moving_mean", "moving_variance")]
        blocks.append(Block(np.ascontiguousarray(kernel), read(f"{conv}/bias:0", (CHANNELS,)), *rest))
    return Weights("keras", tuple(blocks))


def _kernel_shape(block: int) -> tuple[int, int, int, int]:
    return CHANNELS, 1 if block == 1 else CHANNELS, 3, 3

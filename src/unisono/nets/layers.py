"""Layers as text, such as "conv 32 3x3 same" or "dropout 0.5": their grammar and their shapes, without torch.

conv W HxT [same, valid, pad P] [stride S]  2-d convolution to W channels; H bands by T frames, one number: square
maxpool HxT [stride S]   avgpool HxT [stride S]    pooling; the stride is the size unless said otherwise
globalmaxpool   globalavgpool                      one value a channel
statspool [mean] [deviation] [max] [change N]      over time, of each channel and band: these, or mean and deviation;
                                                   change N is the deviation of the change over N frames
linear W                                           dense layer to W values
relu elu leakyrelu selu tanh sigmoid gelu silu     activations
dropout P   batchnorm   layernorm   flatten
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from unisono.errors import ExperimentError, TooShort, nearest

Shape = tuple[int | None, ...]  # of one example, channels first; None where it varies by track
Pair = tuple[int, int]

MONOTONE = ("relu", "elu", "leakyrelu", "selu", "tanh", "sigmoid")  # max-pooling may go before these
ACTIVATIONS = (*MONOTONE, "gelu", "silu")
_ARGUMENTS = {
    "conv": ("width", "size"), "linear": ("width",), "maxpool": ("size",), "avgpool": ("size",), "dropout": ("rate",),
    "globalmaxpool": (), "globalavgpool": (), "statspool": (), "batchnorm": (), "layernorm": (), "flatten": (),
    **dict.fromkeys(ACTIVATIONS, ()),
}  # fmt: skip
_OPTIONS = {"conv": ("same", "valid", "pad", "stride"), "maxpool": ("stride",), "avgpool": ("stride",),
            "statspool": ("mean", "deviation", "max", "change")}  # fmt: skip
_EXAMPLES = {"conv": "conv 32 3x3 same", "linear": "linear 128", "maxpool": "maxpool 2x2", "avgpool": "avgpool 2x2",
             "dropout": "dropout 0.5"}  # fmt: skip


@dataclass(frozen=True)
class Layer:
    """One layer.

    Args:
        text: as it was written.
        where: its block and place, for messages.
        name: kind and position in its block, the first part of its parameters' names.
        kernel, stride, padding: (bands, frames).
        same: the output is as large as the input.
        rate: of dropout.
        statistics: of statspool, in the order they were asked for; with each, over how many frames (change).
    """

    text: str
    where: str
    kind: str
    name: str
    width: int = 0
    kernel: Pair = (1, 1)
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    same: bool = False
    rate: float = 0.0
    statistics: tuple[tuple[str, int], ...] = ()


def parse_block(texts: Sequence[str], where: str) -> tuple[Layer, ...]:
    """The layers of one block.

    Args:
        where: the block, such as "network.blocks, block 2".
    Raises: ExperimentError that names block and layer.
    Example:
        >>> parse_block(["conv 32 3x3 same", "relu"], "network.blocks, block 1")[0].kernel
        (3, 3)
    """
    return tuple(_parse(text, f'{where}, layer {i} "{text}"', i) for i, text in enumerate(texts, start=1))


def pool_first(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """The same layers with max-pooling moved below monotone activations: same numbers, less work.

    Example:
        >>> [layer.kind for layer in pool_first(parse_block(["conv 8 3x3", "elu", "maxpool 2"], "block 1"))]
        ['conv', 'maxpool', 'elu']
    """
    moved = list(layers)
    for i in range(1, len(moved)):
        at = i
        while at and moved[at].kind in ("maxpool", "globalmaxpool") and moved[at - 1].kind in MONOTONE:
            moved[at - 1], moved[at] = moved[at], moved[at - 1]
            at -= 1
    return tuple(moved)


def shape_after(layer: Layer, shape: Shape) -> Shape:
    """Shape of one example after a layer.

    Raises: ExperimentError when the layer cannot take it, TooShort when nothing would be left of the frames.
    """
    if layer.kind in ("conv", "maxpool", "avgpool"):
        _need_rank(layer, shape, 3, "a picture (channels, bands, frames)")
        channels = layer.width if layer.kind == "conv" else shape[0]
        return (channels, *(_size_after(layer, size, axis) for axis, size in enumerate(shape[1:])))
    if layer.kind in ("globalmaxpool", "globalavgpool"):
        _need_rank(layer, shape, 3, "a picture (channels, bands, frames)")
        return (shape[0],)
    if layer.kind == "statspool":
        _need_rank(layer, shape, 3, "a picture (channels, bands, frames)")
        _size_after(replace(layer, kernel=(1, _least(layer))), shape[2], 1)
        return ((shape[0] or 0) * len(layer.statistics), shape[1], 1)
    if layer.kind == "linear":
        _need_rank(layer, shape, 1, "a vector", 'Put "globalavgpool" or "flatten" before it.')
        return (layer.width,)
    if layer.kind == "flatten":
        return (_product(layer, shape),)
    if layer.kind == "layernorm":
        _need_rank(layer, shape, 1, "a vector", 'Use "batchnorm" here.')
    return shape


def least_frames(layers: Sequence[Layer]) -> int:
    """How many frames a track must have so that something is left after every layer.

    Example:
        >>> least_frames(parse_block(["conv 8 3x3", "maxpool 2x4"], "block 1"))
        6
    """
    needed = 1
    for layer in reversed(layers):
        if layer.kind in ("conv", "maxpool", "avgpool") and not layer.same:
            needed = max(1, (needed - 1) * layer.stride[1] + layer.kernel[1] - 2 * layer.padding[1])
        elif layer.kind == "statspool":
            needed = _least(layer)
    return needed


def _least(statspool: Layer) -> int:
    """How many frames its statistics need."""
    return 1 + max(over for _, over in statspool.statistics)


def _parse(text: str, where: str, position: int) -> Layer:
    words = text.split()
    if not words or words[0] not in _ARGUMENTS:
        found = f"unknown layer, must be one of {', '.join(_ARGUMENTS)}"
        raise ExperimentError(where, found, nearest(words[0] if words else "", _ARGUMENTS))
    kind, rest = words[0], words[1:]
    layer = Layer(text, where, kind, f"{kind}{position}")
    for argument in _ARGUMENTS[kind]:
        if not rest:
            raise ExperimentError(where, f"needs a {argument}", f'Write it like "{_EXAMPLES[kind]}".')
        layer = _with_argument(layer, argument, rest.pop(0))
    if kind in ("maxpool", "avgpool"):
        layer = replace(layer, stride=layer.kernel)
    while rest:
        layer = _with_option(layer, rest)
    if kind == "statspool" and not layer.statistics:
        layer = replace(layer, statistics=(("mean", 0), ("deviation", 0)))
    if layer.same and layer.stride != (1, 1):
        raise ExperimentError(where, 'has a stride but "same" keeps the size', 'Use "pad" in place of "same".')
    return layer


def _with_argument(layer: Layer, argument: str, word: str) -> Layer:
    if argument == "rate":
        rate = _number(word)
        if rate is None or not 0 <= rate < 1:
            raise ExperimentError(layer.where, f'"{word}" is no rate, must be at least 0 and below 1', "")
        return replace(layer, rate=rate)
    if argument == "width":
        return replace(layer, width=_count(layer, word, "width"))
    return replace(layer, kernel=_pair(layer, word, least=1))


def _with_option(layer: Layer, rest: list[str]) -> Layer:
    word = rest.pop(0)
    known = _OPTIONS.get(layer.kind, ())
    if word not in known:
        found = f'"{word}" is more than it takes' + (f", may be {', '.join(known)}" if known else "")
        raise ExperimentError(layer.where, found, nearest(word, known))
    if word in ("mean", "deviation", "max"):
        return replace(layer, statistics=(*layer.statistics, (word, 0)))
    if word in ("same", "valid"):
        return replace(layer, same=word == "same")
    if not rest:
        raise ExperimentError(layer.where, f"{word} needs a number", f'Write it like "{word} 2".')
    if word == "change":
        return replace(layer, statistics=(*layer.statistics, (word, _count(layer, rest.pop(0)))))
    if word == "stride":
        return replace(layer, stride=_pair(layer, rest.pop(0), least=1))
    return replace(layer, padding=_pair(layer, rest.pop(0), least=0), same=False)


def _pair(layer: Layer, word: str, least: int) -> Pair:
    numbers = word.lower().split("x")
    if len(numbers) > 2 or not all(n.isdigit() and int(n) >= least for n in numbers):
        found = f'"{word}" is no size, must be like 3 or 3x3 (bands x frames), each at least {least}'
        raise ExperimentError(layer.where, found, "")
    return int(numbers[0]), int(numbers[-1])


def _count(layer: Layer, word: str, what: str = "number of frames") -> int:
    if not word.isdigit() or int(word) == 0:
        raise ExperimentError(layer.where, f'"{word}" is no {what}, must be a whole number above 0', "")
    return int(word)


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def _size_after(layer: Layer, size: int | None, axis: int) -> int | None:
    if size is None or layer.same:
        return size
    left = (size + 2 * layer.padding[axis] - layer.kernel[axis]) // layer.stride[axis] + 1
    if left >= 1:
        return left
    noun = ("bands", "frames")[axis]
    found = f"needs at least {layer.kernel[axis] - 2 * layer.padding[axis]} {noun} but {size} are left here"
    wrong = ExperimentError if axis == 0 else TooShort
    raise wrong(layer.where, found, f"Use a smaller size, pool less below it, or give the input more {noun}.")


def _need_rank(layer: Layer, shape: Shape, rank: int, wanted: str, advice: str = "") -> None:
    if len(shape) != rank:
        raise ExperimentError(layer.where, f"gets {written(shape)} but needs {wanted}", advice)


def _product(layer: Layer, shape: Shape) -> int:
    total = 1
    for size in shape:
        if size is None:
            found = f"gets {written(shape)}, whose length varies by track, but needs a fixed one"
            advice = 'Give the input a fixed duration, or use "globalavgpool" or "globalmaxpool".'
            raise ExperimentError(layer.where, found, advice)
        total *= size
    return total


def written(shape: Shape) -> str:
    """A shape for messages.

    Example:
        >>> written((128, 4, None))
        '(128, 4, any)'
    """
    return "(" + ", ".join("any" if size is None else str(size) for size in shape) + ")"

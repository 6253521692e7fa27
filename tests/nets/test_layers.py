"""The grammar and the shapes of layers, and the message of every mistake."""

from __future__ import annotations

import pytest

from unisono.errors import ExperimentError, TooShort
from unisono.nets.layers import Shape, least_frames, parse_block, pool_first, shape_after


def shape_through(texts: list[str], shape: Shape) -> Shape:
    for layer in parse_block(texts, "network.blocks, block 1"):
        shape = shape_after(layer, shape)
    return shape


@pytest.mark.parametrize(
    ("text", "shape", "after"),
    [
        ("conv 32 3x3 same", (1, 48, 1874), (32, 48, 1874)),
        ("conv 32 2x4 same", (1, 48, None), (32, 48, None)),
        ("conv 16 5x5 pad 2", (1, 128, 322), (16, 128, 322)),
        ("conv 16 5 pad 2x0", (1, 128, 322), (16, 128, 318)),
        ("conv 16 3x3", (1, 10, 10), (16, 8, 8)),
        ("conv 16 3x3 valid stride 2x1", (1, 10, 10), (16, 4, 8)),
        ("maxpool 2x6", (32, 48, 1874), (32, 24, 312)),
        ("maxpool 2", (32, 11, 6), (32, 5, 3)),
        ("avgpool 3x3 stride 1", (32, 11, None), (32, 9, None)),
        ("globalavgpool", (32, 5, None), (32,)),
        ("globalmaxpool", (32, 5, 7), (32,)),
        ("statspool", (32, 5, None), (64, 5, 1)),
        ("statspool max mean change 2 change 8", (4, 5, 9), (16, 5, 1)),
        ("flatten", (32, 5, 3), (480,)),
        ("linear 128", (480,), (128,)),
        ("layernorm", (480,), (480,)),
        ("dropout 0.5", (4, 3, None), (4, 3, None)),
        ("batchnorm", (4, 3, None), (4, 3, None)),
        ("gelu", (4,), (4,)),
    ],
)
def test_shapes(text: str, shape: Shape, after: Shape) -> None:
    assert shape_through([text], shape) == after


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("covn 32 3x3", r'^network.blocks, block 2, layer 2 "covn 32 3x3": unknown layer.*Did you mean "conv"\?$'),
        ("", "unknown layer, must be one of conv, linear"),
        ("conv 32", 'needs a size. Write it like "conv 32 3x3 same"'),
        ("conv x 3x3", '"x" is no width, must be a whole number above 0'),
        ("conv 32 3x3x3", '"3x3x3" is no size, must be like 3 or 3x3'),
        ("maxpool 0x2", '"0x2" is no size.*at least 1'),
        ("conv 32 3x3 sme", '"sme" is more than it takes, may be same, valid, pad, stride. Did you mean "same"'),
        ("conv 32 3x3 same stride 2", 'has a stride but "same" keeps the size'),
        ("conv 32 3x3 pad", 'pad needs a number. Write it like "pad 2"'),
        ("statspool mx", '"mx" is more than it takes, may be mean, deviation, max, change. Did you mean "max"'),
        ("statspool change", "change needs a number"),
        ("statspool change 0", '"0" is no number of frames, must be a whole number above 0'),
        ("conv 32 3x3 max", '"max" is more than it takes'),
        ("dropout 1.5", '"1.5" is no rate, must be at least 0 and below 1'),
        ("dropout half", '"half" is no rate'),
        ("relu 3", '"3" is more than it takes'),
        ("linear", 'needs a width. Write it like "linear 128"'),
    ],
)
def test_grammar_messages(text: str, message: str) -> None:
    with pytest.raises(ExperimentError, match=message):
        parse_block(["relu", text], "network.blocks, block 2")


@pytest.mark.parametrize(
    ("text", "shape", "error", "message"),
    [
        ("linear 8", (32, 5, 3), ExperimentError, r'gets \(32, 5, 3\) but needs a vector. Put "globalavgpool"'),
        ("conv 8 3x3", (32,), ExperimentError, r"gets \(32\) but needs a picture \(channels, bands, frames\)"),
        ("globalavgpool", (32,), ExperimentError, "needs a picture"),
        ("statspool", (32,), ExperimentError, "needs a picture"),
        ("statspool change 9", (4, 5, 9), TooShort, "needs at least 10 frames but 9 are left here"),
        ("layernorm", (3, 4, 5), ExperimentError, 'needs a vector. Use "batchnorm"'),
        ("flatten", (32, 5, None), ExperimentError, r"gets \(32, 5, any\), whose length varies.*fixed duration"),
        ("maxpool 6x2", (32, 5, 9), ExperimentError, "needs at least 6 bands but 5 are left here"),
        ("maxpool 2x6", (32, 5, 3), TooShort, "needs at least 6 frames but 3 are left here"),
    ],
)
def test_shape_messages(text: str, shape: Shape, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        shape_through([text], shape)


@pytest.mark.parametrize(
    ("texts", "kinds"),
    [
        (["conv 8 3x3", "relu", "maxpool 2"], ["conv", "maxpool", "relu"]),
        (["conv 8 3x3", "elu", "relu", "maxpool 2"], ["conv", "maxpool", "elu", "relu"]),
        (["conv 8 3x3", "relu", "globalmaxpool"], ["conv", "globalmaxpool", "relu"]),
        (["conv 8 3x3", "gelu", "maxpool 2"], ["conv", "gelu", "maxpool"]),
        (["conv 8 3x3", "relu", "avgpool 2"], ["conv", "relu", "avgpool"]),
        (["conv 8 3x3", "relu", "batchnorm", "maxpool 2"], ["conv", "relu", "batchnorm", "maxpool"]),
        (["conv 8 3x3", "relu", "dropout 0.1", "maxpool 2"], ["conv", "relu", "dropout", "maxpool"]),
    ],
)
def test_pooling_moves_before_monotone_activations_only(texts: list[str], kinds: list[str]) -> None:
    assert [layer.kind for layer in pool_first(parse_block(texts, "block 1"))] == kinds


def test_moved_layers_keep_their_names() -> None:
    layers = parse_block(["conv 8 3x3", "relu", "maxpool 2"], "block 1")
    assert [layer.name for layer in pool_first(layers)] == ["conv1", "maxpool3", "relu2"]


@pytest.mark.parametrize("texts", [
    ["conv 8 3x3", "maxpool 2x4"],
    ["conv 8 3x3 same", "maxpool 2x6", "conv 8 3x3 pad 1", "maxpool 1x5", "avgpool 1x3 stride 2"],
    ["conv 8 1x4 stride 3", "conv 8 1x2 pad 4"],
    ["conv 8 1x4 stride 3", "statspool mean change 5", "conv 4 3x1"],
])  # fmt: skip
def test_least_frames_is_enough_and_one_less_is_not(texts: list[str]) -> None:
    least = least_frames(parse_block(texts, "block 1"))
    assert shape_through(texts, (1, 64, least))
    if least > 1:
        with pytest.raises(TooShort):
            shape_through(texts, (1, 64, least - 1))

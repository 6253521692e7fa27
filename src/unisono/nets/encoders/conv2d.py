"""Convolutions over a mel spectrogram, channels-last, pooling before monotone activations."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from unisono.errors import ExperimentError, TooShort
from unisono.inputs import Input
from unisono.nets.encoders.conv2d_settings import Conv2dSettings
from unisono.nets.layers import Shape, least_frames, written
from unisono.nets.modules import Block, layer_block


class Conv2d:
    """A picture of (bands, frames) becomes a vector.

    Args:
        source: an input with one array of (bands, frames); frames may vary by track.
    """

    def __init__(self, settings: Conv2dSettings, source: Input, where: str) -> None:
        pictures = {name: shape for name, shape in source.shapes.items() if len(shape) == 2}
        if len(pictures) != 1:
            shown = ", ".join(f"{name} {written(shape)}" for name, shape in source.shapes.items())
            raise ExperimentError(where, f"conv2d needs one array of (bands, frames) but gets {shown}")
        self.array, shape = next(iter(pictures.items()))
        layers = settings.parsed(where)
        self.where = where
        self.shape: Shape = (1, *shape)
        self.least_frames = least_frames([layer for block in layers for layer in block])
        self.blocks: list[Block] = [layer_block(block) for block in layers]

    def prepare(self, arrays: Mapping[str, Tensor]) -> Tensor:
        """The spectrogram with a channel axis, laid out channels-last.

        Shape: (n, bands, frames) -> (n, 1, bands, frames)
        Raises: TooShort when the layers would leave nothing of the frames.
        """
        picture = arrays[self.array]
        if picture.shape[-1] < self.least_frames:
            found = f"{picture.shape[-1]} frames but the layers need at least {self.least_frames}"
            raise TooShort(self.where, found, "Use longer tracks, pad them (duration), or pool less.")
        # A unit channel axis at the end, then moved: torch takes this for channels-last, unsqueeze(1) it does not.
        return picture.unsqueeze(-1).permute(0, 3, 1, 2)

    def direct(self, width: int) -> nn.Module | None:
        """No linear path."""
        return None

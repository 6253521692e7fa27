"""Dense layers over a vector of values."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from unisono.errors import ExperimentError
from unisono.inputs import Input
from unisono.nets.encoders.mlp_settings import MlpSettings
from unisono.nets.layers import Shape, written
from unisono.nets.modules import Arrays, Block, layer_block


class Mlp:
    """A vector becomes a vector.

    Args:
        source: an input with one array of (values,).
    """

    def __init__(self, settings: MlpSettings, source: Input, where: str) -> None:
        vectors = {name: shape[0] for name, shape in source.shapes.items() if len(shape) == 1}
        size = next(iter(vectors.values()), None)
        if len(vectors) != 1 or size is None:
            shown = ", ".join(f"{name} {written(shape)}" for name, shape in source.shapes.items())
            raise ExperimentError(where, f"mlp needs one vector of fixed length but gets {shown}")
        self.array = next(iter(vectors))
        self.size = size
        self.settings = settings
        self.shape: Shape = (size,)
        self.blocks: list[Block] = [layer_block(block) for block in settings.parsed(where)]

    def prepare(self, arrays: Mapping[str, Tensor]) -> Tensor:
        """The vector. Shape: (n, values)"""
        return arrays[self.array]

    def direct(self, width: int) -> nn.Module | None:
        """A linear map of the values to logits, if asked for."""
        return _Linear(self.size, width) if self.settings.linear_path else None


class _Linear(nn.Module):
    def __init__(self, size: int, width: int) -> None:
        super().__init__()
        self.linear = nn.Linear(size, width, bias=False)

    def forward(self, x: Tensor, arrays: Arrays) -> Tensor:
        result: Tensor = self.linear(x)
        return result

"""Multi-gate mixture of experts (Ma et al., 2018): all tasks mix the same experts, each by a gate of its own."""

from __future__ import annotations

from collections.abc import Sequence

from unisono.nets.layers import Shape
from unisono.nets.modules import Block
from unisono.nets.sharing._experts import Experts
from unisono.nets.sharing.mmoe_settings import MmoeSettings


class Mmoe(Experts):
    """Experts of the encoder's last blocks; see `nets.sharing` for the contract."""

    def __init__(
        self, settings: MmoeSettings, blocks: Sequence[Block], tasks: Sequence[str], shape: Shape, where: str
    ) -> None:
        readers = {f"expert{i}": list(tasks) for i in range(1, settings.experts + 1)}
        super().__init__(readers, blocks, settings.blocks, shape, where)

"""Customised gate control (Tang et al., 2020, one level of PLE): shared experts and experts of each task."""

from __future__ import annotations

from collections.abc import Sequence

from unisono.nets.layers import Shape
from unisono.nets.modules import Block
from unisono.nets.sharing._experts import Experts
from unisono.nets.sharing.cgc_settings import CgcSettings


class Cgc(Experts):
    """Experts of the encoder's last blocks; see `nets.sharing` for the contract."""

    def __init__(
        self, settings: CgcSettings, blocks: Sequence[Block], tasks: Sequence[str], shape: Shape, where: str
    ) -> None:
        readers = {f"expert{i}": list(tasks) for i in range(1, settings.shared + 1)}
        readers |= {f"expert{i}_for_{task}": [task] for task in tasks for i in range(1, settings.own + 1)}
        super().__init__(readers, blocks, settings.blocks, shape, where)

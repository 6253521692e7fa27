"""This machine: one block after another, each by all of its worker processes."""

from __future__ import annotations

from collections.abc import Generator, Iterable

from unisono.inputs.catalog.blocks import Block
from unisono.inputs.catalog.shards import Receipt
from unisono.inputs.catalog.work import Cluster, Task


def run(task: Task, blocks: Iterable[Block], cluster: Cluster) -> Generator[Receipt]:
    """Work through the blocks here.

    Args:
        cluster: has no say.
    """
    for block in blocks:
        yield task(block)

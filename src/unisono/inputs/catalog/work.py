"""What is done with a block, and what came of it: the contract between a catalog and its engines."""

from __future__ import annotations

import platform
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any, Protocol

import polars as pl

from unisono.errors import UserError
from unisono.inputs import Needs
from unisono.inputs.catalog.blocks import Block, stamp_seen
from unisono.inputs.catalog.places import place_of
from unisono.inputs.catalog.shards import Receipt, Shards
from unisono.inputs.extraction.failures import Failure
from unisono.inputs.extraction.pool import Workers


@dataclass(frozen=True)
class Made:
    """What a block became.

    Args:
        frame: the shard's rows.
        counts: of its tracks: "kept", "failed", "absent".
        failures: the tracks that could not be read; their index is that in the whole collection.
        misnamed: path -> what the sound file holds whose name says another format.
    """

    frame: pl.DataFrame
    counts: Mapping[str, int]
    failures: Sequence[Failure] = ()
    misnamed: Mapping[str, str] = field(default_factory=dict)


class Work(Protocol):
    """One kind of work on blocks; an engine may send it to another machine."""

    @property
    def kind(self) -> str:
        """What the shards hold, in a word."""
        ...

    @property
    def needs(self) -> Collection[Needs]:
        """What is read of a track."""
        ...

    def facts(self) -> dict[str, Any]:
        """All that decides the result, but for the tracks themselves."""
        ...

    def made(self, block: Block, workers: Workers) -> Made:
        """The result of a block; the same on every machine."""
        ...


@dataclass(frozen=True)
class Cluster:
    """Where a cluster is, for engines that have one.

    Args:
        address: of a running cluster; None starts one on this machine.
        insecure: connect without a token.
    """

    address: str | None = None
    insecure: bool = False


@dataclass(frozen=True)
class Task:
    """Work on a block from its tracks to its shard: what an engine calls.

    Args:
        work: what is done.
        into: where shards go.
        workers: processes for one block, and what each may take.
    """

    work: Work
    into: str
    workers: Workers
    version: str = field(default_factory=lambda: metadata.version("unisono"))

    def __call__(self, block: Block) -> Receipt:
        """Make the block's shard.

        Raises: UserError when this machine is not fit for it; DiskFull; MissingExtra.
        """
        here = metadata.version("unisono")
        if here != self.version:
            found = f"has unisono {here} but {self.version} asks for the work"
            raise UserError(platform.node(), found, "Install the same version on all machines.")
        for track, stamp in zip(block.tracks, block.stamps, strict=True):
            if stamp and not stamp_seen(track.audio):
                found = f"cannot be read on {platform.node()} but on the machine that asks it can"
                raise UserError(str(track.audio), found, "Let all machines see the music at the same path.")
        return Shards(place_of(self.into)).keep(block, self.work.made(block, self.workers))

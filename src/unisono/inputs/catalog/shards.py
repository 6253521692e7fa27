"""Shards in a place: one Parquet file a block, and a receipt that is written last and says that it is whole."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import polars as pl

from unisono.errors import UserError
from unisono.files import sha256_of
from unisono.inputs.catalog.blocks import Block
from unisono.inputs.catalog.places import Place
from unisono.inputs.extraction.failures import Failure

PLAN = "catalog.json"
_FORMAT = 1
_ELSEWHERE = "Name another folder with --into."


class Result(Protocol):
    """What a block became; `work.Made` is one."""

    @property
    def frame(self) -> pl.DataFrame: ...
    @property
    def counts(self) -> Mapping[str, int]: ...
    @property
    def failures(self) -> Any: ...
    @property
    def misnamed(self) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class Receipt:
    """What says that a shard is whole.

    Args:
        name: of the shard's file, without a suffix.
        block: digest of the block that it was made of.
        size: bytes of the shard.
        sha256: of those bytes.
        counts: of the block's tracks.
        failures: its tracks that could not be read.
        misnamed: path -> what a sound file holds whose name says another format; they are in the shard.
    """

    name: str
    block: str
    size: int
    sha256: str
    counts: Mapping[str, int]
    failures: tuple[Failure, ...]
    misnamed: Mapping[str, str] = field(default_factory=dict)

    @property
    def tracks(self) -> int:
        """How many tracks the block had."""
        return sum(self.counts.values())


class Shards:
    """The shards of one catalog.

    Args:
        place: where they lie.
    """

    def __init__(self, place: Place) -> None:
        self.place = place

    def begin(self, plan: Mapping[str, Any], blocks: int) -> None:
        """Make sure that the place is this catalog's, and that it can be written.

        Args:
            plan: what is asked, and how large blocks are.
            blocks: how many shards there will be.
        Raises: UserError when it holds something else, or shards that this catalog would not replace.
        """
        names, told = self.place.names(), {"format": _FORMAT, **plan}
        held = self.place.read(PLAN) if PLAN in names else None
        if held is None and names:
            found = f"holds other files ({names[0]} ...) but an empty place or one of these shards is needed"
            raise UserError(self.place.where, found, _ELSEWHERE)
        if held is not None and _parsed(held) != json.loads(json.dumps(told)):
            found = "holds the shards of another catalog: other settings, another model or another size of blocks"
            raise UserError(self.place.where, found, _ELSEWHERE)
        beyond = [n for n in names if n.startswith("part-") and n.endswith(".parquet") and _number(n) >= blocks]
        if beyond:
            found = f"holds {_number(beyond[-1]) + 1:,} shards but there are now tracks for {blocks:,} only"
            raise UserError(self.place.where, found, _ELSEWHERE)
        self._write(PLAN, json.dumps(told, indent=1, sort_keys=True).encode())

    def receipt(self, block: Block) -> Receipt | None:
        """The receipt of a shard that stands and is whole; in a folder its every byte is read for that."""
        data = self.place.read(f"{block.name}.json")
        told = {} if data is None else _parsed(data)
        if told.get("block") != block.digest:
            return None
        try:
            failures = tuple(Failure(**f) for f in told["failures"])
            receipt = Receipt(**{**told, "failures": failures, "misnamed": dict(told.get("misnamed", {}))})
        except (KeyError, TypeError, ValueError):  # something else has written it
            return None
        name = f"{block.name}.parquet"
        if self.place.size(name) != receipt.size:
            return None
        whole = not self.place.local or _sha256(self.place.read(name) or b"") == receipt.sha256
        return receipt if whole else None

    def keep(self, block: Block, made: Result) -> Receipt:
        """Write a block's shard, then its receipt.

        Raises: DiskFull; UserError.
        """
        with self.place.writing(f"{block.name}.parquet") as path:
            made.frame.write_parquet(path, compression="zstd", compression_level=1)
            size, digest = path.stat().st_size, sha256_of(path)
        told = (dict(made.counts), tuple(made.failures), dict(made.misnamed))
        receipt = Receipt(block.name, block.digest, size, digest, *told)
        self._write(f"{block.name}.json", json.dumps(asdict(receipt), sort_keys=True).encode())
        return receipt

    def frame(self, receipt: Receipt) -> pl.DataFrame:
        """The rows of a shard.

        Raises: UserError when it is damaged.
        """
        data = self.place.read(f"{receipt.name}.parquet")
        if data is None or _sha256(data) != receipt.sha256:
            found = "is not what its receipt says" if data is not None else "is not there"
            raise UserError(f"{self.place.where}/{receipt.name}.parquet", found, "Run the same command again.")
        return pl.read_parquet(io.BytesIO(data))

    def _write(self, name: str, data: bytes) -> None:
        with self.place.writing(name) as path:
            path.write_bytes(data)


def _parsed(data: bytes) -> dict[str, Any]:
    """What a small file of ours says; nothing when it is torn."""
    try:
        told = json.loads(data)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _number(name: str) -> int:
    digits = name.removeprefix("part-").partition(".")[0]
    return int(digits) if digits.isdecimal() else -1


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()

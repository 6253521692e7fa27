"""The work of `unisono features` on a block: what inputs hear, as rows of a shard, and from shards into the cache."""

from __future__ import annotations

import math
import os
import shutil
import tempfile
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from unisono.inputs import Example, Input, Needs, Source
from unisono.inputs.catalog.blocks import Block
from unisono.inputs.catalog.shards import Receipt, Shards
from unisono.inputs.catalog.work import Made
from unisono.inputs.extraction import Bulk, Cache, Plan
from unisono.inputs.extraction.cache import Entry
from unisono.inputs.extraction.failures import printable
from unisono.inputs.extraction.pool import Workers

_PREFIX = "unisono-block-"
_STALE = 24 * 3600.0  # seconds after which nobody works in a block's folder any more

SCHEMA: dict[str, Any] = {
    "index": pl.Int64, "id": pl.String, "path": pl.String, "input": pl.String, "content": pl.String,
    "excerpt": pl.Int32, "array": pl.String, "dtype": pl.String, "shape": pl.List(pl.Int64), "data": pl.Binary,
    "reason": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class Hearing:
    """What costly inputs give for a block's tracks: one row a track, input, excerpt and array.

    Args:
        inputs: by name.
        resume: take what the machine's cache has.
        keep: leave what was computed in the machine's cache; else only where $UNISONO_CACHE says so.
    """

    inputs: Mapping[str, Input]
    resume: bool = True
    keep: bool = True

    @property
    def kind(self) -> str:
        """Shards of features."""
        return "features"

    @property
    def needs(self) -> Collection[Needs]:
        """What the inputs read of a track."""
        return {part.needs for part in self.inputs.values()}

    def facts(self) -> dict[str, Any]:
        """Every input by its key."""
        return {"inputs": {name: {"kind": part.kind, "key": part.key()} for name, part in self.inputs.items()}}

    def made(self, block: Block, workers: Workers) -> Made:
        """Hear a block as `unisono features` does, and read what the cache has then."""
        with _cache(self.keep) as cache:
            bulk = Bulk(self.inputs, block.tracks, cache, Plan(workers, resume=self.resume))
            bulk.run()
            reasons = {(failure.index, failure.input): failure.reason for failure in bulk.failures}
            columns: dict[str, list[Any]] = {name: [] for name in SCHEMA}
            for at, track in enumerate(block.tracks):
                for row in self._rows(bulk, at, track, reasons):
                    for name, cell in zip(SCHEMA, (block.first + at, *row), strict=True):
                        columns[name].append(cell)
        counts = {"failed": bulk.counts.failed, "absent": bulk.counts.absent}
        counts["kept"] = bulk.counts.done - sum(counts.values())
        failures = [replace(f, index=block.first + f.index) for f in bulk.failures]
        misnamed = {printable(path): why for path, why in bulk.misnamed.items()}
        return Made(pl.DataFrame(columns, schema=SCHEMA), counts, failures, misnamed)

    def _rows(
        self, bulk: Bulk, at: int, track: Source, reasons: Mapping[tuple[int, str], str]
    ) -> Iterator[tuple[Any, ...]]:
        """A track's rows from its id on; one row where an input has nothing of it."""
        names = (printable(track.id), None if track.audio is None else printable(str(track.audio)))
        for name in self.inputs:
            reason = reasons.get((at, name))
            content, entry = ("", None) if reason is not None else bulk.heard(name, at) or ("", None)
            if entry is None:
                yield (*names, name, None, None, None, None, None, None, None if reason is None else printable(reason))
                continue
            for number, example in enumerate(entry.examples):
                for array, values in example.items():
                    held = (array, values.dtype.str, list(values.shape), values.tobytes())
                    yield (*names, name, content, number, *held, None)


def fill(shards: Shards, receipts: Iterable[Receipt], inputs: Mapping[str, Input], cache: Cache) -> int:
    """Put what shards hold into a cache, so that training on this machine starts at once.

    Args:
        receipts: of whole shards of features.
        inputs: that they were made with, by name.
    Returns: how many entries were new.
    Raises: UserError when a shard is damaged; DiskFull.
    """
    keys, new = {name: part.key() for name, part in inputs.items()}, 0
    for receipt in receipts:
        rows = shards.frame(receipt).filter(pl.col("data").is_not_null())
        for (name, content), entry in _entries(rows):
            if not cache.path(content, keys[name]).exists():
                cache.write(content, keys[name], entry)
                new += 1
    return new


def _entries(rows: pl.DataFrame) -> Iterator[tuple[tuple[str, str], Entry]]:
    for (name, content, _), group in rows.group_by("input", "content", "index", maintain_order=True):
        examples: list[Example] = []
        for row in group.iter_rows(named=True):
            if row["excerpt"] == len(examples):
                examples.append({})
            kind = np.dtype(row["dtype"])
            array = np.frombuffer(row["data"], kind, math.prod(row["shape"])).reshape(row["shape"])
            examples[row["excerpt"]][row["array"]] = array
        yield (str(name), str(content)), Entry(examples)


@contextmanager
def _cache(keep: bool) -> Iterator[Cache]:
    """The machine's cache, or one that is gone with the block: a worker's disk is not ours to fill."""
    if keep or os.environ.get("UNISONO_CACHE"):
        yield Cache(ram=0)
        return
    _sweep(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as folder:
        yield Cache(Path(folder), ram=0)


def _sweep(folder: Path) -> None:
    """Remove what killed workers have left."""
    for left in folder.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if max(path.stat().st_mtime for path in (left, *left.iterdir())) < time.time() - _STALE:
                shutil.rmtree(left)

"""A catalog worked through: blocks whose shards are whole stand, the others go to an engine."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from unisono.errors import UserError
from unisono.inputs import Progress, Source
from unisono.inputs.catalog.blocks import Block, blocks_of
from unisono.inputs.catalog.places import place_of
from unisono.inputs.catalog.shards import Receipt, Shards
from unisono.inputs.catalog.work import Cluster, Task, Work
from unisono.inputs.extraction.failures import Failure
from unisono.inputs.extraction.pool import Workers
from unisono.parts import part

ENGINES = "inputs.catalog.engines"

Run = Callable[[Task, Iterable[Block], Cluster], Generator[Receipt]]


@dataclass(frozen=True)
class Order:
    """How a catalog is worked through.

    Args:
        into: a folder or URL for the shards.
        engine: which machine works: a file of `engines/`.
        block: tracks in a block.
        resume: let whole shards stand; else all are made again.
        workers: processes for one block, and what each may take.
        cluster: where it is, for engines that have one.
    """

    into: str
    engine: str = "local"
    block: int = 256
    resume: bool = True
    workers: Workers = field(default_factory=Workers)
    cluster: Cluster = field(default_factory=Cluster)


class Catalog:
    """One run over a catalog; `receipts` tells how far it is, also after it was stopped.

    Args:
        work: what is done with a block.
        tracks: in the order of the collection.
        order: how.
    """

    def __init__(self, work: Work, tracks: Sequence[Source], order: Order) -> None:
        self.order, self.shards = order, Shards(place_of(order.into))
        self.receipts, self.stood = dict[str, Receipt](), 0
        self._work, self._tracks = work, tracks

    @property
    def tracks(self) -> int:
        """How many tracks it has."""
        return len(self._tracks)

    @property
    def blocks(self) -> int:
        """How many blocks those are."""
        return -(-len(self._tracks) // self.order.block)

    @property
    def failures(self) -> list[Failure]:
        """Tracks that could not be read, in order, as far as their blocks are done."""
        found = (failure for receipt in self.receipts.values() for failure in receipt.failures)
        return sorted(found, key=lambda f: (f.index, f.input))

    @property
    def misnamed(self) -> dict[str, str]:
        """Sound files whose names say another format, and what they hold, as far as their blocks are done."""
        done = (receipt for _, receipt in sorted(self.receipts.items()))
        return {path: why for receipt in done for path, why in sorted(receipt.misnamed.items())}

    def count(self, state: str) -> int:
        """How many tracks are "kept", "failed" or "absent" so far."""
        return sum(receipt.counts.get(state, 0) for receipt in self.receipts.values())

    def run(self, progress: Progress | None = None) -> None:
        """Make every shard that is not whole yet; stopped anywhere, the next run goes on there.

        Args:
            progress: called with (done, all) tracks.
        Raises: UserError; DiskFull; MissingExtra.
        """
        facts, order = self._work.facts(), self.order
        self.shards.begin({"kind": self._work.kind, "facts": facts, "block": order.block}, self.blocks)
        task, run = Task(self._work, order.into, order.workers), self._engine()
        blocks = blocks_of(self._tracks, order.block, self._work.needs, facts)
        with closing(run(task, (b for b in blocks if not self._stands(b, progress)), order.cluster)) as made:
            for receipt in made:
                self._check(receipt)
                self._take(receipt, progress)

    def _engine(self) -> Run:
        run: Run = part(ENGINES, self.order.engine).run
        return run

    def _stands(self, block: Block, progress: Progress | None) -> bool:
        receipt = self.shards.receipt(block) if self.order.resume else None
        if receipt is not None:
            self.stood += 1
            self._take(receipt, progress)
        return receipt is not None

    def _check(self, receipt: Receipt) -> None:
        if self.shards.place.size(f"{receipt.name}.parquet") != receipt.size:
            found = f"does not hold {receipt.name}.parquet although it was written there by another machine"
            raise UserError(self.shards.place.where, found, "Name a folder that all machines share, or a URL.")

    def _take(self, receipt: Receipt, progress: Progress | None) -> None:
        self.receipts[receipt.name] = receipt
        if progress:
            progress(sum(r.tracks for r in self.receipts.values()), self.tracks)

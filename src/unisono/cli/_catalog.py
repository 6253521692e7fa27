"""Catalogs on the command line: the options of blocks, shards and engines, and what is told at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from unisono.cli._console import Console
from unisono.collection.faults import several
from unisono.errors import UserError, nearest
from unisono.inputs import Input, Source
from unisono.inputs.catalog import Catalog, Cluster, Order
from unisono.inputs.catalog.catalog import ENGINES
from unisono.inputs.extraction import Failure, Workers
from unisono.inputs.hearing.decoding import misnomers
from unisono.parts import names

LISTED = 50  # skipped files named one by one


def _engines(incomplete: str) -> list[str]:
    return [name for name in names(ENGINES) if name.startswith(incomplete)]


Into = Annotated[
    str | None,
    typer.Option("--into", metavar="PLACE", help="Parquet shards, a file a block: into this folder or URL."),
]
Engine = Annotated[
    str,
    typer.Option("--engine", metavar="ENGINE", help="local, or ray: a cluster. Needs --into.", autocompletion=_engines),
]
BlockSize = Annotated[int, typer.Option("--block", metavar="N", min=1, help="Tracks in a block.")]
RayAddress = Annotated[
    str | None,
    typer.Option("--ray-address", metavar="HOST:PORT", help="A cluster that runs; default: one on this machine."),
]
Insecure = Annotated[
    bool, typer.Option("--insecure-cluster", help="Connect without a token: for a network of your own.")
]


@dataclass(frozen=True)
class Wanted:
    """What the options say: where the shards go, who works, how large a block is, and where a cluster is."""

    into: str | None
    engine: str = "local"
    block: int = Order.block
    address: str | None = None
    insecure: bool = False

    def order(self, workers: Workers, resume: bool = True) -> Order | None:
        """The options together, None where no catalog is asked for; what is wrong with them is said before the work.

        Raises: UserError.
        """
        if self.engine not in names(ENGINES):
            known = names(ENGINES)
            found = f'"{self.engine}" is none of {", ".join(known)}'
            raise UserError("--engine", found, nearest(self.engine, known))
        if self.engine == "local" and (self.address is not None or self.insecure):
            raise UserError("--ray-address", "names a cluster but the engine is local", "Add --engine ray.")
        if self.insecure and self.address is None:
            found = "there is no cluster to connect to; one that is started here has a token of its own"
            raise UserError("--insecure-cluster", found, "Leave it away, or add --ray-address.")
        if self.into is None and self.engine != "local":
            found = "it makes Parquet shards but nothing says where"
            raise UserError(f"--engine {self.engine}", found, "Add --into FOLDER, or a URL such as s3://bucket/music.")
        if self.into is None:
            return None
        return Order(self.into, self.engine, self.block, resume, workers, Cluster(self.address, self.insecure))


def refuse_with_into(options: Sequence[tuple[str, bool]]) -> None:
    """Say which options do not go with --into.

    Args:
        options: each with whether it was given.
    Raises: UserError.
    """
    for name, given in options:
        if given:
            raise UserError(name, "does not go with --into", "Leave one of them away.")


def work_through(console: Console, label: str, catalog: Catalog) -> None:
    """Make all shards.

    Args:
        label: what is done, for the progress.
    """
    with console.progress(label, "tracks") as advance:
        catalog.run(advance)


def summed_up(console: Console, catalog: Catalog, seconds: float, more: Sequence[Failure] = ()) -> dict[str, Any]:
    """Show what a catalog came to; gives it for programs.

    Args:
        more: failures that never came into a block.
    """
    failures = [*more, *catalog.failures]
    for failure in failures[:LISTED]:
        console.warn(f"skipped {failure.path}: {failure.reason}")
    if len(failures) > LISTED:
        console.warn(f"... and {len(failures) - LISTED:,} more skipped; --failures FILE lists them all")
    misnamed = told_misnamed(console, catalog.misnamed)
    kept, failed, absent = (catalog.count(state) for state in ("kept", "failed", "absent"))
    console.say(f"{kept:,} of {several(catalog.tracks, 'track')} in {catalog.shards.place.where}")
    without = f", {absent:,} without sound" if absent else ""
    made = len(catalog.receipts) - catalog.stood
    there = f"{several(made, 'shard')} made, {catalog.stood:,} found whole there"
    console.say(f"{there}; {several(failed, 'track')} failed{without}")
    stopped = len(catalog.receipts) < catalog.blocks
    if stopped:
        console.warn("stopped before the end: the same command goes on from here")
    return {
        "tracks": catalog.tracks,
        "done": kept + failed + absent,
        "kept": kept,
        "failed": failed,
        "absent": absent,
        "blocks": catalog.blocks,
        "blocks_made": made,
        "blocks_found": catalog.stood,
        "seconds": round(seconds, 3),
        "engine": catalog.order.engine,
        "into": catalog.shards.place.where,
        "skipped": [{"track": f.id, "path": f.path, "input": f.input, "reason": f.reason} for f in failures],
        "misnamed": misnamed,
        "stopped": stopped,
    }


def told_misnamed(console: Console, found: Mapping[str, str]) -> list[dict[str, str]]:
    """Warn of sound files whose names say another format; gives them for programs.

    Args:
        found: path -> what it holds.
    """
    for path, why in list(found.items())[:LISTED]:
        console.warn(f"misnamed {path}: {why}")
    if len(found) > LISTED:
        console.warn(f"... and {len(found) - LISTED:,} more misnamed; --json lists them all")
    return [{"path": path, "reason": why} for path, why in found.items()]


def tell_misnamed(console: Console, inputs: Mapping[str, Input], tracks: Sequence[Source]) -> list[dict[str, str]]:
    """Look through the tracks' sound files, where some input hears, and warn of those that are misnamed."""
    hears = any(part.needs == "audio" for part in inputs.values())
    return told_misnamed(console, misnomers(track.audio for track in tracks) if hears else {})


def tell_failures(console: Console, failures: Sequence[Failure]) -> dict[str, list[dict[str, str]]]:
    """Warn of the tracks that could not be read, or only in part; both lists for programs."""
    for failure in failures[:LISTED]:
        console.warn(f"{'used in part' if failure.used else 'skipped'} {failure.id}: {failure.reason}")
    if len(failures) > LISTED:
        console.warn(f"... and {len(failures) - LISTED:,} more; --json lists them all")
    told = [(f.used, {"track": f.id, "input": f.input, "reason": f.reason}) for f in failures]
    return {
        "skipped": [one for used, one in told if not used],
        "used_in_part": [one for used, one in told if used],
    }


def absolute(paths: Sequence[str]) -> list[str]:
    """Paths as another machine finds them, too."""
    return [str((Path(p).expanduser() if p.startswith("~/") else Path(p)).absolute()) for p in paths]

"""Fills the cache with what an experiment hears, so that training starts at once."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from unisono.cli._catalog import (
    BlockSize,
    Engine,
    Insecure,
    Into,
    RayAddress,
    Wanted,
    refuse_with_into,
    summed_up,
    told_misnamed,
    work_through,
)  # fmt: skip
from unisono.cli._console import Console
from unisono.cli._experiments import Experiment, Set
from unisono.cli._options import Json, OnBad, Quiet
from unisono.cli._options import Workers as WorkersOption
from unisono.cli._tables import AudioColumn, IdColumn, LyricsColumn, collection_at
from unisono.collection import Collection, load
from unisono.collection.faults import several
from unisono.errors import ExperimentError, UserError
from unisono.experiment import Experiment as Loaded
from unisono.inputs import Input, Source
from unisono.inputs.catalog import Catalog, Hearing, Order, fill
from unisono.inputs.extraction import Bulk, Cache, Failure, Plan, Shard, Workers, write_failures
from unisono.tagging import Columns

DONE, SKIPS = 0, 3
LISTED = 50

ShardOption = Annotated[
    str, typer.Option("--shard", metavar="I/N", help="Only the I-th of N parts: one part a machine.")
]
Resume = Annotated[
    bool, typer.Option("--resume/--no-resume", help="Take what is in the cache already, or compute all again.")
]
TimeLimit = Annotated[
    float, typer.Option("--time-limit", metavar="SECONDS", min=1, help="For one file; then it counts as unreadable.")
]
FailuresFile = Annotated[
    Path | None, typer.Option("--failures", metavar="FILE", help="Write what could not be read: .csv or .parquet.")
]

FillCache = Annotated[
    bool, typer.Option("--fill-cache", help="Put what the shards hold into this machine's cache, for training.")
]


def features(
    experiment: Experiment,
    table: Annotated[
        Path | None, typer.Argument(metavar="TABLE", help="A table or folder; default: the experiment's collection.")
    ] = None,
    workers: WorkersOption = None,
    shard: ShardOption = "1/1",
    resume: Resume = True,
    time_limit: TimeLimit = Workers.time_limit,
    on_bad: OnBad = None,
    failures: FailuresFile = None,
    into: Into = None,
    engine: Engine = "local",
    block: BlockSize = Order.block,
    ray_address: RayAddress = None,
    insecure_cluster: Insecure = False,
    fill_cache: FillCache = False,
    changes: Set = None,
    id_column: IdColumn = None,
    audio_column: AudioColumn = None,
    lyrics_column: LyricsColumn = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Fill the cache with what an experiment hears.

    Every file is decoded once and kept under the digest of its sound: renaming, moving and tagging it costs nothing
    later. Stopped or killed at any moment, the same command goes on where it was. The cache is $UNISONO_CACHE.

    With --into, blocks of tracks become Parquet shards, here or on a Ray cluster.

    Examples:
      unisono features mine.toml
      unisono features audio-small library.csv -j 8 --failures failures.parquet
      unisono features mine.toml --shard 1/4 --json > part-1.json
      unisono features mine.toml --into /shared/features --engine ray --ray-address 10.0.0.1:6379
    """
    with Console(as_json, quiet) as console:
        plan = Plan(Workers(workers, time_limit), Shard.parse(shard), resume, on_bad or "skip")
        order = Wanted(into, engine, block, ray_address, insecure_cluster).order(plan.workers, resume)
        _check(order, plan, fill_cache)
        asked = Loaded.load(experiment, changes or ())
        collections = _collections(asked, table, Columns(id_column, audio_column, lyrics_column))
        costly = {name: part for name, part in asked.inputs.items() if part.costly}
        if not costly:
            found = f"nothing is costly in its inputs ({', '.join(asked.inputs)}), so there is nothing to keep"
            raise ExperimentError(asked.name, found)
        tracks: list[Source] = [track for collection in collections for track in collection.tracks]
        if order is not None:
            return _shards(console, costly, tracks, (order, failures, fill_cache))
        bulk = Bulk(costly, tracks, Cache(ram=0), plan)
        _run(console, bulk, failures)
    return SKIPS if bulk.counts.failed else DONE


def _check(order: Order | None, plan: Plan, fill_cache: bool) -> None:
    if order is None and fill_cache:
        raise UserError("--fill-cache", "there are no shards to fill it from", "Add --into, or leave it away.")
    if order is not None:
        refuse_with_into([("--shard", plan.shard.of > 1), ("--on-bad", plan.on_bad != "skip")])


def _shards(
    console: Console, costly: dict[str, Input], tracks: list[Source], asked: tuple[Order, Path | None, bool]
) -> int:
    """The tracks as Parquet shards.

    Args:
        asked: how, where the failures go, and whether the shards go into the cache afterwards.
    """
    (order, table, fill_cache), began = asked, time.monotonic()
    work = Hearing(costly, order.resume, keep=order.engine == "local")
    catalog = Catalog(work, tracks, order)
    try:
        work_through(console, "hearing", catalog)
    finally:
        if catalog.receipts:
            if table is not None:
                write_failures(catalog.failures, table)
            told = summed_up(console, catalog, time.monotonic() - began)
            if fill_cache and not told["stopped"]:
                told |= _filled(console, catalog, costly)
            console.result(told)
    return SKIPS if catalog.failures else DONE


def _filled(console: Console, catalog: Catalog, costly: dict[str, Input]) -> dict[str, Any]:
    cache = Cache(ram=0)
    new = fill(catalog.shards, catalog.receipts.values(), costly, cache)
    console.say(f"new in the cache {cache.folder}: {new:,}")
    return {"filled": new, "cache": cache.folder}


def _run(console: Console, bulk: Bulk, table: Path | None) -> None:
    """Hear everything; of a run that is stopped it is told, too, what it did."""
    began, stopped = time.monotonic(), True
    try:
        with console.progress("hearing", "tracks") as advance:
            bulk.run(advance)
        stopped = False
    finally:
        if table is not None:
            write_failures(bulk.failures, table)
        told = _told(bulk, time.monotonic() - began) | {"stopped": stopped}
        _sum_up(console, told, bulk.failures, dict(sorted(bulk.misnamed.items())))


def _collections(asked: Loaded, table: Path | None, columns: Columns) -> list[Collection]:
    if table is not None:
        return [collection_at(table, columns)]
    return [load(settings, asked.base) for settings in asked.collections.values()]


def _told(bulk: Bulk, seconds: float) -> dict[str, Any]:
    """The summary of a run, for programs."""
    counts, shard = bulk.counts, bulk.plan.shard
    return {
        "tracks": bulk.tracks,
        "done": counts.done,
        "computed": counts.computed,
        "found": counts.found,
        "failed": counts.failed,
        "absent": counts.absent,
        "damaged_entries": bulk.cache.damaged,
        "seconds": round(seconds, 3),
        "tracks_per_second": round(counts.done / seconds, 3) if seconds else None,
        "shard": f"{shard.number}/{shard.of}",
        "cache": bulk.cache.folder,
        "skipped": [_record(failure) for failure in bulk.failures if not failure.used],
        "used_in_part": [_record(failure) for failure in bulk.failures if failure.used],
    }


def _record(failure: Failure) -> dict[str, str]:
    return {"track": failure.id, "path": failure.path, "input": failure.input, "reason": failure.reason}


def _sum_up(console: Console, told: dict[str, Any], failures: list[Failure], misnamed: Mapping[str, str]) -> None:
    for failure in failures[:LISTED]:
        console.warn(f"{'used in part' if failure.used else 'skipped'} {failure.path}: {failure.reason}")
    if len(failures) > LISTED:
        console.warn(f"... and {len(failures) - LISTED:,} more skipped; --failures FILE lists them all")
    told = {**told, "misnamed": told_misnamed(console, misnamed)}
    kept = told["computed"] + told["found"]
    console.say(f"{kept:,} of {several(told['tracks'], 'track')} in the cache {told['cache']}")
    if told["done"]:
        made = f"{told['computed']:,} computed, {told['found']:,} found there, {told['failed']:,} failed"
        without = f", {told['absent']:,} without sound" if told["absent"] else ""
        console.say(f"{made}{without}; {told['tracks_per_second']:.1f} tracks/s")
    if told["stopped"]:
        console.warn("stopped before the end: the same command goes on from here")
    console.result(told)

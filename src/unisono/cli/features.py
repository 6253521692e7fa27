"""Fills the cache with what an experiment hears, so that training starts at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from unisono.cli._console import Console
from unisono.cli._experiments import Experiment, Set
from unisono.cli._options import Json, Quiet, Workers
from unisono.cli._tables import AudioColumn, IdColumn, LyricsColumn, collection_at
from unisono.collection import Collection, load
from unisono.errors import ExperimentError
from unisono.experiment import Experiment as Loaded
from unisono.inputs.extraction import Cache, Failure, extract, write_failures
from unisono.tagging import Columns

DONE, SKIPS = 0, 3
LISTED = 50


def features(
    experiment: Experiment,
    table: Annotated[
        Path | None, typer.Argument(metavar="TABLE", help="A table or folder; default: the experiment's collection.")
    ] = None,
    workers: Workers = None,
    failures: Annotated[
        Path | None, typer.Option("--failures", metavar="FILE", help="Write what could not be read: .csv or .parquet.")
    ] = None,
    changes: Set = None,
    id_column: IdColumn = None,
    audio_column: AudioColumn = None,
    lyrics_column: LyricsColumn = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Fill the cache with what an experiment hears.

    Every file is decoded once and kept under its content's hash: renaming, moving and tagging it costs nothing later.
    What is there already is not computed again, so a stopped run goes on where it was. The cache is $UNISONO_CACHE.

    Examples:
      unisono features mine.toml
      unisono features audio-small library.csv -j 8 --failures failures.csv
    """
    with Console(as_json, quiet) as console:
        asked = Loaded.load(experiment, changes or ())
        collections = _collections(asked, table, Columns(id_column, audio_column, lyrics_column))
        costly = {name: part for name, part in asked.inputs.items() if part.costly}
        if not costly:
            found = f"nothing is costly in its inputs ({', '.join(asked.inputs)}), so there is nothing to keep"
            raise ExperimentError(asked.name, found)
        cache = Cache()
        with console.progress("hearing") as advance:
            tracks = [track for collection in collections for track in collection.tracks]
            heard = extract(costly, tracks, cache=cache, workers=workers, progress=advance)
        if failures is not None:
            write_failures(heard.failures, failures)
        _sum_up(console, len(tracks), heard.failures, cache)
    return SKIPS if heard.failures else DONE


def _collections(asked: Loaded, table: Path | None, columns: Columns) -> list[Collection]:
    if table is not None:
        return [collection_at(table, columns)]
    return [load(settings, asked.base) for settings in asked.collections.values()]


def _sum_up(console: Console, tracks: int, failures: list[Failure], cache: Cache) -> None:
    for failure in failures[:LISTED]:
        console.warn(f"skipped {failure.path}: {failure.reason}")
    if len(failures) > LISTED:
        console.warn(f"... and {len(failures) - LISTED:,} more skipped; --failures FILE lists them all")
    failed = len({failure.index for failure in failures})
    console.say(f"{tracks - failed:,} of {tracks:,} tracks are in the cache {cache.folder}")
    console.result(
        {
            "tracks": tracks,
            "failed": failed,
            "cache": cache.folder,
            "skipped": [{"track": f.id, "path": f.path, "input": f.input, "reason": f.reason} for f in failures],
        }
    )

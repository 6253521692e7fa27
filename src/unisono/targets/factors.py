"""Artist group factors: shares of the topics that each artist is made of, and the file that keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from unisono.errors import TableError
from unisono.files import commit_path
from unisono.tasks import Array

_COLUMNS = ("task", "artist", "tracks", "learned", "shares")


@dataclass(frozen=True)
class ArtistFactors:
    """The factors of one task.

    Args:
        artists: names, as the table first spells them.
        tracks: number of tracks that each is made from.
        learned: which of them the topics were learned from; the others were folded in.
        shares: (artists, topics), rows that sum to one.
    """

    artists: tuple[str, ...]
    tracks: tuple[int, ...]
    learned: tuple[bool, ...]
    shares: Array


def write_factors(path: Path, factors: Mapping[str, ArtistFactors]) -> None:
    """Keep the factors of several tasks as Parquet, whole or not at all."""
    tables = [
        pl.DataFrame(
            {
                "task": [task] * len(one.artists),
                "artist": list(one.artists),
                "tracks": list(one.tracks),
                "learned": list(one.learned),
                "shares": one.shares.tolist(),
            },
            schema=dict(zip(_COLUMNS, (pl.String, pl.String, pl.Int64, pl.Boolean, pl.List(pl.Float32)), strict=True)),
        )
        for task, one in factors.items()
    ]
    with commit_path(path) as temporary:
        pl.concat(tables).write_parquet(temporary)


def read_factors(path: Path) -> dict[str, ArtistFactors]:
    """Task -> factors, from the file of a run.

    Raises: TableError when it is absent, damaged or another table.
    """
    try:
        frame = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise TableError(str(path), f"cannot be read as Parquet ({error})", "Train again.") from error
    if tuple(frame.columns) != _COLUMNS:
        raise TableError(
            str(path), f"has the columns {', '.join(frame.columns)} but factors have {', '.join(_COLUMNS)}"
        )
    found = {}
    for task in frame["task"].unique(maintain_order=True):
        part = frame.filter(pl.col("task") == task)
        shares = np.array(part["shares"].to_list(), np.float32)
        found[str(task)] = ArtistFactors(tuple(part["artist"]), tuple(part["tracks"]), tuple(part["learned"]), shares)
    return found

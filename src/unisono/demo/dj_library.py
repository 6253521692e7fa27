"""Renders a DJ's collection in the layout of the data set `dj_table`: five tasks, and a record pool beside it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from unisono.demo.library import render
from unisono.files import commit_bytes

FILE = "dj_tags.csv"  # as `collection.datasets.dj_table` reads it, which needs more than a renderer does

POOL = "pool"
_COLUMNS = ("path", "artist", "title", "main_genre", "subgenre", "intro", "energy", "situation")
_POOLED = ("main_genre", "subgenre", "intro")  # what a record pool says of its tracks
_MODERN = 2004  # recordings from then on have no hiss


def render_dj(folder: Path, tracks: int = 150, pool: int = 0, seed: int = 0, seconds: float = 12.0) -> Path:
    """Render a collection with all five tasks of `dj_table` and return the path of its table, `dj_tags.csv`.

    The subgenre is the genre with its age, old-school or modern, which hiss and missing treble tell; energies are
    rounded to the four levels. With `pool`, other tracks of other artists lie in `pool/` with a table of the same form
    that knows genre, subgenre and intro only.

    Args:
        tracks: how many; likewise `pool`.
        seed: of everything.
        seconds: length of every track.
    Raises: ValueError when there are fewer than two tracks.
    Example:
        >>> table = render_dj(Path("mine"), tracks=4, seconds=1)
        >>> table.read_text(encoding="utf8").splitlines()[0]
        'path,artist,title,main_genre,subgenre,intro,energy,situation'
    """
    folder = Path(folder)
    if pool:
        _tagged(folder / POOL, (pool, seed + 1_000_000, seconds), _POOLED)
    return _tagged(folder, (tracks, seed, seconds), _COLUMNS)


def _tagged(folder: Path, asked: tuple[int, int, float], tasks: Sequence[str]) -> Path:
    """Render with all labels known, and write the table that names some of the tasks."""
    tracks, seed, seconds = asked
    library = render(folder, tracks, seed, seconds=seconds, missing=0.0)
    with library.open(encoding="utf8", newline="") as stream:
        rows = [_row(row) for row in csv.DictReader(stream)]
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    kept = {"path", "artist", "title", *tasks}
    writer.writerows({key: cell if key in kept else "" for key, cell in row.items()} for row in rows)
    path = folder / FILE
    commit_bytes(path, text.getvalue().encode())
    library.unlink()
    return path


def _row(row: Mapping[str, str]) -> dict[str, str]:
    age = "modern" if int(row["year"]) >= _MODERN else "old-school"
    cells = (
        row["path"],
        row["artist"],
        row["title"],
        row["genre"],
        f"{age} {row['genre']}",
        row["intro"],
        str(100 * round(int(row["energy"]) / 100)),
        row["situation"],
    )
    return dict(zip(_COLUMNS, cells, strict=True))

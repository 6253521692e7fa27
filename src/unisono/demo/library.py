"""Renders the demo collection: a folder of short tracks and the table of their tags."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.random import Generator

from unisono.demo.arrangement import play_track
from unisono.demo.genres import GENRES
from unisono.demo.plan import Plan, plan_artists, plan_tracks
from unisono.demo.sounds import save
from unisono.files import commit_bytes

TABLE, ANSWERS, LABELLED, NEW = "library.csv", "answers.csv", "music", "new"
_COLUMNS = ("path", "title", "artist", "year", "genre", "energy", "situation", "intro", "lyrics")
_TASKS = ("genre", "energy", "situation", "intro")
_SUFFIX = ".flac"


def render(
    folder: Path, tracks: int = 150, seed: int = 0, unseen: int = 0, seconds: float = 12.0, missing: float = 0.25
) -> Path:
    """Render a collection and return the path of its table, `library.csv`.

    The tracks lie in `music/`. With `unseen`, further tracks by further artists lie in `new/`: their lyrics beside
    them as text files, their tags apart in `answers.csv`. Fewer than 50 tracks have fewer genres: ten tracks each.

    Args:
        tracks: how many with tags, two at least.
        unseen: how many without.
        seconds: length of every track.
        missing: share of the cells of each task that is left empty.
    Raises: ValueError when there are fewer than two tracks.
    Example:
        >>> table = render(Path("collection"), tracks=4, seconds=2)
        >>> table.read_text(encoding="utf8").splitlines()[0]
        'path,title,artist,year,genre,energy,situation,intro,lyrics'
    """
    if tracks < 2:
        raise ValueError(f"a collection needs two tracks at least, not {tracks}")
    folder = Path(folder)
    rng = np.random.default_rng(seed)
    genres = GENRES[: int(np.clip(tracks // 10, 2, len(GENRES)))]
    artists = plan_artists(max(2 * len(genres), tracks // 4), genres, rng)
    known = plan_tracks(tracks, artists, rng)
    newcomers = plan_artists(max(1, unseen // 2), genres, rng, taken=[a.name for a in artists])
    new = plan_tracks(unseen, newcomers, rng)
    _play_all(folder / LABELLED, known, seconds)
    _write_table(folder / TABLE, _rows(known, LABELLED, missing, rng))
    if new:
        _play_all(folder / NEW, new, seconds)
        for plan in new:
            if plan.lyrics:
                (folder / NEW / f"{_stem(plan)}.txt").write_text(plan.lyrics.replace(" / ", "\n"), encoding="utf8")
        _write_table(folder / ANSWERS, _rows(new, NEW, 0.0, rng))
    return folder / TABLE


def _play_all(folder: Path, plans: Sequence[Plan], seconds: float) -> None:
    """Two threads: numpy and the encoder work outside the interpreter's lock for most of the time."""
    folder.mkdir(parents=True, exist_ok=True)

    def play_one(plan: Plan) -> None:
        tags = {"artist": plan.artist.name, "title": plan.title, "date": str(plan.year)}
        save(folder / f"{_stem(plan)}{_SUFFIX}", play_track(plan, seconds), tags=tags)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(play_one, plans))


def _rows(plans: Sequence[Plan], folder: str, missing: float, rng: Generator) -> list[dict[str, str]]:
    """One row a track; of each task's cells, the same number is emptied."""
    rows = [_row(plan, folder) for plan in plans]
    for task in _TASKS:
        for index in rng.choice(len(rows), size=round(missing * len(rows)), replace=False):
            rows[index][task] = ""
    return rows


def _row(plan: Plan, folder: str) -> dict[str, str]:
    cells = (
        f"{folder}/{_stem(plan)}{_SUFFIX}",
        plan.title,
        plan.artist.name,
        str(plan.year),
        plan.artist.genre.name,
        str(plan.tagged_energy),
        ";".join(plan.situation) or "-",
        plan.intro,
        plan.lyrics,
    )
    return dict(zip(_COLUMNS, cells, strict=True))


def _write_table(path: Path, rows: Sequence[dict[str, str]]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    commit_bytes(path, text.getvalue().encode())


def _stem(plan: Plan) -> str:
    return f"{plan.artist.name} - {plan.title}"

"""What others know of the Million Song Dataset's tracks: artists, years, genres and tags, each in its own file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from unisono.collection.datasets._layout import add, found
from unisono.collection.faults import Fault, fail
from unisono.collection.table import LIST_SEPARATOR, Table
from unisono.errors import TableError

SITE = "http://millionsongdataset.com"
TRACKS = ("unique_tracks.txt", "AdditionalFiles/unique_tracks.txt")
YEARS = ("tracks_per_year.txt", "AdditionalFiles/tracks_per_year.txt")
GENRES = tuple(f"msd_tagtraum_{name}.cls" for name in ("cd2c", "cd2", "cd1"))
TAGS = ("lastfm_tags.db",)
STRONG = 50.0  # of 100, which Last.fm gives to a track's most frequent tag
Cells = dict[str, dict[str, str]]


def add_tracks(table: Table, root: Path, known: Cells) -> Table:
    """Artist and title, from lines of TRACK<SEP>SONG<SEP>ARTIST<SEP>TITLE; else as known.

    Args:
        known: column -> track -> cell, from elsewhere.
    """
    cells: Cells = {column: dict(known[column]) for column in ("artist", "title")}
    path = found(root, TRACKS)
    if path is not None:
        wanted = _ids(table)
        for track, _, artist, title in _lines(path, "<SEP>", 4):
            if track in wanted:
                cells["artist"][track], cells["title"][track] = artist, title
    where = f"{SITE}/pages/getting-dataset"
    return _told(add(table, "track_id", cells), path or cells["artist"], TRACKS[0], "artists", where)


def add_years(table: Table, root: Path, known: Cells) -> Table:
    """The year, from lines of YEAR<SEP>TRACK<SEP>ARTIST<SEP>TITLE; else as known."""
    path = found(root, YEARS)
    years = {} if path is None else {track: year for year, track, *_ in _lines(path, "<SEP>", 4)}
    years = {**known["year"], **years}
    where = f"{SITE}/pages/getting-dataset"
    return _told(add(table, "track_id", {"year": years}), path or years, YEARS[0], "years", where)


def add_genres(table: Table, root: Path) -> Table:
    """One or two genres, from lines of TRACK, tab, GENRE, which may be followed by a tab and a second one."""
    cells: Cells = {"genre": {}, "genre2": {}}
    path = found(root, GENRES)
    if path is not None:
        for track, first, *second in _lines(path, "\t", 2, 3):
            cells["genre"][track] = first
            if second:
                cells["genre2"][track] = second[0]
    told = add(table, "track_id", cells)
    return _told(told, path, GENRES[0], "genres", "https://www.tagtraum.com/msd_genre_datasets.html")


def add_tags(table: Table, root: Path) -> Table:
    """Tags, joined by ";", from the SQLite file of Last.fm; a tag's own ";" becomes ","."""
    path = found(root, TAGS)
    tags = {} if path is None else _tags(path, _ids(table))
    return _told(add(table, "track_id", {"tags": tags}), path, TAGS[0], "tags", f"{SITE}/lastfm")


def _tags(path: Path, wanted: set[str]) -> dict[str, str]:
    tags: dict[str, list[str]] = {}
    asked = (
        "SELECT tids.tid, tags.tag FROM tid_tag JOIN tids ON tids.ROWID = tid_tag.tid "
        "JOIN tags ON tags.ROWID = tid_tag.tag WHERE tid_tag.val >= ? ORDER BY tid_tag.val DESC, tags.tag"
    )
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as base:
            for track, tag in base.execute(asked, (STRONG,)):
                if track in wanted:
                    tags.setdefault(track, []).append(str(tag).replace(LIST_SEPARATOR, ",").strip())
    except sqlite3.Error as error:
        raise TableError(
            path.name, f"is not the SQLite file of Last.fm ({error})", f"Get it from {SITE}/lastfm."
        ) from error
    return {track: LIST_SEPARATOR.join(dict.fromkeys(found)) for track, found in tags.items()}


def _lines(path: Path, separator: str, *widths: int) -> list[list[str]]:
    """The cells of each line that is not empty and no comment."""
    rows: list[list[str]] = []
    faults = []
    for number, line in enumerate(path.read_text("utf-8").split("\n"), 1):
        if line.strip() and not line.startswith("#"):
            rows.append([cell.strip() for cell in line.split(separator)])
            if len(rows[-1]) not in widths:
                needed = " or ".join(map(str, widths))
                faults.append(Fault(f"{path.name}:{number}", f"has {len(rows[-1])} cells but needs {needed}"))
    fail(TableError, path.name, faults)
    return rows


def _ids(table: Table) -> set[str]:
    return set(table.frame["track_id"].to_list())


def _told(table: Table, there: object, name: str, what: str, site: str) -> Table:
    """The table with a note where nothing is there."""
    return table if there else table.note(f"No {what}: {name} is not there; it is at {site}.")

"""MTG-Jamendo (Bogdanov et al., 2019): 55,701 free tracks with 195 tags of genre, instrument, mood and theme."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from unisono.collection.csv_text import decoded
from unisono.collection.datasets._layout import add, find, frame_of, sounding, unique
from unisono.collection.faults import Fault, fail
from unisono.collection.table import LIST_SEPARATOR, Table
from unisono.errors import TableError

NAMES = ("autotagging.tsv", "raw_30s_cleantags_50artists.tsv", "raw_30s_cleantags.tsv", "raw_30s.tsv")
HEAD = ("TRACK_ID", "ARTIST_ID", "ALBUM_ID", "PATH", "DURATION", "TAGS")
TASKS = {"genre": "genre", "instrument": "instrument", "mood/theme": "moodtheme"}  # kind of tag -> column
SPLITS = 5
PARTS = ("train", "validation", "test")
_FILE = "splits/split-{}/autotagging-{}.tsv"


class MtgJamendo:
    """`data/autotagging.tsv` of the authors' repository; sounds as `audio/48/948.mp3`, or `48/948.low.mp3`."""

    citation: ClassVar[str] = (
        "D. Bogdanov, M. Won, P. Tovstogan, A. Porter, X. Serra: The MTG-Jamendo Dataset for Automatic Music Tagging. "
        "Machine Learning for Music Discovery Workshop, ICML 2019"
    )
    licence: ClassVar[str] = (
        "CC BY-NC-SA 4.0 for the tables; each sound has the licence that its artist chose; not commercial"
    )
    homepage: ClassVar[str] = "https://github.com/MTG/mtg-jamendo-dataset"
    checksums: ClassVar[Mapping[str, str]] = {}
    columns: ClassVar[Mapping[str, str]] = {
        "track_id": "track_0000948; names the track",
        "artist_id": "the group of a split",
        "album_id": "of the album",
        "path": "of the sound, below its folder",
        "duration": "seconds",
        "genre": "its genres, joined by ;; empty: none is known",
        "instrument": "its instruments, joined by ;; empty: none is known",
        "moodtheme": "its moods and themes, joined by ;; empty: none is known",
        **{f"split_{n}": "train, validation or test, without an artist on two sides" for n in range(SPLITS)},
    }
    settings: ClassVar[Mapping[str, Any]] = {"id": "track_id", "groups": ("artist_id",), "song": ()}

    def read(self, root: Path) -> Table:
        advice = f"Get the repository {self.homepage} and name its folder as root."
        path = find(root, [f"{folder}{name}" for name in NAMES for folder in ("data/", "")], advice)
        table = _table(path)
        unique(table, "track_id")
        table = add(table, "track_id", {f"split_{n}": _parts(path.parent, n) for n in range(SPLITS)})
        paths = table.frame["path"].to_list()
        return sounding(table, root, lambda row: _places(paths[row]))


def _table(path: Path) -> Table:
    """The rows of a table in which each tag has a cell of its own, so that they differ in length."""
    rows: list[dict[str, str]] = []
    lines, faults = [], []
    head, *rest = decoded(path.read_bytes(), path.name).splitlines()
    if tuple(head.split("\t")) != HEAD:
        raise TableError(f"{path.name}:1", f"begins with {head[:60]!r} but must with {' '.join(HEAD)}")
    for number, line in enumerate(rest, 2):
        cells = line.split("\t")
        tags = [tag.partition("---") for tag in cells[5:]]
        if len(tags) and all(kind in TASKS and name for kind, _, name in tags):
            told = {"track_id": cells[0], "artist_id": cells[1], "album_id": cells[2], "path": cells[3]}
            rows.append({**told, "duration": cells[4], **_joined(tags)})
            lines.append(number)
        elif line.strip():
            found = f'"{line[:40]}" is no row of five cells and of tags such as genre---rock'
            faults.append(Fault(f"{path.name}:{number}", found))
    fail(TableError, path.name, faults)
    if not rows:
        raise TableError(path.name, "has column names but no rows")
    columns = ("track_id", "artist_id", "album_id", "path", "duration", *TASKS.values())
    frame = frame_of({column: [row.get(column) for row in rows] for column in columns})
    return Table(frame, path.name, np.array(lines, dtype=np.int64))


def _joined(tags: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    cells: dict[str, list[str]] = {}
    for kind, _, name in tags:
        cells.setdefault(TASKS[kind], []).append(name.strip())
    return {column: LIST_SEPARATOR.join(names) for column, names in cells.items()}


def _parts(folder: Path, number: int) -> dict[str, str]:
    """Track -> its part in one of the published splits; empty where this split is not there."""
    if not any((folder / _FILE.format(number, part)).is_file() for part in PARTS):
        return {}
    parts: dict[str, str] = {}
    for part in PARTS:
        path = find(folder, [_FILE.format(number, part)], "Get the whole repository; a split has three files.")
        for line in path.read_text("utf-8").splitlines()[1:]:
            track = line.partition("\t")[0]
            if parts.setdefault(track, part) != part:
                raise TableError(f"split-{number}", f'"{track}" is in {parts[track]} and in {part}', "Get it again.")
    return parts


def _places(path: str) -> list[str]:
    low = re.sub(r"\.mp3$", ".low.mp3", path)
    return [f"{folder}{name}" for folder in ("audio/", "audio-low/", "") for name in (path, low)]

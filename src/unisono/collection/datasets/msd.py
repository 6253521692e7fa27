"""Million Song Dataset: words by musiXmatch, genres by tagtraum, tags by Last.fm, artists, years, loudness; by id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from unisono.collection.datasets._layout import find, found, frame_of
from unisono.collection.datasets._msd_sides import add_genres, add_tags, add_tracks, add_years
from unisono.collection.datasets._msd_summary import add_summary, summary_cells
from unisono.collection.faults import Fault, fail
from unisono.collection.table import Table
from unisono.errors import TableError

PARTS = {"train": "mxm_dataset_train.txt", "test": "mxm_dataset_test.txt"}


class Msd:
    """Songs of the musiXmatch files; what stands beside them (see `columns`) is added by track id.

    Both parts are read where both are there. Lyrics are not: a word stands as often as it was counted, in the order of
    the word list, so that `bag_of_words` counts what musiXmatch counted. The words are stems.
    """

    citation: ClassVar[str] = (
        "T. Bertin-Mahieux, D. P. W. Ellis, B. Whitman, P. Lamere: The Million Song Dataset. ISMIR 2011. Words: the "
        "musiXmatch dataset. Tags: the Last.fm dataset. Genres: H. Schreiber: Improving Genre Annotations for the "
        "Million Song Dataset. ISMIR 2015"
    )
    licence: ClassVar[str] = "research only, not commercial (musiXmatch, Last.fm)"
    homepage: ClassVar[str] = "http://millionsongdataset.com/musixmatch"
    checksums: ClassVar[Mapping[str, str]] = {}
    columns: ClassVar[Mapping[str, str]] = {
        "track_id": "TR and 16 letters and digits; names the song",
        "mxm_id": "musiXmatch's own number",
        "part": "train or test of the musiXmatch dataset",
        "words": "stems, each as often as counted",
        "artist": "from unique_tracks.txt, or msd_summary_file.h5; empty without both",
        "title": "likewise",
        "year": "from tracks_per_year.txt, or msd_summary_file.h5; empty where not known",
        "genre": "from msd_tagtraum_cd2c.cls (or cd2, cd1); empty where not known",
        "genre2": "its second genre, where it has one",
        "tags": "from lastfm_tags.db: at least half as strong as the strongest can be, joined by ;; empty: not known",
        "song_id": "from msd_summary_file.h5, as all that follows; SO and 16 letters and digits",
        "artist_id": "AR and 16 letters and digits",
        "release": "the album",
        "artist_familiarity": "0 to 1",
        "artist_hotttnesss": "0 to 1, or a little more",
        "song_hotttnesss": "0 to 1; empty where not known",
        "duration": "seconds",
        "loudness": "dB",
        "tempo": "beats a minute; 0 where none was found",
        "key": "0 is C, 11 is B",
        "mode": "0 minor, 1 major",
        "time_signature": "beats a bar",
    }
    settings: ClassVar[Mapping[str, Any]] = {"id": "track_id", "lyrics": "words"}

    def read(self, root: Path) -> Table:
        advice = f"Get {' and '.join(PARTS.values())} from {self.homepage}, unpack them and put them there."
        there = {part: path for part, name in PARTS.items() if (path := found(root, [name])) is not None}
        if not there:
            find(root, list(PARTS.values()), advice)
        rows = [(part, *song) for part, path in there.items() for song in _songs(path)]
        _once(rows)
        parts, ids, numbers, words, lines = zip(*rows, strict=True)
        cells = {"track_id": ids, "mxm_id": numbers, "part": parts, "words": words}
        names = tuple(f"{PARTS[part]}:{line}" for part, line in zip(parts, lines, strict=True))
        table = Table(frame_of(cells), root.name, np.array(lines, dtype=np.int64), None, names)
        known = summary_cells(table, root)
        table = add_years(add_tracks(table, root, known), root, known)
        return add_summary(add_tags(add_genres(table, root), root), root, known)


def _songs(path: Path) -> Iterator[tuple[str, str, str, int]]:
    """(track id, musiXmatch id, words, line) of each song."""
    vocabulary: list[str] = []
    faults: list[Fault] = []
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            text = line.strip()
            if text.startswith("%"):
                vocabulary = text[1:].split(",")
            elif text and not text.startswith("#"):
                try:
                    track, mxm, *counts = text.split(",")
                    yield track, mxm, _spelt(counts, vocabulary), number
                except (ValueError, IndexError):
                    faults.append(Fault(f"{path.name}:{number}", f'"{text[:40]}" is no TRACK,NUMBER,WORD:COUNT,...'))
    fail(TableError, path.name, faults)
    if not vocabulary:
        raise TableError(path.name, "has no line of words, which begins with %", "Was the file cut? Get it again.")


def _spelt(counts: list[str], vocabulary: list[str]) -> str:
    words: list[str] = []
    for pair in counts:
        place, count = map(int, pair.split(":"))
        if place < 1 or count < 1:
            raise ValueError(pair)
        words += [vocabulary[place - 1]] * count
    return " ".join(words)


def _once(rows: list[tuple[str, str, str, str, int]]) -> None:
    first: dict[str, str] = {}
    faults = []
    for part, track, _, _, line in rows:
        at = f"{PARTS[part]}:{line}"
        if first.setdefault(track, at) != at:
            faults.append(Fault(at, f'"{track}" stands in {first[track]} too'))
    fail(TableError, "musiXmatch", faults)
    if not rows:
        raise TableError("musiXmatch", "holds no song", "Was the file cut? Get it again.")

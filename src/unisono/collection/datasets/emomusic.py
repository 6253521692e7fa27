"""emoMusic (Soleymani et al., 2013): 744 excerpts of 45 s with arousal and valence, each the mean of ten listeners."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import polars as pl

from unisono.collection.datasets._layout import add, chosen, find, sounding, unique
from unisono.collection.faults import Fault, fail
from unisono.collection.table import Table
from unisono.errors import TableError

LABELS = {
    "song_id": "song_id",
    "mean_arousal": "arousal",
    "std_arousal": "arousal_deviation",
    "mean_valence": "valence",
    "std_valence": "valence_deviation",
}
INFO = {
    "song_id": "song_id",
    "Artist": "artist",
    "Song title": "title",
    "Genre": "genre",
    "Mediaeval 2013 set": "part",
}
PARTS = {"development": "train", "evaluation": "test"}
FOLDERS = ("clips_45seconds", "clips_45sec/clips_45seconds", "clips_45sec")


class Emomusic:
    """`annotations/static_annotations.csv` and `songs_info.csv`; sounds as `clips_45seconds/2.mp3`."""

    citation: ClassVar[str] = (
        "M. Soleymani, M. N. Caro, E. M. Schmidt, C.-Y. Sha, Y.-H. Yang: 1000 Songs for Emotional Analysis of Music. "
        "CrowdMM 2013"
    )
    licence: ClassVar[str] = (
        "annotations for research, on request; sounds: Creative Commons, from the Free Music Archive"
    )
    homepage: ClassVar[str] = "https://cvml.unige.ch/databases/emoMusic"
    checksums: ClassVar[Mapping[str, str]] = {}
    columns: ClassVar[Mapping[str, str]] = {
        "song_id": "names the song",
        "artist": "the group of a split",
        "title": "of the song",
        "genre": "of the archive",
        "part": "train (MediaEval 2013: development) or test (evaluation)",
        "arousal": "1 (calm) to 9 (excited), the mean of the listeners",
        "arousal_deviation": "standard deviation of the listeners",
        "valence": "1 (negative) to 9 (positive), the mean of the listeners",
        "valence_deviation": "standard deviation of the listeners",
    }
    settings: ClassVar[Mapping[str, Any]] = {"id": "song_id"}

    def read(self, root: Path) -> Table:
        advice = f"Ask for annotations.tgz and the clips at {self.homepage} and unpack them there."
        labels = find(root, ["annotations/static_annotations.csv", "static_annotations.csv"], advice)
        table = chosen(labels, LABELS)
        unique(table, "song_id")
        info = chosen(find(labels.parent, ["songs_info.csv"], advice), INFO)
        row_of = unique(info, "song_id")
        fail(TableError, table.where, _strangers(table, row_of))
        told = {name: {key: info.frame[name][row] for key, row in row_of.items()} for name in INFO.values()}
        table = add(table, "song_id", {name: cells for name, cells in told.items() if name != "song_id"})
        table = replace(table, frame=table.frame.with_columns(pl.col("part").replace(PARTS)))
        ids = table.frame["song_id"].to_list()
        return sounding(table, root, lambda row: [f"{folder}/{ids[row]}.mp3" for folder in FOLDERS])


def _strangers(table: Table, known: Mapping[str, int]) -> list[Fault]:
    ids = table.frame["song_id"].to_list()
    return [
        Fault(table.place(row, "song_id"), f'"{key}" is not in songs_info.csv')
        for row, key in enumerate(ids)
        if key not in known
    ]

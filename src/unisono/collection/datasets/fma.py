"""FMA (Defferrard et al., 2017): 106,574 tracks of the Free Music Archive, 163 genres in a tree, an artists' split."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import polars as pl

from unisono.collection.datasets._fma_tables import ID, genre_titles, stacked, titled
from unisono.collection.datasets._layout import find, sounding
from unisono.collection.table import Table

METADATA = ("fma_metadata", "")
SUBSETS = ("fma_small", "fma_medium", "fma_large", "fma_full")
TAKEN = {  # column of tracks.csv -> column here
    ID: ID,
    "track.title": "title",
    "artist.name": "artist",
    "artist.id": "artist_id",
    "album.title": "album",
    "track.genre_top": "genre",
    "track.genres": "genres",
    "track.genres_all": "genres_all",
    "set.split": "split",
    "set.subset": "subset",
    "track.duration": "duration",
    "track.listens": "listens",
    "track.language_code": "language",
    "track.license": "license",
}


class Fma:
    """`fma_metadata/tracks.csv` and `genres.csv`; sounds as `fma_small/000/000002.mp3`, or of another subset."""

    citation: ClassVar[str] = (
        "M. Defferrard, K. Benzi, P. Vandergheynst, X. Bresson: FMA: A Dataset for Music Analysis. ISMIR 2017, "
        "arXiv:1612.01840"
    )
    licence: ClassVar[str] = "CC BY 4.0 for the metadata; each sound has the licence that its artist chose"
    homepage: ClassVar[str] = "https://github.com/mdeff/fma"
    checksums: ClassVar[Mapping[str, str]] = {
        "fma_metadata.zip": "sha1:f0df49ffe5f2a6008d7dc83c6915b31835dfe733",
        "fma_small.zip": "sha1:ade154f733639d52e35e32f5593efe5be76c6d70",
        "fma_medium.zip": "sha1:c67b69ea232021025fca9231fc1c7c1a063ab50b",
        "fma_large.zip": "sha1:497109f4dd721066b5ce5e5f250ec604dc78939e",
        "fma_full.zip": "sha1:0f0ace23fbe9ba30ecb7e95f763e435ea802b8ab",
    }
    columns: ClassVar[Mapping[str, str]] = {
        "track_id": "names the track",
        "title": "of the track",
        "artist": "name",
        "artist_id": "the archive's number; the group of a split",
        "album": "title",
        "genre": "the one root genre (16) of the track; empty where it has none or several",
        "genres": "the artist's own genres, joined by ;",
        "genres_all": "these and all above them in the tree, joined by ;",
        "split": "training, validation or test: the authors' own, without an artist on two sides",
        "subset": "the smallest subset that holds it: small, medium, large or full",
        "duration": "seconds",
        "listens": "how often it was heard",
        "language": "a code of two letters; mostly empty",
        "license": "of the sound",
    }
    settings: ClassVar[Mapping[str, Any]] = {"id": ID, "groups": ("artist_id",), "song": ("artist", "title")}

    def read(self, root: Path) -> Table:
        advice = f"Get fma_metadata.zip by {self.homepage} and unpack it there."
        tracks = find(root, [f"{folder}/tracks.csv".lstrip("/") for folder in METADATA], advice)
        titles = genre_titles(find(tracks.parent, ["genres.csv"], advice))
        table = stacked(tracks, levels=2)
        table.need(list(TAKEN), "part of the published layout")
        cells = {column: titled(table, column, titles) for column in ("track.genres", "track.genres_all")}
        frame = table.frame.with_columns(pl.Series(name, told, dtype=pl.String) for name, told in cells.items())
        table = replace(table, frame=frame.select([pl.col(theirs).alias(ours) for theirs, ours in TAKEN.items()]))
        return sounding(table, root, self._paths(root, table))

    @staticmethod
    def _paths(root: Path, table: Table) -> Callable[[int], list[str]]:
        folders = [name for name in SUBSETS if (root / name).is_dir()]
        ids = [key.zfill(6) for key in table.frame[ID].to_list()]
        return lambda row: [f"{folder}/{ids[row][:3]}/{ids[row]}.mp3" for folder in folders]

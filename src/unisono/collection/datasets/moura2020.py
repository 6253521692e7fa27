"""Moura et al. (2020): lyrics and metadata of 28,372 songs from 1950 to 2019, seven genres."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import polars as pl

from unisono.collection.datasets._layout import find
from unisono.collection.table import Table, read_table

FILE = "tcc_ceds_music.csv"
TOPICS = (
    *("dating", "violence", "world/life", "night/time", "shake the audience", "family/gospel", "romantic"),
    *("communication", "obscene", "music", "movement/places", "light/visual perceptions", "family/spiritual"),
    *("like/girls", "sadness", "feelings"),
)
SOUND = ("danceability", "loudness", "acousticness", "instrumentalness", "valence", "energy")


class Moura2020:
    """One CSV file, `tcc_ceds_music.csv`, whose first column has no name: it is called `row` here."""

    citation: ClassVar[str] = (
        "L. Moura, E. Fontelles, V. Sampaio, M. França: Music Dataset: Lyrics and Metadata from 1950 to 2019. "
        "Mendeley Data, 2020, doi:10.17632/3t9vbwxgr5"
    )
    licence: ClassVar[str] = "CC BY 4.0 for the data set; the lyrics belong to others"
    homepage: ClassVar[str] = "https://data.mendeley.com/datasets/3t9vbwxgr5"
    checksums: ClassVar[Mapping[str, str]] = {}
    columns: ClassVar[Mapping[str, str]] = {
        "row": "the number that the authors gave the song; names it",
        "artist_name": "lower case",
        "track_name": "lower case",
        "release_date": "the year",
        "genre": "pop, country, blues, jazz, reggae, rock, hip hop",
        "lyrics": "lower case, lemmatised, without stop words, at most 199 words",
        "len": "words of the lyrics",
        **dict.fromkeys(TOPICS, "share of this topic in the lyrics, 0 to 1"),
        **dict.fromkeys(SOUND, "of the sound, 0 to 1, as a music service gives it"),
        "topic": "the topic with the greatest share",
        "age": "of the song in 2020, 70 years are 1",
    }
    settings: ClassVar[Mapping[str, Any]] = {
        "id": "row",
        "lyrics": "lyrics",
        "groups": ("artist_name",),
        "song": ("artist_name", "track_name"),
    }

    def read(self, root: Path) -> Table:
        advice = f"Get {FILE} from {self.homepage} and put it there."
        table = read_table(find(root, [FILE], advice))
        table.need(["artist_name", "track_name", "release_date", "genre", "lyrics"], "part of the published layout")
        frame = table.frame.rename({"column 1": "row"} if "column 1" in table.frame.columns else {})
        return replace(table, frame=frame.with_columns(pl.col("genre").str.strip_chars()))

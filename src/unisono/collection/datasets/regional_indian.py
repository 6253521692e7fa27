"""Songs in regional languages of India: language, singer and more stand in the paths; 17 languages, 68 singers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from unisono.collection.datasets._layout import find, sounds_below, table_of
from unisono.collection.faults import Fault, fail
from unisono.collection.folder import shown
from unisono.collection.table import Table
from unisono.errors import TableError

LAYOUT = "LANGUAGE_NUMBER/ARTIST_NUMBER_GENDER_VETERAN/NUMBER_SINGERS.wav"
COLUMNS = ("path", "language", "language_id", "artist", "artist_id", "gender", "veteran", "number", "singers")
_PATH = re.compile(
    r"(?P<language>[^/]+)_(?P<language_id>[^_/]+)/"
    r"(?P<artist>[^/]+)_(?P<artist_id>[^_/]+)_(?P<gender>[^_/]+)_(?P<veteran>[^_/]+)/"
    r"(?P<number>[^_/]+)_(?P<singers>[^_/.]+)\.[^/.]+"
)


class RegionalIndian:
    """No table: the labels are read from the paths. The language follows from the singer."""

    citation: ClassVar[str] = (
        "Y. Singh, A. Biswas: Multitask Learning based Deep Learning Model for Music Artist and Language Recognition. "
        "National Institute of Technology Silchar; Y. Singh: Regional music dataset, 2021"
    )
    licence: ClassVar[str] = "none known; commercial recordings"
    homepage: ClassVar[str] = "https://github.com/yeshwantsingh/regional_dataset"
    checksums: ClassVar[Mapping[str, str]] = {}
    columns: ClassVar[Mapping[str, str]] = {
        "path": "below the folder; names the song",
        "language": "the first part of the first folder's name",
        "language_id": "its number",
        "artist": "the first part of the second folder's name",
        "artist_id": "its number",
        "gender": "of the singer",
        "veteran": "whether the singer is a veteran",
        "number": "of the song",
        "singers": "how many sing",
    }
    settings: ClassVar[Mapping[str, Any]] = {"id": "path", "groups": ("artist",), "song": ("path",)}

    def read(self, root: Path) -> Table:
        advice = f"See {self.homepage}, and let the songs lie as Khasi_07/Sngap_25_m_1/3_1.wav does."
        files = sounds_below(find(root, ["."], advice))
        if not files:
            raise TableError(str(root), f"holds no song that lies as {LAYOUT}", advice)
        paths = [shown(Path(path.as_posix())) for path in files]
        found = [_PATH.fullmatch(path) for path in paths]
        wrong = [
            Fault(path, f"does not lie as {LAYOUT}", "") for path, m in zip(paths, found, strict=True) if m is None
        ]
        fail(TableError, root.name, wrong)
        rows = [{"path": path, **m.groupdict()} for path, m in zip(paths, found, strict=True) if m is not None]
        table = table_of(rows, COLUMNS, root.name, paths)
        return replace(table, audio=tuple(root / path for path in files))

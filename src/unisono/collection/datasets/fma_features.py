"""FMA with the 518 audio features that its authors publish in features.csv: for inputs of the kind `columns`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import polars as pl

from unisono.collection.datasets._fma_tables import ID, numbers_below
from unisono.collection.datasets._layout import find
from unisono.collection.datasets.fma import METADATA, Fma
from unisono.collection.faults import several
from unisono.collection.table import Table
from unisono.errors import TableError


class FmaFeatures:
    """What `fma` reads, and a column of numbers for each feature; of its own, because features.csv holds 900 MB."""

    citation: ClassVar[str] = Fma.citation
    licence: ClassVar[str] = Fma.licence
    homepage: ClassVar[str] = Fma.homepage
    checksums: ClassVar[Mapping[str, str]] = Fma.checksums
    columns: ClassVar[Mapping[str, str]] = {
        **Fma.columns,
        "mfcc.mean.01 ...": "518 features by librosa: seven statistics of 74 rows, named FEATURE.STATISTIC.NUMBER",
    }
    settings: ClassVar[Mapping[str, Any]] = Fma.settings

    def read(self, root: Path) -> Table:
        table = Fma().read(root)
        advice = f"Get fma_metadata.zip by {self.homepage} and unpack it there."
        path = find(root, [f"{folder}/features.csv".lstrip("/") for folder in METADATA], advice)
        features = numbers_below(path, levels=3)
        if features[ID].is_duplicated().any():
            raise TableError(path.name, "holds a track twice", "Unpack fma_metadata.zip again.")
        features = features.with_columns(pl.col(ID).cast(pl.String))
        frame = table.frame.join(features, on=ID, how="left", maintain_order="left")
        absent = table.frame[ID].is_in(features[ID].to_list()).not_().sum()
        table = replace(table, frame=frame)
        if not absent:
            return table
        are, they = ("is", "it has") if absent == 1 else ("are", "they have")
        return table.note(f"{several(int(absent), 'track')} {are} not in {path.name}: {they} no features.")

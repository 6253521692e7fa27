"""A dataset reads its own layout and says the roles of its columns; the experiment's own word goes before."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from unisono.collection import CollectionSettings, load
from unisono.collection.table import Table


class Tiny:
    """Two tracks in a folder."""

    settings: ClassVar[dict[str, Any]] = {"id": "name", "groups": ("singer",), "song": ("name",)}

    def read(self, root: Path) -> Table:
        frame = pl.DataFrame({"name": ["a", "b"], "singer": ["x", "X"], "label": ["l", "m"]})
        return Table(frame, "tiny", np.arange(1, 3), (root / "a.wav", None))


def test_roles_of_a_dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unisono.collection.loading.part_class", lambda family, name: {"tiny": Tiny}[name])
    tracks = load(CollectionSettings(dataset="tiny", root="data"), tmp_path)
    assert [t.id for t in tracks.tracks] == ["a", "b"] and tracks.groups().tolist() == [0, 0]
    assert tracks.tracks[0].audio == tmp_path / "data" / "a.wav"
    assert load(CollectionSettings(dataset="tiny", root="data", groups=("label",)), tmp_path).groups().tolist() == [
        0,
        1,
    ]


def test_a_dataset_needs_its_folder() -> None:
    with pytest.raises(ValidationError, match='a dataset needs root = "the folder where it lies"'):
        CollectionSettings(dataset="tiny")

"""Labels that a split leaves out are said before training."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from unisono.collection import Collection, Fold, Track
from unisono.collection.gaps import label_gaps
from unisono.collection.table import Table
from unisono.collection.tracks import Roles
from unisono.errors import LabelError

PARTS = Fold(np.array(["train", "train", "validation", "test", "test"], dtype="<U10"))


@pytest.fixture
def five() -> Collection:
    frame = pl.DataFrame({"id": ["a", "b", "c", "d", "e"]})
    return Collection(Table(frame, "songs.csv", np.arange(2, 7)), tuple(Track(i) for i in "abcde"), Roles("id"))


def column(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float32)[:, None]


def test_labels_in_every_part_are_no_gap(five: Collection) -> None:
    assert label_gaps(five, {"genre": column(0, 1, 0, 1, 0), "energy": column(0.1, 0.2, 0.3, 0.4, 0.5)}, [PARTS]) == []


def test_rare_labels_are_named_by_a_row(five: Collection) -> None:
    assert label_gaps(five, {"genre": column(0, 1, 0, 2, 0)}, [PARTS]) == [
        "genre: 1 label too rare to be in train, such as that of songs.csv:5. "
        "Label more such tracks, or merge it with another label.",
        "genre: 1 label too rare to be in test, such as that of songs.csv:3. "
        "Label more such tracks, or merge it with another label.",
    ]
    tags = np.array([[1, 0], [1, 0], [0, 0], [1, 0], [0, 1]], dtype=np.float32)
    assert "tags: 1 label too rare to be in train" in label_gaps(five, {"tags": tags}, [PARTS])[0]


def test_a_task_without_labels_in_train_is_an_error(five: Collection) -> None:
    nan = float("nan")
    with pytest.raises(
        LabelError, match=r'no training row of fold 0 is labelled for the task "genre". Label more rows'
    ):
        label_gaps(five, {"genre": column(nan, nan, 0, 1, 0)}, [PARTS])
    told = label_gaps(five, {"genre": column(0, 1, 0, nan, nan)}, [PARTS])
    assert told == ["genre: some test part has no labelled row, so its score is undefined."]

"""A table that lacks columns of the model is named once, with all that are missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from unisono.collection.tracks import Track
from unisono.errors import TableError
from unisono.inputs.columns import Columns
from unisono.inputs.vectors import Vectors
from unisono.model import Model
from unisono.tagging.tagger import Tagger

NAMES = ("f1", "f2", "f3")


def model(**more: Any) -> Model:
    known = [Track(str(i), None, None, dict.fromkeys(NAMES, i)) for i in range(2)]
    return Model({}, {"f": Columns(columns=NAMES).fit(known), **more}, {}, None)  # type: ignore[arg-type]


def test_all_missing_columns_are_told() -> None:
    model().check_columns(["id", *NAMES], "songs.csv")
    found = r'songs\.csv: lacks the columns "f1", "f3", which input f of the model reads\. The columns are "id", "f2"\.'
    with pytest.raises(TableError, match=found):
        model().check_columns(["id", "f2"], "songs.csv")
    with pytest.raises(TableError, match=r'lacks the column "f3", which .* Did you mean "f33"\?'):
        model().check_columns(["f1", "f2", "f33"], "songs.csv")
    with pytest.raises(TableError, match=r'lacks the columns "f1", "f2", "f3"'):
        model().check_columns(["id"], "songs.csv")


def test_one_of_several_inputs_may_lack_but_not_in_part() -> None:
    two = model(other=Vectors(tables=["x.npz"]))
    two.check_columns(["id"], "songs.csv")
    with pytest.raises(TableError, match=r'lacks the columns "f2", "f3"'):
        two.check_columns(["id", "f1"], "songs.csv")


def test_tagging_looks_before_it_reads(tmp_path: Path) -> None:
    table = tmp_path / "songs.csv"
    table.write_text("id,f1\na,1\nb,2\n")
    with pytest.raises(TableError, match=r'songs\.csv: lacks the columns "f2", "f3"'):
        Tagger(model()).gather([table])
    table.write_text("id,f1,f2,f3\na,1,2,3\nb,2,2,2\n")
    assert len(Tagger(model()).gather([table]).tracks) == 2

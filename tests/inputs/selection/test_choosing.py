"""Selection as a fitted step of columns and vectors: on train only, in the dump, applied without scikit-learn."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unisono.errors import LabelError, TableError
from unisono.inputs import Labels, LearnsFromLabels, input_of
from unisono.inputs.columns import Columns
from unisono.inputs.selection import Features, Selection, choose
from unisono.inputs.vectors import Vectors

RNG = np.random.default_rng(0)
VALUES = RNG.normal(size=(90, 8))
VALUES[:, 6] = 3.0
VALUES[:, 7] = -VALUES[:, 0]
NAMES = tuple("abcdefgh")
GENRE = Labels("multiclass", (VALUES[:, [1]] > 0).astype(np.float32))
YEAR = Labels("regression", VALUES[:, [4]].astype(np.float32))
SETTINGS: dict[str, Any] = {"correlation": 0.9, "anova": 1}


@dataclass(frozen=True)
class Row:
    id: str
    values: dict[str, Any] = field(default_factory=dict)
    audio: Path | None = None
    lyrics: str | None = None


ROWS = [Row(f"t{i}", dict(zip(NAMES, row.tolist(), strict=True))) for i, row in enumerate(VALUES)]


def test_filters_then_tasks_then_their_union() -> None:
    found = choose(Selection(**SETTINGS), Features(NAMES, VALUES), {"genre": GENRE, "year": YEAR})
    assert found.names == ("b", "e")
    assert found.positions == (1, 4)
    assert found.left_out == {"variance": 1, "correlation": 1, "tasks": 4}
    assert found.by_task == {"genre": ("b",), "year": ("e",)}


def test_a_task_may_have_its_own_steps_or_no_say() -> None:
    both = {"genre": GENRE, "year": YEAR}
    own = Selection(anova=1, tasks={"year": {"mutual_information": 2}})
    found = choose(own, Features(NAMES, VALUES), both)
    assert len(found.by_task["year"]) == 2
    assert choose(Selection(anova=1, by=("year",)), Features(NAMES, VALUES), both).names == ("e",)
    assert choose(Selection(), Features(NAMES, VALUES), {}).names == tuple("abcdefh")


def test_columns_keep_what_was_chosen_and_say_so() -> None:
    part = Columns(columns=["?"], selection=SETTINGS)
    assert isinstance(part, LearnsFromLabels)
    assert part.learns_from_labels
    fitted = part.fit_labelled(ROWS, {"genre": GENRE, "year": YEAR})
    assert fitted.names == ("b", "e")
    assert fitted.shapes == {"values": (2,)}
    expected = (VALUES[3, [1, 4]] - VALUES[:, [1, 4]].mean(axis=0)) / VALUES[:, [1, 4]].std(axis=0)
    np.testing.assert_allclose(fitted.read(ROWS[3])[0]["values"], expected, rtol=1e-5)
    assert fitted.selected is not None
    assert fitted.selected.offered == 8


def test_tracks_without_a_row_take_their_labels_with_them() -> None:
    lacking = [Row("x"), Row("y"), *ROWS]
    labels = Labels("multiclass", np.concatenate([[[1], [1]], GENRE.values]).astype(np.float32))
    part = Columns(columns=["?"], selection={"anova": 1})
    assert part.fit_labelled(lacking, {"genre": labels}).names == ("b",)


def test_vectors_keep_positions(tmp_path: Path) -> None:
    for at in range(2):
        np.save(tmp_path / f"l_{at}.npy", VALUES[:, 4 * at : 4 * at + 4])
    (tmp_path / "ids.txt").write_text("\n".join(r.id for r in ROWS))
    settings = {"kind": "vectors", "tables": ["l_{0..1}.npy"], "ids": "ids.txt", "selection": SETTINGS}
    part = input_of(settings, tmp_path)
    assert isinstance(part, Vectors)
    fitted = part.fit_labelled(ROWS, {"genre": GENRE, "year": YEAR})
    assert fitted.selected is not None
    assert fitted.selected.names == ("l_0[1]", "l_1[0]")
    assert fitted.shapes == {"values": (2,)}
    plain = input_of({k: v for k, v in settings.items() if k != "selection"}, tmp_path).fit(ROWS)
    for row in ROWS[:5]:
        np.testing.assert_array_equal(fitted.read(row)[0]["values"], plain.read(row)[0]["values"][[1, 4]])
    assert fitted.collate([None, fitted.read(ROWS[0])[0]])["values"].shape == (2, 2)


def test_the_dump_is_all_and_applying_needs_no_scikit_learn() -> None:
    fitted = Columns(columns=["?"], selection=SETTINGS).fit_labelled(ROWS, {"genre": GENRE})
    expected = fitted.read(ROWS[0])[0]["values"].tolist()
    script = (
        "import sys, json\n"
        "sys.modules['sklearn'] = None\n"
        "from types import SimpleNamespace as Track\n"
        "from unisono.inputs import input_of\n"
        f"part = input_of(json.loads({fitted.model_dump_json()!r}))\n"
        f"track = Track(id='a', audio=None, lyrics=None, values=json.loads({json.dumps(ROWS[0].values)!r}))\n"
        "print(json.dumps(part.read(track)[0]['values'].tolist()))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == expected


def test_steps_by_labels_need_labels() -> None:
    with pytest.raises(ValueError, match="needs labels"):
        Columns(columns=["?"], selection={"anova": 2}).fit(ROWS)
    assert Columns(columns=["?"], selection={"correlation": 0.9}).fit(ROWS).names == tuple("abcdef")


def test_labels_that_do_not_differ_are_an_error() -> None:
    same = Labels("multiclass", np.zeros((90, 1), np.float32))
    with pytest.raises(LabelError, match="task genre: no two training tracks have different labels"):
        choose(Selection(anova=2), Features(NAMES, VALUES), {"genre": same})


def test_a_bound_that_nothing_passes_is_an_error() -> None:
    with pytest.raises(TableError, match="none of the 8 features has a variance above 99"):
        choose(Selection(variance=99), Features(NAMES, VALUES), {})

"""Laws of every export: a reader that is not ours finds what was written, hostile names included."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from unisono.parts import names, part
from unisono.tagging import Layout, Tagged, Tags
from unisono.tagging.exports import __doc__ as contract
from unisono.tagging.rows import records
from unisono.tasks import task

PATHS = (
    "plain.mp3", 'with "quotes", commas; and\ttabs.mp3', "two\nlines\r\n.mp3", "=1+1.mp3", " space ", "-", "'", "NA",
    "Beyoncé 東京 \U0001f3b5.mp3", "caf\udce9.mp3", "\ufeffmark.mp3", "null", "1.50", "x" * 255, "\\n",
)  # fmt: skip
LABELS = ["rock, pop", 'say "hi"\nagain', "=cmd()", "NA"]
LAYOUTS = [Layout(wide, everything) for wide in (False, True) for everything in (False, True)]


def read_csv(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return [{k: v or None for k, v in row.items()} for row in csv.DictReader(stream)]


READERS: dict[str, Callable[[Path], list[dict[str, Any]]]] = {
    "csv": read_csv,
    "json": lambda path: json.loads(path.read_text(encoding="utf-8")),
    "jsonl": lambda path: [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]],
    "parquet": lambda path: pl.read_parquet(path).to_dicts(),
}


@pytest.fixture(scope="module")
def tagged() -> Tagged:
    tasks = (
        task("genre", {"kind": "multiclass", "labels": LABELS}),
        task("mood", {"kind": "multilabel", "labels": LABELS, "separator": "|"}),
        task("energy", {"kind": "regression", "range": [0, 1]}),
        task("style", {"kind": "distribution", "columns": ["a", "b"]}),
    )
    rng = np.random.default_rng(3)
    tracks = []
    for path in PATHS:
        scores = {t.name: t.scores(rng.normal(size=(1, t.width)).astype(np.float32))[0] for t in tasks}
        tracks.append(Tags(path, tuple(t.answer(scores[t.name]) for t in tasks), scores))
    return Tagged(tasks, tuple(tracks))


def test_every_export_has_a_reader_here() -> None:
    assert set(names("tagging.exports")) == set(READERS)
    assert contract is not None
    assert "write(tagged, path, layout)" in contract


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
@pytest.mark.parametrize("name", names("tagging.exports"))
def test_round_trip(name: str, layout: Layout, tagged: Tagged, tmp_path: Path) -> None:
    part("tagging.exports", name).write(tagged, tmp_path / "out", layout)
    read = READERS[name](tmp_path / "out")
    expected = list(records(tagged, layout))
    assert len(read) == len(expected) >= len(PATHS)
    for ours, theirs in zip(expected, read, strict=True):
        assert list(theirs) == [key for key in theirs if key in ours], "columns differ"
        for key, value in ours.items():
            found = theirs[key]
            assert (float(found) if isinstance(value, float) else found) == value, key


@pytest.mark.parametrize("name", names("tagging.exports"))
def test_no_tracks(name: str, tagged: Tagged, tmp_path: Path) -> None:
    part("tagging.exports", name).write(Tagged(tagged.tasks, ()), tmp_path / "out", LAYOUTS[0])
    assert READERS[name](tmp_path / "out") == []


def test_suffixes_are_each_ones_own() -> None:
    suffixes = [suffix for name in names("tagging.exports") for suffix in part("tagging.exports", name).SUFFIXES]
    assert len(suffixes) == len(set(suffixes))
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in suffixes)


def test_a_naive_csv_does_not_survive(tagged: Tagged, tmp_path: Path) -> None:
    """The round trip above would catch a writer that joins cells by commas."""
    rows = list(records(tagged))
    lines = [",".join("" if v is None else str(v) for v in row.values()) for row in rows]
    (tmp_path / "out").write_text("\n".join([",".join(rows[0]), *lines]) + "\n", encoding="utf-8")
    assert len(read_csv(tmp_path / "out")) != len(rows)

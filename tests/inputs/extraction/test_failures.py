"""The table of failures, in both formats, with names that are no text."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl

from unisono.inputs.extraction import Failure, write_failures

FAILURES = [
    Failure(3, "a", "/music/a, b.mp3", 'holds "half"\nof it', "audio"),
    Failure(7, "caf\udce9", "/music/caf\udce9.mp3", "is empty", "audio", used=True),
]


def test_csv(tmp_path: Path):
    write_failures(FAILURES, tmp_path / "failures.csv")
    with (tmp_path / "failures.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [r["path"] for r in rows] == ["/music/a, b.mp3", "/music/caf\\udce9.mp3"]
    assert rows[0]["reason"] == 'holds "half"\nof it'


def test_parquet(tmp_path: Path):
    write_failures(FAILURES, tmp_path / "failures.parquet")
    table = pl.read_parquet(tmp_path / "failures.parquet")
    assert table["index"].to_list() == [3, 7]
    assert table["used"].to_list() == [False, True]
    assert table.schema["index"] == pl.Int64


def test_no_failures_are_an_empty_table(tmp_path: Path):
    for name in ("failures.csv", "failures.parquet"):
        write_failures([], tmp_path / name)
    assert (tmp_path / "failures.csv").read_text().strip() == "index,id,path,reason,input,used"
    assert len(pl.read_parquet(tmp_path / "failures.parquet")) == 0

"""`unisono map`: a page and a table of points."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from unisono.cli._app import run


def test_a_map_is_drawn_with_its_table(finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "map.html"
    assert run(["map", str(finished), "--method", "pca", "--task", "genre", "-o", str(page)]) == 0
    assert "60 tracks: " in capsys.readouterr().out
    rows = list(csv.DictReader(page.with_suffix(".csv").read_text().splitlines()))
    assert len(rows) == 60 and {r["label"] for r in rows} == {"rock", "blues", ""}
    assert len({(r["x"], r["y"]) for r in rows}) > 30
    text = page.read_text()
    assert "<svg" in text and "http-equiv" not in text and "no label, or a rare one" in text


def test_an_unknown_layer_is_one_line(finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["map", str(finished), "--layer", "hads", "-o", str(tmp_path / "m.html")]) == 2
    assert 'layer "hads": is none of this network. Did you mean "heads"?' in capsys.readouterr().err

"""`unisono map`: a page and a table of points."""

from __future__ import annotations

import csv
import json
import shutil
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


def test_an_image(finished: Path, tmp_path: Path) -> None:
    for name, begins in (("map.png", b"\x89PNG"), ("map.svg", b"<?xml")):
        assert run(["map", str(finished), "--method", "pca", "-o", str(tmp_path / name)]) == 0
        assert (tmp_path / name).read_bytes().startswith(begins)
        assert (tmp_path / "map.csv").is_file()


def test_a_panel_for_each_configuration_of_a_study(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first cell of each configuration that is there; one whose run was not kept is left out."""
    told = [("alone", "a", "done"), ("alone", "b", "done"), ("both", "c", "done"), ("lost", "d", "failed")]
    cells = [{"configuration": c, "cell": cell, "state": state} for c, cell, state in told]
    (tmp_path / "study.json").write_text(json.dumps({"cells": cells}))
    for cell in ("a", "c"):
        shutil.copytree(finished, tmp_path / "cells" / cell)
    asked = ["map", str(tmp_path), "--method", "pca"]
    assert run([*asked, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["configurations"] == ["alone", "both"]
    rows = list(csv.DictReader((tmp_path / "map-representation-pca.csv").read_text().splitlines()))
    assert len(rows) == 120 and {r["configuration"] for r in rows} == {"alone", "both"}
    assert run([*asked, "--layer", "hads"]) == 2
    assert 'layer "hads": is none of this network' in capsys.readouterr().err
    shutil.rmtree(tmp_path / "cells")
    assert run(asked) == 2
    assert 'has kept no run of its cells. Run the study with keep = "runs".' in capsys.readouterr().err


def test_an_unknown_layer_is_one_line(finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["map", str(finished), "--layer", "hads", "-o", str(tmp_path / "m.html")]) == 2
    assert 'layer "hads": is none of this network. Did you mean "heads"?' in capsys.readouterr().err

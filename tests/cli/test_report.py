"""`unisono report`: makes the page anew, and says what is no run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from unisono.cli._app import run

Capture = pytest.CaptureFixture[str]


def test_makes_the_page(finished: Path, tmp_path: Path, capsys: Capture) -> None:
    folder = shutil.copytree(finished, tmp_path / "run")
    assert run(["report", str(folder)]) == 0
    assert capsys.readouterr().out == f"Report: {folder / 'report.html'}\n"
    assert run(["report", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"report": str(folder / "report.html")}
    assert "genre" in (folder / "report.html").read_text()


def test_no_run(tmp_path: Path, capsys: Capture) -> None:
    assert run(["report", str(tmp_path)]) == 2
    assert "is missing, so this is no finished run" in capsys.readouterr().err


def test_a_study_that_was_stopped(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "study.toml").write_text("[study]\n")
    assert run(["report", str(tmp_path)]) == 2
    assert (
        "study.json: is missing, so this study has not run to its end. Run it with --resume" in capsys.readouterr().err
    )


def test_several_studies_need_a_page_and_one_needs_none(finished: Path, tmp_path: Path, capsys: Capture) -> None:
    assert run(["report", str(finished), str(tmp_path)]) == 2
    assert "has several studies but no page to write" in capsys.readouterr().err
    assert run(["report", str(finished), "-o", str(tmp_path / "x.html")]) == 2
    assert "is for several studies" in capsys.readouterr().err
    assert run(["report", str(finished), str(tmp_path), "-o", str(tmp_path / "x.html")]) == 2
    assert "study.json" in capsys.readouterr().err

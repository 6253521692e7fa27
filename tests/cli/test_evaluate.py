"""`unisono evaluate`: scores of a model on a table, and the stamp when it has learned from it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from unisono.cli._app import run

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    path = tmp_path / "fresh.csv"
    path.write_text("id,genre,energy,lyrics\na,rock,300,guitar loud road\nb,blues,150,rain sad home\nc,rock,310,\n")
    return path


def test_scores_of_fresh_songs(finished: Path, fresh: Path, capsys: Capture) -> None:
    assert run(["evaluate", str(finished), str(fresh)]) == 3
    shown = capsys.readouterr()
    assert "genre\taccuracy\t1.000" in shown.out
    assert "protocol:table" in shown.out
    assert shown.err.splitlines() == ["skipped c: it has nothing that the model hears or reads"]


def test_tracks_the_model_knows_are_a_leak(finished: Path, lyrics_table: Path, capsys: Capture) -> None:
    assert run(["evaluate", str(finished / "model"), str(lyrics_table)]) == 0
    shown = capsys.readouterr()
    assert shown.err.startswith("leaky: the model has learned from ")
    assert "|leaky:yes|" in shown.out


def test_json_and_file_agree(finished: Path, fresh: Path, tmp_path: Path, capsys: Capture) -> None:
    assert run(["evaluate", str(finished), str(fresh), "--json", "-o", str(tmp_path / "scores.json")]) == 3
    result = json.loads(capsys.readouterr().out)
    assert result.pop("skipped") == [{"track": "c", "reason": "it has nothing that the model hears or reads"}]
    assert result.pop("misnamed") == []
    assert json.loads((tmp_path / "scores.json").read_text()) == result


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ("id,genre,lyrics\na,rcok,guitar\nb,blues,sad\n", 'fresh.csv:2:genre: "rcok"'),
        ("id,mood,lyrics\na,x,guitar\nb,y,sad\n", "has no labels: the model was taught the columns"),
        ("id,genre,lyrics\na,rock,\nb,blues,\n", "none of its 2 tracks has what the model hears or reads"),
    ],
)
def test_mistakes_are_one_line(finished: Path, fresh: Path, capsys: Capture, table: str, line: str) -> None:
    fresh.write_text(table)
    assert run(["evaluate", str(finished), str(fresh)]) == 2
    assert line in capsys.readouterr().err


def test_labels_the_table_lacks_are_said(finished: Path, fresh: Path, capsys: Capture) -> None:
    fresh.write_text("id,energy,lyrics\na,300,guitar\nb,150,sad\n")
    assert run(["evaluate", str(finished), str(fresh)]) == 0
    assert "not scored, for the table has no such column: genre" in capsys.readouterr().err


def test_a_missing_table_is_one_line(finished: Path, capsys: Capture) -> None:
    assert run(["evaluate", str(finished), "gone.csv"]) == 2
    assert capsys.readouterr().err == "gone.csv: there is no such file or folder.\n"

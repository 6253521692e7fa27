"""`unisono audit` and `unisono next` from a table with wrong and missing labels to lists."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from unisono.cli._app import run


@pytest.fixture(scope="module")
def spoilt(lyrics_table: Path, experiment: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The experiment on a table in which the genre of two songs is exchanged."""
    folder = tmp_path_factory.mktemp("spoilt")
    rows = lyrics_table.read_text().splitlines()
    for number in (10, 31):
        cells = rows[number + 1].split(",")
        cells[2] = {"rock": "blues", "blues": "rock"}[cells[2]]
        rows[number + 1] = ",".join(cells)
    (folder / "songs.csv").write_text("\n".join(rows) + "\n")
    text = experiment.read_text().replace("epochs = 3", "epochs = 6")
    (folder / "mine.toml").write_text(text + "[split]\nfolds = 2\n")
    return folder


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_wrong_labels_come_first(spoilt: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = spoilt / "audit"
    assert run(["audit", str(spoilt / "mine.toml"), "-o", str(out), "--no-sounds"]) == 0
    rows = [row for row in read(out / "suspects.csv") if row["task"] == "genre"]
    assert {rows[0]["track"], rows[1]["track"]} == {"10", "31"}
    assert rows[0]["where"].startswith("songs.csv:")
    shown = capsys.readouterr().out
    assert "genre: tagged" in shown and "sounds were not compared" in shown
    assert read(out / "duplicates.csv") == []
    # again, from the finished run: nothing is trained, the same is found
    assert run(["audit", str(out / "run"), "-o", str(spoilt / "again"), "--no-sounds", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert read(spoilt / "again" / "suspects.csv") == read(out / "suspects.csv")
    assert {"track", "task", "label", "suggested", "confidence", "doubt"} == set(told["suspects"][0])


def test_a_run_without_folds_cannot_be_audited(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", str(finished), "--no-sounds"]) == 2
    assert "was trained without folds" in capsys.readouterr().err
    assert run(["audit", str(finished), "--set", "split.folds=2"]) == 2
    assert "--set: changes an experiment but this is a finished run" in capsys.readouterr().err


def test_next_gives_unlabelled_tracks_only(finished: Path, lyrics_table: Path, tmp_path: Path) -> None:
    out = tmp_path / "next"
    assert run(["next", str(finished), "-n", "5", "-o", str(out), "-q"]) == 0
    rows = read(out / "next.csv")
    unlabelled = {line.split(",")[0] for line in lyrics_table.read_text().splitlines() if line.split(",")[2] == ""}
    assert len(rows) == 5 and {row["id"] for row in rows} <= unlabelled
    assert all(row["genre"] == "" and row["genre (guess)"] in ("rock", "blues") for row in rows)
    assert (out / "next.m3u8").read_text() == "#EXTM3U\n#PLAYLIST:next\n", "lyrics have no sound"

"""`unisono tag`: statuses, what is printed where, and files that come out whole."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import soundfile

from unisono.cli import tag as module
from unisono.cli._app import run
from unisono.model import write_model
from unisono.model.sureness import PRECISIONS

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def songs(tmp_path: Path) -> Path:
    path = tmp_path / "songs.csv"
    path.write_text("id,lyrics\na,guitar night\nb,sad drums\n")
    return path


@pytest.fixture
def gappy(tmp_path: Path) -> Path:
    path = tmp_path / "gappy.csv"
    path.write_text("id,lyrics\na,guitar\nb,\nc,\n")
    return path


def test_a_pipe_gets_csv(lyrics_model: Path, songs: Path, capsys: Capture) -> None:
    assert run(["tag", str(lyrics_model), str(songs)]) == 0
    shown = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(shown.out)))
    assert rows[0] == {"path": "a", "task": "genre", "label": "rock", "value": "", "confidence": "0.952574"}
    assert shown.err == ""


def test_what_is_left_silent_is_said_and_why(lyrics_model: Path, songs: Path, tmp_path: Path, capsys: Capture) -> None:
    facts = json.loads((lyrics_model / "model.json").read_text())
    steps = {"rock": [0.9] * len(PRECISIONS), "blues": None}
    facts["thresholds"] = {
        "tasks": {"genre": {"labels": steps, "parents": {}, "tracks": {"rock": 90, "blues": 12}}},
    }
    write_model(tmp_path / "model", (lyrics_model / "model.onnx").read_bytes(), b"none", facts)
    assert run(["tag", str(tmp_path / "model"), str(songs), "--min-precision", "0.9"]) == 0
    shown = capsys.readouterr()
    told = "1 without a threshold, for fewer than 30 tracks could vouch: blues (12)"
    assert f"genre: 1 of 2 tracks answered, 1 left silent: {told}" in shown.err
    assert "energy: 0 of 2 tracks answered" in shown.err, "nothing is known of its errors"
    assert "folds = 5 under [split]" in shown.err
    assert {row["path"] for row in csv.DictReader(io.StringIO(shown.out))} == {"a", "b"}, "the table alone"
    assert run(["tag", str(tmp_path / "model"), str(songs), "--min-precision", "0.9", "--json"]) == 0
    silence = json.loads(capsys.readouterr().out)["silence"]
    assert silence["genre"]["why"] == {"too few tracks": {"tracks": 1, "labels": {"blues": 1}}}


def test_a_person_gets_a_table(lyrics_model: Path, songs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setattr(module, "DRAWN", 1)
    assert run(["tag", str(lyrics_model), str(songs)]) == 0
    shown = screen.getvalue()
    assert "rock 95%" in shown
    assert "choir 0.50, drums 0.50" in shown
    assert "blues" not in shown
    assert "... and 1 more; write them all with -o tags.csv" in shown
    assert "2 tagged" in shown


def test_skips_are_listed_and_the_status_is_3(
    lyrics_model: Path, gappy: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "LISTED", 1)
    assert run(["tag", str(lyrics_model), str(gappy), "-o", str(tmp_path / "tags.parquet")]) == 3
    shown = capsys.readouterr()
    assert shown.err.splitlines() == [
        "skipped b: it has no lyrics",
        "... and 1 more skipped; --failures FILE lists them all",
    ]
    assert shown.out == f"1 tagged, 2 skipped; written to {tmp_path / 'tags.parquet'}\n"
    assert pl.read_parquet(tmp_path / "tags.parquet")["path"].unique().to_list() == ["a"]


def test_json_is_all_of_stdout(lyrics_model: Path, gappy: Path, capsys: Capture) -> None:
    assert run(["tag", str(lyrics_model), str(gappy), "--json", "--all-labels"]) == 3
    result = json.loads(capsys.readouterr().out)
    assert result["tracks"] == 1
    assert [s["path"] for s in result["skipped"]] == ["b", "c"]
    assert {row["label"] for row in result["tags"] if row["task"] == "genre"} == {"rock", "blues"}
    assert result["passed_over"] == []


def test_quiet_says_nothing_but_skips(lyrics_model: Path, gappy: Path, capsys: Capture, tmp_path: Path) -> None:
    assert run(["tag", str(lyrics_model), str(gappy), "-q", "-o", str(tmp_path / "tags.json"), "--wide"]) == 3
    shown = capsys.readouterr()
    assert shown.out == ""
    assert len(shown.err.splitlines()) == 2
    assert [row["genre"] for row in json.loads((tmp_path / "tags.json").read_text())] == ["rock"]


@pytest.mark.parametrize(
    ("extra", "line"),
    [
        (["-o", "tags.xls"], 'tags.xls: the suffix ".xls" names no format.'),
        (["-o", "."], ".: is a folder but a file is needed."),
        (["--format", "csv"], "--format: says how to write but not where. Add -o FILE."),
        (["--lyrics-column", "text"], 'songs.csv: there is no column "text", needed as the column of lyrics.'),
    ],
)
def test_bad_calls_are_one_line(
    lyrics_model: Path, songs: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, extra: list[str], line: str
) -> None:
    monkeypatch.chdir(songs.parent)
    assert run(["tag", str(lyrics_model), "songs.csv", *extra]) == 2
    assert capsys.readouterr().err.startswith(line)


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "rekordbox", "labelstudio"])
def test_no_sound_and_no_table_of_the_user_is_overwritten(
    form: str, lyrics_model: Path, songs: Path, tmp_path: Path, capsys: Capture
) -> None:
    sound = tmp_path / "song.FLAC"
    sound.write_bytes(b"precious")
    before = songs.read_bytes()
    for output in (sound, songs, tmp_path / "not there yet.mp3"):
        assert run(["tag", str(lyrics_model), str(songs), "-o", str(output), "--format", form]) == 2
        assert "is a sound, or what is to be tagged" in capsys.readouterr().err
    assert (sound.read_bytes(), songs.read_bytes()) == (b"precious", before)
    assert not (tmp_path / "not there yet.mp3").exists()


def test_no_model_is_one_line(tmp_path: Path, songs: Path, capsys: Capture) -> None:
    assert run(["tag", str(tmp_path), str(songs)]) == 2
    assert "has no MANIFEST.sha256, so it is not a model folder" in capsys.readouterr().err


def test_a_format_beats_the_suffix(lyrics_model: Path, songs: Path, tmp_path: Path) -> None:
    assert run(["tag", str(lyrics_model), str(songs), "-o", str(tmp_path / "tags.txt"), "--format", "jsonl"]) == 0
    assert len((tmp_path / "tags.txt").read_text().splitlines()) == 10


def test_hostile_names_come_out_as_text(sound_model: Path, tmp_path: Path, capsys: Capture) -> None:
    names = [b"two\nlines.wav", b"caf\xe9.wav", b"\x1b[2J.wav", b"-rf.wav", b"broken\n.wav"]
    sound = io.BytesIO()
    soundfile.write(sound, np.sin(np.arange(4000.0)), 8000, format="WAV")
    for name in names:
        path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
        path.write_bytes(b"RIFF" if name.startswith(b"broken") else sound.getvalue())
    assert run(["tag", str(sound_model), str(tmp_path)]) == 3
    shown = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(shown.out)))
    assert {Path(r["path"]).name for r in rows} == {"two\nlines.wav", "caf\\xe9.wav", "\x1b[2J.wav", "-rf.wav"}
    assert len(shown.err.splitlines()) == 1
    assert shown.err.startswith(f"skipped {tmp_path}/broken\\n.wav: ")


def test_real_files_of_every_format_are_all_accounted_for(
    sound_model: Path, real_data: Path, tmp_path: Path, capsys: Capture
) -> None:
    """Every file is tagged, skipped with a reason, or passed over; ffprobe's opinion on most is shared."""
    folder = real_data / "formats"
    assert run(["tag", str(sound_model), str(folder), "--json", "-o", str(tmp_path / "tags.csv")]) == 3
    result = json.loads(capsys.readouterr().out)
    tagged = set(pl.read_csv(tmp_path / "tags.csv")["path"])
    skipped = {s["path"] for s in result["skipped"]}
    passed = set(result["passed_over"])
    everything = {str(p) for p in folder.rglob("*") if p.is_file()}
    assert tagged | skipped | passed == everything
    assert len(tagged) + len(skipped) + len(passed) == len(everything)
    assert all(s["reason"] for s in result["skipped"])

    ours = {"tagged": tagged, "passed": passed}
    reasons = {s["path"]: s["reason"] for s in result["skipped"]}
    assert [found for row in inventories(folder) if (found := disagreement(row, ours, reasons))] == []


REASONS = (  # why a file that ffmpeg decodes is not tagged
    "outside 4-384 kHz",
    "is DSD of 5.6 MHz",
    "that its header promises",
    "breaks off in the middle",
    "cannot be read to its end",
    "s are needed",  # shorter than the model's min_duration
)


def inventories(folder: Path) -> list[tuple[str, float]]:
    """(path, seconds that ffmpeg decodes) of every file that the inventories name."""
    rows = []
    for listed in (folder / "inventory.csv", folder / "mutagen" / "inventory.csv"):
        with listed.open(encoding="utf-8") as stream:
            rows += [(str(listed.parent / r["file"]), float(r["decoded_sec"] or 0)) for r in csv.DictReader(stream)]
    return rows


def disagreement(row: tuple[str, float], ours: dict[str, set[str]], reasons: dict[str, str]) -> str:
    """What ffmpeg and we say differently of a file, "" where it is the same or a known reason is given."""
    path, seconds = row
    if path in ours["tagged"]:
        return "" if seconds > 0 else f"{path}: tagged but ffmpeg decodes nothing"
    if path in reasons:
        known = seconds == 0 or any(reason in reasons[path] for reason in REASONS)
        return "" if known else f"{path}: {reasons[path]} but ffmpeg decodes {seconds} s"
    return "" if seconds == 0 else f"{path}: passed over but ffmpeg decodes {seconds} s"

"""`unisono tag --on-bad`: damaged sound is skipped, tagged in part and said so, or the end."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import soundfile
from mutagen.flac import FLAC

from unisono.cli._app import run

Capture = pytest.CaptureFixture[str]
DAMAGE = "holds 1.0 of 2.0 s that its header promises"


@pytest.fixture
def music(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One whole sound, and one whose second half is missing."""
    monkeypatch.setenv("UNISONO_JOURNALS", str(tmp_path / "journals"))
    folder = tmp_path / "music"
    folder.mkdir()
    for name, pitch in (("cut", 3000), ("whole", 200)):
        wave = np.sin(2 * np.pi * pitch * np.arange(16000) / 8000) * 0.3
        soundfile.write(folder / f"{name}.wav", wave, 8000)
    path = folder / "cut.wav"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return folder


@pytest.mark.parametrize("wide", [[], ["--wide"]])
def test_rows_say_what_is_damaged(
    sound_model: Path, music: Path, tmp_path: Path, wide: list[str], capsys: Capture
) -> None:
    order = ["tag", str(sound_model), str(music), "-o", str(tmp_path / "tags.csv"), *wide]
    failures = tmp_path / "failures.csv"
    assert run([*order, "--on-bad", "use", "--failures", str(failures)]) == 0
    shown = capsys.readouterr()
    assert shown.err.splitlines() == [f"used in part {music}/cut.wav: {DAMAGE}"]
    assert "2 tagged, 1 of them in part" in shown.out
    frame = pl.read_csv(tmp_path / "tags.csv")
    assert frame.columns[-1] == "damage"
    assert frame.group_by("path", maintain_order=True).first()["damage"].to_list() == [DAMAGE, None]
    assert pl.read_csv(failures).rows() == [(f"{music}/cut.wav", "used in part", DAMAGE)]
    assert run(order) == 3
    assert pl.read_csv(tmp_path / "tags.csv").columns[-1] != "damage"


def test_programs_are_told(sound_model: Path, music: Path, capsys: Capture) -> None:
    assert run(["tag", str(sound_model), str(music), "--json", "--on-bad", "use"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["used_in_part"] == [{"path": f"{music}/cut.wav", "reason": DAMAGE}] and told["skipped"] == []
    assert {(Path(row["path"]).name, row["damage"]) for row in told["tags"]} == {
        ("cut.wav", DAMAGE),
        ("whole.wav", None),
    }


def test_a_damaged_sound_is_the_end_if_asked(sound_model: Path, music: Path, capsys: Capture) -> None:
    whole = (music / "whole.wav").read_bytes()
    assert run(["tag", str(sound_model), str(music), "--write", "--on-bad", "stop"]) == 2
    assert f"{music}/cut.wav: {DAMAGE}." in capsys.readouterr().err
    assert (music / "whole.wav").read_bytes() == whole


def test_only_what_may_be_used_is_written(sound_model: Path, music: Path, capsys: Capture) -> None:
    cut, order = (music / "cut.wav").read_bytes(), ["tag", str(sound_model), str(music), "--write"]
    assert run(order) == 3
    assert (music / "cut.wav").read_bytes() == cut
    assert "1 file written" in capsys.readouterr().out
    assert run([*order, "--on-bad", "use"]) == 3
    shown = capsys.readouterr()
    assert f"used in part {music}/cut.wav: {DAMAGE}" in shown.err
    assert f"not written {music}/cut.wav: damaged tag: " in shown.err, "tags go into no file that is torn"


def test_a_song_that_breaks_off_is_written_if_it_may_be_used(sound_model: Path, music: Path, capsys: Capture) -> None:
    path = music / "song.flac"
    soundfile.write(path, np.random.default_rng(0).normal(size=16000) * 0.1, 8000)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    before, order = path.read_bytes(), ["tag", str(sound_model), str(path), "--write", "-q"]
    assert run(order) == 3 and path.read_bytes() == before
    assert run([*order, "--on-bad", "use"]) == 0
    assert FLAC(path).tags["PITCH"] and f"used in part {path}: " in capsys.readouterr().err
    assert run(["undo"]) == 0 and path.read_bytes() == before


def test_it_does_not_go_with_shards(sound_model: Path, music: Path, capsys: Capture) -> None:
    assert run(["tag", str(sound_model), str(music), "--into", "shards", "--on-bad", "use"]) == 2
    assert "--on-bad: does not go with --into" in capsys.readouterr().err

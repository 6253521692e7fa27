"""`unisono features`: fills the cache once, names what fails."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from unisono.cli._app import run

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def hearing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "cache"))
    for number in range(2):
        soundfile.write(tmp_path / f"{number}.wav", np.sin(np.arange(16000.0) / (3 + number)), 8000)
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    (tmp_path / "songs.csv").write_text("path,genre\n0.wav,a\n1.wav,b\nbroken.wav,a\n")
    path = tmp_path / "mine.toml"
    path.write_text(
        '[collection]\ntable = "songs.csv"\naudio = "path"\n'
        '[inputs.audio]\nkind = "mel"\nsample_rate = 8000\nduration = 1\n'
        '[tasks.genre]\nkind = "multiclass"\n[network]\nencoder = "conv2d"\n'
    )
    return path


def test_fills_the_cache_and_lists_failures(hearing: Path, tmp_path: Path, capsys: Capture) -> None:
    assert run(["features", str(hearing), "-j", "1", "--failures", str(tmp_path / "failures.csv")]) == 3
    shown = capsys.readouterr()
    assert shown.out == f"2 of 3 tracks are in the cache {tmp_path / 'cache'}\n"
    assert len(shown.err.splitlines()) == 1
    assert "broken.wav" in shown.err
    assert "broken.wav" in (tmp_path / "failures.csv").read_text()
    entries = [p for p in (tmp_path / "cache").rglob("*") if p.is_file()]
    assert len(entries) == 2


def test_another_table_and_json(hearing: Path, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "more.csv").write_text("path\n1.wav\n")
    assert run(["features", str(hearing), str(tmp_path / "more.csv"), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["tracks"], result["failed"], result["skipped"]) == (1, 0, [])


def test_nothing_costly(experiment: Path, capsys: Capture) -> None:
    assert run(["features", str(experiment)]) == 2
    assert "nothing is costly in its inputs (lyrics)" in capsys.readouterr().err

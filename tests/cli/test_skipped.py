"""Sound that cannot be read is named by `next` and `audit`, which go on without it and end with status 3."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import pytest

from unisono.cli._app import run

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def music(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Six labelled sounds and one without a label; beside them one of either that is no sound at all."""
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "cache"))
    rows = ["path,genre"]
    for number in range(7):
        with wave.open(str(tmp_path / f"{number}.wav"), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(b"".join((b"\0\x10", b"\0\xf0")[i // (4 + number) % 2] for i in range(16000)))
        rows.append(f"{number}.wav,{'' if number == 6 else ('rock', 'jazz')[number % 2]}")
    for name, genre in (("torn.wav", "rock"), ("worn.wav", "")):
        (tmp_path / name).write_bytes(b"RIFF, but nothing else")
        rows.append(f"{name},{genre}")
    (tmp_path / "songs.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "mine.toml").write_text(
        '[collection]\ntable = "songs.csv"\naudio = "path"\n'
        '[inputs.audio]\nkind = "mel"\nsample_rate = 8000\nduration = 1\nhop_length = 128\nn_fft = 256\n'
        '[tasks.genre]\nkind = "multiclass"\n[network]\nencoder = "conv2d"\n'
        '[split]\nprotocol = "random"\ntest = 0.3\nvalidation = 0.0\n'
        '[training]\nepochs = 1\nthreads = 1\nwatch = "nothing"\n'
    )
    return tmp_path


@pytest.mark.parametrize("command", [["next"], ["audit", "--no-sounds", "--set", "split.folds=2"]], ids=lambda c: c[0])
def test_what_cannot_be_read_is_named(music: Path, capsys: Capture, command: list[str]) -> None:
    asked = [command[0], str(music / "mine.toml"), "-o", str(music / "out"), "--json", *command[1:]]
    assert run(asked) == 3
    shown = capsys.readouterr()
    for name in ("torn.wav", "worn.wav"):
        assert any(line.startswith(f"skipped {name}: ") for line in shown.err.splitlines()), name
    assert {one["track"] for one in json.loads(shown.out)["skipped"]} == {"torn.wav", "worn.wav"}

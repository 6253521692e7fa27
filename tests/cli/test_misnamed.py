"""Sound under the name of another format: read by what it is, said once, counted as whole."""

from __future__ import annotations

import json
import shutil
import wave
from pathlib import Path

import polars as pl
import pytest

from unisono.cli._app import run

Capture = pytest.CaptureFixture[str]
NOTE = 'holds WAV though its name ends in ".mp3"'


@pytest.fixture
def music(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Six sounds by three artists, one of them a WAV that is called MP3."""
    monkeypatch.setenv("UNISONO_JOURNALS", str(tmp_path / "journals"))
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "music"
    folder.mkdir()
    rows = ["path,artist,genre"]
    for number, name in enumerate(("0.mp3", *(f"{n}.wav" for n in range(1, 6)))):
        with wave.open(str(folder / name), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(b"".join((b"\0\x10", b"\0\xf0")[i // (4 + number) % 2] for i in range(16000)))
        rows.append(f"{name},act {number},{('rock', 'jazz')[number % 2]}")
    (folder / "songs.csv").write_text("\n".join(rows) + "\n")
    (folder / "mine.toml").write_text(
        '[collection]\ntable = "songs.csv"\naudio = "path"\n'
        '[inputs.audio]\nkind = "mel"\nsample_rate = 8000\nduration = 1\nhop_length = 128\nn_fft = 256\n'
        '[tasks.genre]\nkind = "multiclass"\n[network]\nencoder = "conv2d"\n[split]\nprotocol = "random"\n'
        '[training]\nepochs = 1\nthreads = 1\nwatch = "nothing"\n'
    )
    return folder


def test_tag_says_it_and_tags_all(sound_model: Path, music: Path, tmp_path: Path, capsys: Capture) -> None:
    failures = tmp_path / "failures.csv"
    sounds = [str(path) for path in sorted(music.iterdir()) if path.suffix in (".mp3", ".wav")]
    order = ["tag", str(sound_model), *sounds]
    assert run([*order, "-o", str(tmp_path / "tags.csv"), "--failures", str(failures)]) == 0
    shown = capsys.readouterr()
    assert shown.err.splitlines() == [f"misnamed {music}/0.mp3: {NOTE}"]
    assert "6 tagged, 1 of them misnamed" in shown.out
    assert pl.read_csv(failures).rows() == [(f"{music}/0.mp3", "misnamed", NOTE)]
    assert run([*order[:3], "--json"]) == 0, "one file is heard in this process"
    told = json.loads(capsys.readouterr().out)
    assert told["misnamed"] == [{"path": f"{music}/0.mp3", "reason": NOTE}] and told["skipped"] == []


def test_features_says_it_again_from_the_cache(music: Path, capsys: Capture) -> None:
    for computed in (6, 0):
        assert run(["features", str(music / "mine.toml"), "-j", "1", "--json"]) == 0
        shown = capsys.readouterr()
        told = json.loads(shown.out)
        assert (told["computed"], told["failed"]) == (computed, 0)
        assert told["misnamed"] == [{"path": f"{music}/0.mp3", "reason": NOTE}]
        assert shown.err.splitlines()[-1] == f"misnamed {music}/0.mp3: {NOTE}"


def test_train_says_it_and_learns_from_it(music: Path, tmp_path: Path, capsys: Capture) -> None:
    assert run(["train", str(music / "mine.toml"), "-o", str(tmp_path / "run"), "--no-report", "--json"]) == 0
    shown = capsys.readouterr()
    line = f"1 sound file is misnamed, and read by what it holds: {music}/0.mp3 {NOTE}."
    assert line in shown.err.splitlines() and line in json.loads(shown.out)["warnings"]


def test_inspect_says_it_and_nothing_is_to_be_mended(music: Path, capsys: Capture) -> None:
    assert run(["inspect", str(music / "songs.csv"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sounds"]["misnamed"] == {"songs.csv:2 (0.mp3)": NOTE}
    assert run(["inspect", str(music / "songs.csv")]) == 0
    assert f"  1 misnamed, and read by what they hold:\n    songs.csv:2 (0.mp3): {NOTE}" in capsys.readouterr().out


def test_shards_say_it_when_they_are_whole(sound_model: Path, music: Path, tmp_path: Path, capsys: Capture) -> None:
    heard = str(tmp_path / "heard")
    hear = ["features", str(music / "mine.toml"), "--into", heard, "--block", "4", "-j", "1", "--json"]
    give = ["tag", str(sound_model), str(music / "0.mp3"), "-j", "1", "--into", str(tmp_path / "tags"), "--json"]
    for order, made in ((hear, 2), (hear, 0), (give, 1), (give, 0)):
        assert run(order) == 0
        shown = capsys.readouterr()
        told = json.loads(shown.out)
        assert (told["blocks_made"], told["failed"]) == (made, 0)
        assert told["misnamed"] == [{"path": f"{music}/0.mp3", "reason": NOTE}]
        assert f"misnamed {music}/0.mp3: {NOTE}" in shown.err.splitlines()


def test_evaluate_next_and_audit_say_it(music: Path, tmp_path: Path, capsys: Capture) -> None:
    line, told = f"misnamed {music}/0.mp3: {NOTE}", [{"path": f"{music}/0.mp3", "reason": NOTE}]
    mine = str(music / "mine.toml")
    audit = ["audit", mine, "-o", str(tmp_path / "audit"), "--set", "split.folds=2", "--json"]
    assert run(audit) == 0
    shown = capsys.readouterr()
    assert line in shown.err.splitlines() and json.loads(shown.out)["misnamed"] == told
    shutil.copy(music / "1.wav", music / "6.wav")
    with (music / "songs.csv").open("a") as table:
        table.write("6.wav,act 6,\n")
    assert run(["next", mine, "-o", str(tmp_path / "next"), "--json"]) == 0
    shown = capsys.readouterr()
    assert line in shown.err.splitlines() and json.loads(shown.out)["misnamed"] == told
    order = ["evaluate", str(tmp_path / "next" / "run"), str(music / "songs.csv"), "--json", "-j", "1"]
    assert run(order) == 0
    shown = capsys.readouterr()
    assert line in shown.err.splitlines() and json.loads(shown.out)["misnamed"] == told

"""`unisono features`: fills the cache once, names what fails."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import soundfile
from mutagen.id3 import TIT2
from mutagen.wave import WAVE

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
    first, second = shown.out.splitlines()
    assert first == f"2 of 3 tracks in the cache {tmp_path / 'cache'}"
    assert second.startswith("2 computed, 0 found there, 1 failed; ") and second.endswith(" tracks/s")
    assert len(shown.err.splitlines()) == 1
    assert "broken.wav" in shown.err
    assert "broken.wav" in (tmp_path / "failures.csv").read_text()
    entries = [p for p in (tmp_path / "cache").rglob("*") if p.is_file()]
    assert len(entries) == 2


def test_damaged_files_are_used_in_part_or_the_end_when_asked(hearing: Path, tmp_path: Path, capsys: Capture) -> None:
    whole = (tmp_path / "0.wav").read_bytes()
    (tmp_path / "broken.wav").write_bytes(whole[: len(whole) * 3 // 4])
    call = ["features", str(hearing), "-j", "1"]
    assert run([*call, "--on-bad", "use", "--json"]) == 0
    shown = capsys.readouterr()
    told = json.loads(shown.out)
    assert (told["computed"], told["failed"], told["skipped"]) == (3, 0, [])
    assert [Path(one["path"]).name for one in told["used_in_part"]] == ["broken.wav"]
    assert f"used in part {tmp_path}/broken.wav: holds 1.5 of 2.0 s" in shown.err
    assert run([*call, "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["failed"] == 1
    assert run([*call, "--on-bad", "stop"]) == 2
    assert "broken.wav: holds 1.5 of 2.0 s that its header promises" in capsys.readouterr().err


def test_another_table_and_json(hearing: Path, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "more.csv").write_text("path\n1.wav\n")
    assert run(["features", str(hearing), str(tmp_path / "more.csv"), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["tracks"], result["failed"], result["skipped"]) == (1, 0, [])


def test_nothing_costly(experiment: Path, capsys: Capture) -> None:
    assert run(["features", str(experiment)]) == 2
    assert "nothing is costly in its inputs (lyrics)" in capsys.readouterr().err


def test_shards_resume_and_retagging(hearing: Path, tmp_path: Path, capsys: Capture) -> None:
    def told(*options: str) -> tuple[int, ...]:
        run(["features", str(hearing), "-j", "1", "--json", *options])
        result = json.loads(capsys.readouterr().out)
        assert not result["stopped"]
        return tuple(result[key] for key in ("tracks", "done", "computed", "found", "failed"))

    assert told("--shard", "1/2") == (2, 2, 1, 0, 1)
    assert told("--shard", "2/2") == (1, 1, 1, 0, 0)
    assert told() == (3, 3, 0, 2, 1)
    file = WAVE(tmp_path / "0.wav")
    file.add_tags()
    file.tags.add(TIT2(3, ["a title"]))
    file.save()
    assert told() == (3, 3, 0, 2, 1)
    assert told("--no-resume") == (3, 3, 2, 0, 1)


@pytest.mark.parametrize("shard", ["0/2", "3/2", "2", "a/b", "1/-1"])
def test_a_shard_must_be_a_part_of_a_whole(hearing: Path, capsys: Capture, shard: str) -> None:
    assert run(["features", str(hearing), "--shard", shard]) == 2
    assert "is no part of a whole but i/n with i from 1 to n is needed" in capsys.readouterr().err


def test_stopped_it_says_what_it_did(
    hearing: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "songs.csv").write_text("path,genre\nbroken.wav,a\n0.wav,a\n1.wav,b\n")

    @contextlib.contextmanager
    def pressed(*label: str) -> Iterator[Callable[[int, int], None]]:
        def advance(done: int, of: int) -> None:
            if done == 2:
                raise KeyboardInterrupt

        yield advance

    monkeypatch.setattr("unisono.cli._console.Console.progress", lambda self, *label: pressed(*label))
    failures = tmp_path / "failures.parquet"
    assert run(["features", str(hearing), "-j", "1", "--json", "--failures", str(failures)]) == 130
    shown = capsys.readouterr()
    result = json.loads(shown.out)
    assert (result["stopped"], result["done"], result["computed"], result["failed"]) == (True, 2, 1, 1)
    assert pl.read_parquet(failures)["id"].to_list() == ["broken.wav"]
    assert "the same command goes on from here" in shown.err

"""`features --into` and `tag --into`: shards, what is told of them, and options that do not go together."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import soundfile

from unisono.cli._app import run
from unisono.inputs.extraction import Bulk

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def music(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in: five sounds, one of them broken, their table, and an experiment."""
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    Path("music").mkdir()
    for number in range(5):
        soundfile.write(f"music/{number}.wav", np.sin(np.arange(8000.0) / (3 + number)), 8000)
    Path("music/4.wav").write_bytes(b"RIFF")
    Path("songs.csv").write_text("path,genre\n" + "".join(f"music/{n}.wav,a\n" for n in range(5)))
    Path("mine.toml").write_text(
        '[collection]\ntable = "songs.csv"\naudio = "path"\n'
        '[inputs.audio]\nkind = "mel"\nsample_rate = 8000\nduration = 1\n'
        '[tasks.genre]\nkind = "multiclass"\n[network]\nencoder = "conv2d"\n'
    )
    return tmp_path


def test_features_into_shards_and_from_there_into_a_cache(
    music: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)  # which nobody has asked for
    call = ["features", "mine.toml", "-j", "1", "--into", "shards", "--block", "2"]
    assert run([*call, "--failures", "failures.csv"]) == 3
    shown = capsys.readouterr()
    assert shown.out.splitlines() == [
        f"4 of 5 tracks in {music / 'shards'}",
        "3 shards made, 0 found whole there; 1 track failed",
    ]
    assert "4.wav" in shown.err and "4.wav" in Path("failures.csv").read_text()
    monkeypatch.setenv("UNISONO_CACHE", str(music / "other"))
    assert run([*call, "--fill-cache", "--json"]) == 3
    told = json.loads(capsys.readouterr().out)
    assert (told["blocks_made"], told["blocks_found"], told["kept"], told["filled"]) == (0, 3, 4, 4)
    assert run(["features", "mine.toml", "-j", "1", "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["found"] == 4


def test_tag_into_shards(music: Path, sound_model: Path, capsys: Capture) -> None:
    call = ["tag", str(sound_model), "music", "absent.wav", "--into", "tags", "--block", "2", "-j", "1"]
    assert run([*call, "--json", "--failures", "failures.csv"]) == 3
    told = json.loads(capsys.readouterr().out)
    assert (told["tracks"], told["kept"], told["failed"], told["blocks"]) == (5, 4, 1, 3)
    assert [Path(s["path"]).name for s in told["skipped"]] == ["absent.wav", "4.wav"]
    tags = pl.concat(pl.read_parquet(p) for p in sorted(Path("tags").glob("*.parquet")))
    assert set(tags["path"]) == {str(music / "music" / f"{n}.wav") for n in range(4)}
    assert len(Path("failures.csv").read_text().splitlines()) == 3


def test_stopped_it_goes_on_from_there(music: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    run_bulk = Bulk.run

    def pressed(self: Bulk) -> None:
        if self.tracks == 1:  # the last block
            raise KeyboardInterrupt
        run_bulk(self)

    monkeypatch.setattr(Bulk, "run", pressed)
    call = ["features", "mine.toml", "-j", "1", "--into", "shards", "--block", "2"]
    assert run(call) == 130
    shown = capsys.readouterr()
    assert "stopped before the end: the same command goes on from here" in shown.err
    assert "2 shards made" in shown.out
    monkeypatch.setattr(Bulk, "run", run_bulk)
    assert run(call) == 3
    assert "1 shard made, 2 found whole there" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--engine", "ray"], "--engine ray: it makes Parquet shards but nothing says where. Add --into FOLDER"),
        (["--engine", "rai", "--into", "s"], '--engine: "rai" is none of local, ray. Did you mean "ray"?'),
        (["--into", "s", "--ray-address", "a:1"], "--ray-address: names a cluster but the engine is local."),
        (["--into", "s", "--engine", "ray", "--insecure-cluster"], "--insecure-cluster: there is no cluster to"),
        (["--into", "s", "--shard", "1/2"], "--shard: does not go with --into."),
        (["--fill-cache"], "--fill-cache: there are no shards to fill it from."),
        (["--into", "mine.toml/s"], "/mine.toml/s: cannot be"),
        (["--into", "s", "--engine", "ray", "--ray-address", "10.0.0.1:6379"], "there is no token for the cluster"),
    ],
)
def test_bad_calls_are_one_line(
    music: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, options: list[str], line: str
) -> None:
    for name in ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH", "RAY_AUTH_MODE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(music))
    assert run(["features", "mine.toml", *options]) == 2
    (shown,) = capsys.readouterr().err.splitlines()
    assert line in shown


def test_without_ray_it_is_one_line(
    music: Path, sound_model: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setenv("RAY_AUTH_TOKEN", "told")
    assert run(["tag", str(sound_model), "music", "--into", "s", "--engine", "ray"]) == 2
    message = capsys.readouterr().err.splitlines()[-1]
    assert message == (
        'the engine ray: the package "ray" is not installed. Install it with: pip install "unisono[ray]"'
    )
    assert run(["tag", str(sound_model), "music", "--into", "s", "-o", "tags.csv"]) == 2
    assert "-o: does not go with --into" in capsys.readouterr().err

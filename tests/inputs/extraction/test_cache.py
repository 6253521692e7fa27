"""Cache entries: whole or not at all, checked when read, named by content; a naive cache fails the same test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import unisono
from unisono.errors import DiskFull, UserError
from unisono.inputs.extraction import Cache
from unisono.inputs.extraction.cache import Entry, default_folder

MEL = {"mel": np.arange(12, dtype=np.float32).reshape(3, 4)}
CONTENT = "ab" * 32


def test_what_is_written_is_read(tmp_path: Path):
    examples = [
        MEL,
        {"mel": MEL["mel"].astype(np.float16)[:, :1], "ids": np.array([1, 2], np.int32)},
        {"none": np.zeros((0, 3))},
    ]
    Cache(tmp_path).write(CONTENT, "key", Entry(examples, "half of it is missing"))
    entry = Cache(tmp_path).read(CONTENT, "key")
    assert entry is not None
    assert entry.damage == "half of it is missing"
    assert [list(e) for e in entry.examples] == [list(e) for e in examples]
    for read, wrote in zip(entry.examples, examples, strict=True):
        for name, array in wrote.items():
            np.testing.assert_array_equal(read[name], array)
            assert (read[name].dtype, read[name].shape) == (array.dtype, array.shape)


def test_what_was_never_written_is_none(tmp_path: Path):
    cache = Cache(tmp_path)
    cache.write(CONTENT, "key", Entry([MEL]))
    assert cache.read(CONTENT, "other") is None
    assert cache.read("cd" * 32, "key") is None


def test_every_flipped_bit_and_every_cut_is_noticed(tmp_path: Path):
    cache = Cache(tmp_path, ram=0)
    cache.write(CONTENT, "key", Entry([MEL]))
    path = cache.path(CONTENT, "key")
    whole = path.read_bytes()
    damaged = [whole[:i] + bytes([whole[i] ^ 4]) + whole[i + 1 :] for i in range(len(whole))]
    damaged += [whole[:i] for i in range(0, len(whole), 7)] + [whole + b"\0"]
    for data in damaged:
        path.write_bytes(data)
        assert cache.read(CONTENT, "key") is None
        assert not path.exists()
    assert cache.damaged == len(damaged)
    path.write_bytes(whole)
    assert cache.read(CONTENT, "key") is not None


def test_the_naive_cache_takes_a_flipped_bit_for_music(tmp_path: Path):
    path = tmp_path / "entry.npy"
    np.save(path, MEL["mel"])
    data = bytearray(path.read_bytes())
    data[-2] ^= 4
    path.write_bytes(bytes(data))
    assert not np.array_equal(np.load(path), MEL["mel"])


def test_memory_keeps_what_fits(tmp_path: Path):
    cache = Cache(tmp_path, ram=MEL["mel"].nbytes)
    for key in ("first", "second"):
        cache.write(CONTENT, key, Entry([MEL]))
        assert cache.read(CONTENT, key) is not None
        cache.path(CONTENT, key).unlink()
    assert cache.read(CONTENT, "first") is not None
    assert cache.read(CONTENT, "second") is None


def test_the_default_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("UNISONO_CACHE", raising=False)
    assert default_folder() == tmp_path / "unisono"
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "mine"))
    assert default_folder() == tmp_path / "mine"


def test_a_folder_that_cannot_be_made_is_a_users_error(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"the cache cannot be made .* Set UNISONO_CACHE"):
        Cache(tmp_path / "file" / "cache").write(CONTENT, "key", Entry([MEL]))


def test_a_cache_that_keeps_nothing_makes_no_folder(tmp_path: Path):
    assert Cache(tmp_path / "cache").read(CONTENT, "key") is None
    assert not (tmp_path / "cache").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    cache = Cache(tmp_path)
    monkeypatch.setattr("unisono.inputs.extraction.cache.tempfile.mkstemp", _full)
    with pytest.raises(DiskFull, match="the disk is full"):
        cache.write(CONTENT, "key", Entry([MEL]))
    assert cache.read(CONTENT, "key") is None


def _full(dir: Path) -> tuple[int, str]:
    return os.open("/dev/full", os.O_WRONLY), str(dir / "unfinished")


def test_what_a_killed_process_left_is_swept_after_a_while(tmp_path: Path):
    old, new = tmp_path / "unfinished" / "old", tmp_path / "unfinished" / "new"
    old.parent.mkdir()
    for path in (old, new):
        path.write_bytes(b"torn")
    os.utime(old, (time.time() - 7200,) * 2)
    Cache(tmp_path).write(CONTENT, "key", Entry([MEL]))
    assert (old.exists(), new.exists()) == (False, True)


KILLS = 4  # of ours; the naive cache is killed until it is caught, which takes one or two
OURS = """
import sys, numpy as np
from pathlib import Path
from unisono.inputs.extraction.cache import Cache, Entry
cache, big = Cache(Path(sys.argv[1])), np.ones(4_000_000, np.float32)
for i in range(10_000):
    cache.write(f"{i % 8:064d}", "key", Entry([{"mel": big}]))
    print(flush=True)
"""
NAIVE = """
import sys, numpy as np
big = np.ones(4_000_000, np.float32)
for i in range(10_000):
    np.save(f"{sys.argv[1]}/{i % 8}.npy", big)
    print(flush=True)
"""


def test_kill_9_leaves_no_torn_entry(tmp_path: Path):
    for kill in range(KILLS):
        folder = tmp_path / str(kill)
        _killed_while_writing(OURS, folder, after=1 + kill, seconds=0.004 * kill)
        cache = Cache(folder, ram=0)
        entries = [path.name.split("-")[0] for path in folder.glob("??/*")]
        assert entries
        assert all(cache.read(content, "key") is not None for content in entries)


def test_kill_9_tears_an_entry_of_the_naive_cache(tmp_path: Path):
    for kill in range(20):
        folder = tmp_path / str(kill)
        _killed_while_writing(NAIVE, folder, after=1 + kill % 3, seconds=0.003 * (kill + 1))
        if len({path.stat().st_size for path in folder.glob("*.npy")}) > 1:
            return
    pytest.fail("20 kills tore nothing: the test above cannot see a torn entry")


def _killed_while_writing(program: str, folder: Path, after: int, seconds: float) -> None:
    """Kill a program some time after it has written so many entries."""
    folder.mkdir()
    environment = os.environ | {"PYTHONPATH": str(Path(unisono.__file__).parent.parent)}
    command = [sys.executable, "-c", program, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        for _ in range(after):
            assert process.stdout.readline()
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)

"""Filling the cache in bulk: every track accounted for, nothing computed twice, stopped anywhere without a loss."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import unisono
from unisono.errors import MissingExtra, UserError
from unisono.inputs.extraction import Bulk, Cache, Plan, Shard, Workers, extract
from unisono.inputs.mel import Mel

EAR = Mel(sample_rate=8_000, n_fft=256, hop_length=256, n_mels=20, duration=2.0)
ONE = Workers(1)


def filled(songs: list[Any], cache: Cache, plan: Plan | None = None) -> Bulk:
    bulk = Bulk({"audio": EAR}, songs, cache, plan or Plan(ONE))
    bulk.run()
    return bulk


def counted(bulk: Bulk) -> tuple[int, ...]:
    counts = bulk.counts
    assert counts.done == counts.computed + counts.found + counts.failed + counts.absent
    return counts.computed, counts.found, counts.failed, counts.absent


def no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "unisono.inputs.extraction.pool.Worker._start", lambda self: pytest.fail("a worker was started")
    )


def test_it_fills_what_extract_reads(tracks: Callable, cache: Cache, monkeypatch: pytest.MonkeyPatch):
    songs = tracks("a.wav", "b.wav", "torn.wav", "text.mp3")
    songs[2].audio.write_bytes(songs[2].audio.read_bytes()[:30_000])
    songs[3].audio.write_text("no sound at all")
    silent, again = type(songs[0])("silent"), type(songs[0])("again", songs[0].audio)
    seen: list[tuple[int, int]] = []
    bulk = Bulk({"audio": EAR}, [*songs, silent, again], cache, Plan(Workers(2)))
    bulk.run(lambda *at: seen.append(at))
    assert counted(bulk) == (2, 1, 2, 1)
    assert seen == [(n, 6) for n in range(1, 7)]
    assert [(f.index, f.id, f.input) for f in bulk.failures] == [(2, "torn.wav", "audio"), (3, "text.mp3", "audio")]
    assert "that its header promises. It is damaged" in bulk.failures[0].reason
    no_workers(monkeypatch)
    for i, song in enumerate(songs[:2]):
        (ours,) = extract({"audio": EAR}, [song], cache=Cache(cache.folder)).examples("audio", 0)
        np.testing.assert_array_equal(ours["mel"], EAR.read(songs[i])[0]["mel"])


def test_what_is_there_is_not_computed_again_unless_asked(
    tracks: Callable, cache: Cache, monkeypatch: pytest.MonkeyPatch
):
    songs = tracks("a.wav", "b.wav")
    assert counted(filled(songs, cache)) == (2, 0, 0, 0)
    assert counted(filled(songs, cache, Plan(ONE, resume=False))) == (2, 0, 0, 0)
    moved = [type(s)(s.id, s.audio.rename(s.audio.with_name(f"moved-{s.id}"))) for s in songs]
    no_workers(monkeypatch)
    assert counted(filled(moved, cache)) == (0, 2, 0, 0)


def test_shards_are_the_whole_once(tracks: Callable, cache: Cache):
    songs = tracks(*(f"{n}.wav" for n in range(5)))
    shards = [filled(songs, cache, Plan(ONE, Shard(n, 3))) for n in (1, 2, 3)]
    assert [counted(bulk) for bulk in shards] == [(2, 0, 0, 0), (2, 0, 0, 0), (1, 0, 0, 0)]
    assert counted(filled(songs, cache)) == (0, 5, 0, 0)
    with pytest.raises(UserError, match=r'--shard: "4/3" is no part of a whole'):
        Shard.parse("4/3")


def test_a_damaged_entry_is_computed_again_and_counted(tracks: Callable, cache: Cache):
    songs = tracks("a.wav", "b.wav")
    filled(songs, cache)
    path = next(cache.folder.glob("??/*"))
    path.write_bytes(path.read_bytes()[:-8] + bytes(8))
    bulk = filled(songs, cache)
    assert (counted(bulk), bulk.cache.damaged) == ((1, 1, 0, 0), 1)


def test_a_dead_or_hanging_worker_costs_one_file(tracks: Callable, cache: Cache, faults: None):
    songs = tracks("a.wav", "segfault-b.wav", "hang-c.wav", "d.wav")
    bulk = filled(songs, cache, Plan(Workers(1, time_limit=2.0)))
    assert counted(bulk) == (2, 0, 2, 0)
    assert "crashes its reader (SIGSEGV)" in bulk.failures[0].reason
    assert "takes longer than 2 s" in bulk.failures[1].reason


@dataclass(frozen=True)
class Counting:
    """A costly input that reads no file: it notes which thread reads it."""

    threads: set[int]
    needs: str = "lyrics"
    costly: bool = True

    def key(self) -> str:
        return "counting"

    def model_dump(self, **how: Any) -> Mapping[str, Any]:
        return {"kind": "counting"}

    def read(self, track: Any) -> list[dict[str, Any]]:
        if track.lyrics == "none":
            raise MissingExtra("counting", "needs what is not there")
        self.threads.add(threading.get_ident())
        return [{"length": np.array([len(track.lyrics)])}]


def test_what_decodes_nothing_needs_no_process(cache: Cache, monkeypatch: pytest.MonkeyPatch):
    no_workers(monkeypatch)
    part, songs = Counting(set()), [SimpleNamespace(id=str(n), audio=None, lyrics="la" * n) for n in range(1, 9)]
    bulk = Bulk({"words": part}, songs, cache, Plan(Workers(2)))  # type: ignore[dict-item]
    bulk.run()
    assert counted(bulk) == (8, 0, 0, 0)
    assert threading.get_ident() not in part.threads
    songs[0].lyrics = "none"
    with pytest.raises(MissingExtra, match="needs what is not there"):
        Bulk({"words": part}, songs, cache, Plan(Workers(2))).run()  # type: ignore[dict-item]


PROGRAM = """
from pathlib import Path
from types import SimpleNamespace
from unisono.inputs.extraction import Bulk, Cache, Plan, Workers
from unisono.inputs.mel import Mel
paths = sorted(Path({folder!r}).glob("*.wav"))
tracks = [SimpleNamespace(id=p.name, audio=p, lyrics=None, values={{}}) for p in paths]
ear = Mel(sample_rate=8_000, n_fft=256, hop_length=256, n_mels=20, duration=2.0)
bulk = Bulk({{"audio": ear}}, tracks, Cache(Path({cache!r}), ram=0), Plan(Workers(1)))
bulk.run(lambda done, of: print(done, flush=True))
"""


@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_anywhere_it_goes_on_where_it_was(
    with_signal: signal.Signals, tracks: Callable, cache: Cache, tmp_path: Path, faults: None
):
    songs = tracks(*(f"slow-{i:02d}.wav" for i in range(9)))
    paths = [str(Path(unisono.__file__).parent.parent), os.environ["PYTHONPATH"]]
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(folder=str(tmp_path), cache=str(cache.folder))],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        while process.stdout.readline() not in (b"3\n", b""):
            pass
        process.send_signal(with_signal)
        assert process.wait(timeout=20) != 0
        process.stdout.read()
    bulk = filled(songs, cache)
    assert bulk.counts.found in (3, 4, 5)
    assert (bulk.counts.computed + bulk.counts.found, bulk.counts.failed, bulk.cache.damaged) == (9, 0, 0)

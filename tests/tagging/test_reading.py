"""Reading in processes: order, failures, crashes, and how far ahead."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from unisono.collection.tracks import Track
from unisono.errors import AudioError, DiskFull, TableError
from unisono.inputs import Input, input_of
from unisono.inputs.extraction import Workers
from unisono.inputs.extraction.pool import Worker
from unisono.inputs.hearing.decoding import DAMAGED
from unisono.tagging import open_model, reading
from unisono.tagging.reading import read_all, read_one

Tone = Callable[..., Path]
TWO = Workers(2)


@pytest.fixture
def hearing(sound_model: Path) -> dict[str, Input]:
    return dict(open_model(sound_model).model.inputs)


@pytest.fixture
def both(hearing: dict[str, Input]) -> dict[str, Input]:
    return hearing | {"lyrics": input_of({"kind": "words", "vocabulary": ["la"]})}


def raising(error: Exception) -> dict[str, Any]:
    def read(track: Track) -> object:
        raise error

    return {"audio": SimpleNamespace(read=read, costly=False, needs="audio")}


def test_an_exception_is_the_tracks_own() -> None:
    track = Track("a")
    assert read_one(raising(AudioError("a.mp3", "is damaged", "Get it again.")), track) == "is damaged. Get it again."
    cut = read_one(raising(AudioError("a.mp3", "holds 1 of 2 s", DAMAGED)), track)
    assert cut == "holds 1 of 2 s. It is damaged: get it again.", "this input cannot hear a part"
    assert read_one(raising(KeyError("x")), track) == "cannot be read (KeyError: 'x')."
    assert read_one(raising(MemoryError()), track) == "cannot be read (MemoryError: )."


def test_what_concerns_every_track_ends_the_run() -> None:
    with pytest.raises(TableError, match="no column"):
        read_one(raising(TableError("songs.csv", "no column")), Track("a"))


def test_nothing_to_read_has_a_reason(hearing: dict[str, Input], both: dict[str, Input]) -> None:
    assert read_one(hearing, Track("a")) == "it has no sound"
    assert read_one(both, Track("a")) == "it has no sound and it has no lyrics"


@pytest.mark.parametrize("few", [100, 0], ids=["here", "processes"])
def test_results_come_in_order(
    both: dict[str, Input], tone: Tone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(reading, "FEW", few)
    good = [tone(tmp_path / f"{n}.wav", 200, 0.3 + n / 10) for n in range(3)]
    (tmp_path / "bad.mp3").write_bytes(b"nothing")
    tracks = [
        Track("0", good[0]),
        Track("bad", tmp_path / "bad.mp3", "la la"),
        Track("1", good[1], "la"),
        Track("words", None, "la la la"),
        Track("gone", tmp_path / "gone.wav"),
        Track("nothing"),
        Track("2", good[2]),
    ]
    read = list(read_all(both, tracks, TWO))
    assert [isinstance(r, str) for r in read] == [False, True, False, False, True, True, False]
    rows = [{n: len(e) for n, e in r.items()} for r in read if not isinstance(r, str)]
    assert rows == [{"audio": 1, "lyrics": (n > 0 and 1) or 0} for n in (0, 1)] + [
        {"audio": 0, "lyrics": 1},
        {"audio": 1, "lyrics": 0},
    ]
    assert read[5] == "it has no sound and it has no lyrics"


def test_processes_give_the_same_arrays(
    hearing: dict[str, Input], tone: Tone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracks = [Track(str(n), tone(tmp_path / f"{n}.flac", 100 * n)) for n in range(1, 4)]
    here: Any = list(read_all(hearing, tracks, TWO))
    monkeypatch.setattr(reading, "FEW", 0)
    there: Any = list(read_all(hearing, tracks, TWO))
    for one, other in zip(here, there, strict=True):
        assert (one["audio"][0]["mel"] == other["audio"][0]["mel"]).all()


class Staged:
    """A worker that does as the track's id says."""

    asked: list[str] = []

    def __init__(self, setup: object, workers: Workers) -> None:
        pass

    def ask(self, job: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(job["id"])
        kind = {"full": "DiskFull", "crash": "AudioError"}[job["id"]]
        return {"error": {"kind": kind, "where": job["id"], "found": job["id"], "advice": ""}}

    def stop(self) -> None:
        pass

    close = stop


@pytest.fixture
def staged(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Staged]]:
    monkeypatch.setattr(reading, "Worker", Staged)
    monkeypatch.setattr(reading, "FEW", 0)
    Staged.asked = []
    yield Staged


def test_a_crash_is_a_reason_and_a_full_disk_the_end(
    staged: type[Staged], hearing: dict[str, Input], tone: Tone, tmp_path: Path
) -> None:
    sound = tone(tmp_path / "a.wav")
    read = read_all(hearing, [Track("crash", sound), Track("crash", sound), Track("full", sound)], Workers(1))
    assert [next(read), next(read)] == ["crash.", "crash."]
    with pytest.raises(DiskFull, match="full"):
        next(read)


def test_only_a_bounded_number_is_read_ahead(
    staged: type[Staged], hearing: dict[str, Input], tone: Tone, tmp_path: Path
) -> None:
    tracks = [Track("crash", tone(tmp_path / "a.wav"))] * 100
    read = read_all(hearing, tracks, TWO)
    next(read)
    assert len(staged.asked) <= 2 * reading.AHEAD + 1
    read.close()  # type: ignore[attr-defined]


def test_nothing_is_left_behind(
    hearing: dict[str, Input], tone: Tone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.setattr(reading, "FEW", 0)
    begun: list[Any] = []
    start = Worker._start
    monkeypatch.setattr(Worker, "_start", lambda worker: begun.append(start(worker)) or begun[-1])
    read = read_all(hearing, [Track("a", tone(tmp_path / "a.wav"))] * 9, TWO)
    next(read)
    assert any(process.poll() is None for process in begun)
    read.close()  # type: ignore[attr-defined]
    assert all(process.poll() is not None for process in begun)
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_process_that_dies_while_it_answers_costs_one_track(
    hearing: dict[str, Input], tone: Tone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "faults").mkdir()
    (tmp_path / "faults" / "sitecustomize.py").write_text(_DIES_ANSWERING)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "faults"))
    monkeypatch.setattr(reading, "FEW", 0)
    names = ["a", "dies", "b"]
    tracks = [Track(name, tone(tmp_path / f"{name}.wav", seconds=1.0 + n / 10)) for n, name in enumerate(names)]
    first, second, third = read_all(hearing, tracks, Workers(1))
    assert second == "crashes its reader (SIGKILL). It is damaged; convert it again."
    for read, track in ((first, tracks[0]), (third, tracks[2])):
        here: Any = read_one(hearing, track)
        assert not isinstance(read, str)
        assert (read["audio"][0]["mel"] == here["audio"][0]["mel"]).all()


_DIES_ANSWERING = """
import os, signal, sys

class Patcher:
    def find_spec(self, name, path=None, target=None):
        if name == "unisono.inputs.extraction.content":
            import unisono.inputs.extraction.cache as cache
            packed = cache.packed

            def torn(entry):
                pieces = packed(entry)
                if torn.calls == 1:  # the second file: half an answer, then nothing
                    return [*pieces[:-1], Half(pieces[-1])]
                torn.calls += 1
                return pieces

            torn.calls = 0
            cache.packed = torn
        return None

class Half(bytes):
    def __new__(cls, whole):
        self = super().__new__(cls, bytes(whole)[: len(whole) // 2])
        self.whole = len(whole)
        return self

    def __len__(self):
        import threading
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGKILL)).start()
        return self.whole

sys.meta_path.insert(0, Patcher())
"""


def test_a_script_without_a_guard_is_not_run_again(tmp_path: Path, tone: Tone, sound_model: Path) -> None:
    for number in range(6):
        tone(tmp_path / "music" / f"{number}.wav")
    script = tmp_path / "script.py"
    script.write_text(
        "import unisono\nprint('once')\n"
        f"print(len(unisono.open_model({str(sound_model)!r}).tag({str(tmp_path / 'music')!r}, workers=2)))\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, env=os.environ, check=True)
    assert done.stdout.splitlines() == ["once", "6"]

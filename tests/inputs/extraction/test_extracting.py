"""Extraction of many tracks: every file accounted for, whatever happens to it or to its worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import unisono
from unisono.errors import AudioError, TooShort
from unisono.inputs.columns import Columns
from unisono.inputs.extraction import Cache, Workers, content, extract, extracting, fit
from unisono.inputs.mel import Mel
from unisono.inputs.words import Words

EAR = Mel(sample_rate=8_000, n_fft=256, hop_length=256, n_mels=20, duration=2.0)


def test_what_workers_compute_is_what_read_gives(tracks: Callable, cache: Cache):
    songs = tracks("a.wav", "b.wav", "c.wav")
    seen: list[tuple[int, int]] = []
    extracted = extract({"audio": EAR}, songs, cache=cache, workers=2, progress=lambda *at: seen.append(at))
    for i, song in enumerate(songs):
        (ours,), (theirs,) = extracted.examples("audio", i), EAR.read(song)
        np.testing.assert_array_equal(ours["mel"], theirs["mel"])
    assert extracted.failures == []
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_the_second_time_nothing_is_computed(tracks: Callable, cache: Cache, monkeypatch: pytest.MonkeyPatch):
    songs = tracks("a.wav", "b.wav")
    extract({"audio": EAR}, songs, cache=cache, workers=1)
    monkeypatch.setattr(
        "unisono.inputs.extraction.pool.Worker._start", lambda self: pytest.fail("a worker was started")
    )
    moved = [type(s)(s.id, s.audio.rename(s.audio.with_name(f"moved-{s.id}"))) for s in songs]
    extracted = extract({"audio": EAR}, moved, cache=Cache(cache.folder), workers=1)
    assert extracted.has("audio", 0)
    assert extracted.has("audio", 1)


def test_digests_are_taken_by_several_threads(tracks: Callable, cache: Cache, monkeypatch: pytest.MonkeyPatch):
    songs, together = tracks("a.wav", "b.wav"), threading.Barrier(2, timeout=20)
    missing = type(songs[0])("missing", songs[0].audio.with_name("missing.wav"))
    take = content.sound_digest

    def slowly(path: Path) -> str:
        together.wait()  # broken, and so an error, when one comes after the other
        return take(path)

    monkeypatch.setattr(content, "sound_digest", slowly)
    extracted = extract({"audio": EAR}, [*songs, missing, *songs], cache=cache, workers=2)
    assert [extracted.has("audio", i) for i in range(5)] == [True, True, False, True, True]
    assert [f.id for f in extracted.failures] == ["missing"]


def test_another_input_is_another_entry(tracks: Callable, cache: Cache):
    songs, other = tracks("a.wav"), EAR.model_copy(update={"n_mels": 10})
    extracted = extract({"one": EAR, "two": other}, songs, cache=cache, workers=1)
    assert [len(extracted.examples(n, 0)[0]["mel"]) for n in ("one", "two")] == [20, 10]


def test_the_same_file_twice_is_computed_once(tracks: Callable, cache: Cache):
    (song,) = tracks("a.wav")
    seen: list[tuple[int, int]] = []
    extracted = extract({"audio": EAR}, [song, song], cache=cache, workers=1, progress=lambda *at: seen.append(at))
    assert seen[-1] == (1, 1)
    assert extracted.has("audio", 0)
    assert extracted.has("audio", 1)


def test_cheap_inputs_are_read_in_this_process(cache: Cache, tracks: Callable, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        "unisono.inputs.extraction.pool.Worker._start", lambda self: pytest.fail("a worker was started")
    )
    made = type(tracks("a.wav")[0])
    songs = [made("a", None, "la la night", {"tempo": 120.0}), made("b", None, None, {"tempo": 90.0})]
    inputs = fit({"lyrics": Words(min_count=1), "numbers": Columns(columns=["tempo"])}, songs, cache=cache)
    extracted = extract(inputs, songs, cache=cache)
    assert len(extracted.examples("lyrics", 0)) == 1
    assert (extracted.examples("lyrics", 1), extracted.has("lyrics", 1)) == ([], False)
    assert len(extracted.examples("numbers", 1)) == 1


def test_bad_files_are_named_and_the_rest_goes_on(tracks: Callable, cache: Cache, tmp_path: Path):
    songs = tracks("good.wav", "torn.wav", "short.wav", "text.mp3", "other.wav")
    songs[1].audio.write_bytes(songs[1].audio.read_bytes()[:30_000])
    songs[2].audio.write_bytes(songs[2].audio.read_bytes()[:44] + bytes(100))
    songs[3].audio.write_text("no sound at all")
    missing, silent = type(songs[0])("missing", tmp_path / "missing.wav"), type(songs[0])("no audio")
    extracted = extract({"audio": EAR}, [*songs, missing, silent], cache=cache, workers=2)
    assert [(f.index, f.id, f.input, f.used) for f in extracted.failures] == [
        (i, name, "audio", False) for i, name in enumerate(["torn.wav", "short.wav", "text.mp3"], 1)
    ] + [(5, "missing", "audio", False)]
    assert "that its header promises. It is damaged" in extracted.failures[0].reason
    assert "cannot be read as sound" in extracted.failures[2].reason
    assert [extracted.has("audio", i) for i in range(7)] == [True, False, False, False, True, False, False]
    assert extracted.examples("audio", 1) == extracted.examples("audio", 6) == []


def test_damaged_files_can_be_used_and_are_said_all_the_same(tracks: Callable, cache: Cache):
    songs = tracks("torn.wav", "text.mp3")
    songs[0].audio.write_bytes(songs[0].audio.read_bytes()[:50_000])
    songs[1].audio.write_text("no sound at all")
    used = extract({"audio": EAR}, songs, cache=cache, workers=1, on_bad="use")
    assert [(f.id, f.used) for f in used.failures] == [("torn.wav", True), ("text.mp3", False)]
    assert len(used.examples("audio", 0)) == 1
    # what was used once is not taken for whole the next time, although it is in the cache
    skipped = extract({"audio": EAR}, songs, cache=Cache(cache.folder), workers=1)
    assert [(f.id, f.used) for f in skipped.failures] == [("torn.wav", False), ("text.mp3", False)]
    assert skipped.examples("audio", 0) == []


def test_stop_raises_at_the_first(tracks: Callable, cache: Cache):
    songs = tracks("a.wav", "torn.wav")
    songs[1].audio.write_bytes(songs[1].audio.read_bytes()[:30_000])
    with pytest.raises(AudioError, match=r"torn.wav: holds .* that its header promises"):
        extract({"audio": EAR}, songs, cache=cache, workers=1, on_bad="stop")
    songs[1].audio.write_bytes(songs[0].audio.read_bytes()[:44] + bytes(4))
    with pytest.raises((TooShort, AudioError), match=r"torn.wav"):
        extract({"audio": EAR}, songs, cache=cache, workers=1, on_bad="stop")


def test_a_dead_or_hanging_worker_costs_one_file(tracks: Callable, cache: Cache, faults: None):
    names = ["a.wav", "segfault-b.wav", "raise-c.wav", "greedy-d.wav", "hang-e.wav", "f.wav", "g.wav"]
    extracted = extract({"audio": EAR}, tracks(*names), cache=cache, workers=Workers(1, time_limit=2.0))
    assert [f.index for f in extracted.failures] == [1, 2, 3, 4]
    reasons = [f.reason for f in extracted.failures]
    assert "crashes its reader (SIGSEGV)" in reasons[0]
    assert "ZeroDivisionError: a reader's mistake" in reasons[1]
    assert "MemoryError" in reasons[2]
    assert "takes longer than 2 s" in reasons[3]
    assert [len(extracted.examples("audio", i)) for i in (0, 5, 6)] == [1, 1, 1]


def test_a_damaged_entry_is_computed_again_and_counted(tracks: Callable, cache: Cache):
    songs = tracks("a.wav", "b.wav")
    extract({"audio": EAR}, songs, cache=cache, workers=1)
    fresh = Cache(cache.folder, ram=0)
    extracted = extract({"audio": EAR}, songs, cache=fresh, workers=1)
    for path in cache.folder.glob("??/*"):
        path.write_bytes(path.read_bytes()[:-8] + bytes(8))
    for i, song in enumerate(songs):
        np.testing.assert_array_equal(extracted.examples("audio", i)[0]["mel"], EAR.read(song)[0]["mel"])
    assert extracted.recomputed == 2


def test_a_file_that_changes_after_its_digest_was_taken_is_not_kept(
    tracks: Callable, cache: Cache, monkeypatch: pytest.MonkeyPatch
):
    (song,) = tracks("a.wav")
    pool = extracting.computed_by_pool

    def changed_before(*args: Any) -> Any:
        os.utime(song.audio, (1.0, 1.0))
        return pool(*args)

    monkeypatch.setattr(extracting, "computed_by_pool", changed_before)
    extracted = extract({"audio": EAR}, [song], cache=cache, workers=1)
    assert "was changed while it was read" in extracted.failures[0].reason
    assert not list(cache.folder.glob("??/*"))


def test_band_means_are_learned_without_decoding_twice(tracks: Callable, cache: Cache):
    songs = tracks("a.wav", "b.wav", "torn.wav")
    songs[2].audio.write_bytes(songs[2].audio.read_bytes()[:3_000])
    ear = EAR.model_copy(update={"normalise": "band"})
    fitted = fit({"audio": ear}, songs, cache=cache, workers=1)["audio"]
    assert isinstance(fitted, Mel)
    assert fitted.band_mean == ear.fit(songs[:2]).band_mean
    seen: list[tuple[int, int]] = []
    extract({"audio": fitted}, songs[:2], cache=cache, workers=1, progress=lambda *at: seen.append(at))
    assert seen == [(2, 2)]


PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from unisono.inputs.extraction import Cache, Workers, extract
from unisono.inputs.mel import Mel
from types import SimpleNamespace
paths = sorted(Path({folder!r}).glob("*.wav"))
tracks = [SimpleNamespace(id=p.name, audio=p, lyrics=None, values={{}}) for p in paths]
ear = Mel(sample_rate=8_000, n_fft=256, hop_length=256, n_mels=20, duration=2.0)
def progress(done, total):
    print(done, flush=True)
extract({{"audio": ear}}, tracks, cache=Cache(Path({cache!r})), workers=Workers(1), progress=progress)
"""


@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_anywhere_it_goes_on_where_it_was(
    with_signal: signal.Signals, tracks: Callable, cache: Cache, tmp_path: Path, faults: None
):
    songs = tracks(*(f"slow-{i:02d}.wav" for i in range(12)))
    program = PROGRAM.format(tests=str(tmp_path), folder=str(tmp_path), cache=str(cache.folder))
    paths = [str(Path(unisono.__file__).parent.parent), os.environ["PYTHONPATH"]]
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        while process.stdout.readline() not in (b"3\n", b""):
            pass
        os.killpg(process.pid, with_signal) if with_signal == signal.SIGINT else process.kill()
        assert process.wait(timeout=20) != 0
        group = process.pid
    assert _gone(group), "a worker outlives its parent"
    kept = len(list(cache.folder.glob("??/*")))
    assert 3 <= kept < 12
    seen: list[tuple[int, int]] = []
    extracted = extract({"audio": EAR}, songs, cache=cache, workers=1, progress=lambda *at: seen.append(at))
    assert seen[0] == (kept, 12)
    assert extracted.recomputed == 0
    np.testing.assert_array_equal(extracted.examples("audio", 5)[0]["mel"], EAR.read(songs[5])[0]["mel"])


def _gone(group: int) -> bool:
    """Whether no process of a session is left, within some seconds."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False

"""Reading in workers: order, failures, crashes, and what a worker must not do."""

from __future__ import annotations

import os
import subprocess
import sys
from copy import copy
from functools import partial
from operator import methodcaller
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from unisono.errors import AudioError
from unisono.tagging import reading
from unisono.tagging.reading import CRASHED, read_all, read_one

# An input whose `read` calls what the track holds: all of it can be sent to a worker.
ACTING = {"audio": SimpleNamespace(read=methodcaller("act"), costly=True, needs="audio")}


def track(name: str, act: Any) -> SimpleNamespace:
    return SimpleNamespace(id=name, act=act, audio=None)


def giving(number: float) -> SimpleNamespace:
    return track(str(number), partial(copy, [{"mel": np.array([number])}]))


def numbers(read: Any) -> list[Any]:
    return [r if isinstance(r, str) else float(r["audio"][0]["mel"][0]) for r in read]


def test_an_exception_is_the_tracks_own() -> None:
    refused = track("a", partial(exec, "raise E('a.mp3', 'is damaged', 'Get it again.')", {"E": AudioError}))
    assert read_one(ACTING, refused) == "is damaged. Get it again."
    assert read_one(ACTING, track("b", partial(int, "x"))).startswith("cannot be read: ValueError: invalid literal")
    assert read_one(ACTING, track("c", partial(exec, "raise MemoryError"))) == "it needs more memory than there is"


def test_nothing_to_read_has_a_reason() -> None:
    assert read_one(ACTING, track("a", list)) == "it has no sound"


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_order(workers: int) -> None:
    tracks = [giving(float(n)) for n in range(20)]
    tracks[3] = track("bad", partial(int, "x"))
    expected = [float(n) for n in range(20)]
    read = numbers(read_all(ACTING, tracks, workers))  # type: ignore[arg-type]
    assert read[:3] + read[4:] == expected[:3] + expected[4:]
    assert read[3].startswith("cannot be read: ValueError")


def test_a_crash_costs_one_track() -> None:
    tracks = [giving(float(n)) for n in range(12)]
    tracks[5] = track("killer", partial(os._exit, 9))
    read = numbers(read_all(ACTING, tracks, 2))  # type: ignore[arg-type]
    assert read[5] == CRASHED
    assert [r for r in read if r != CRASHED] == [float(n) for n in range(12) if n != 5]


def test_few_tracks_start_no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_by_workers", lambda *_: pytest.fail("workers were started"))
    assert numbers(read_all(ACTING, [giving(1.0)], 8)) == [1.0]  # type: ignore[list-item]
    cheap = {"audio": SimpleNamespace(**{**vars(ACTING["audio"]), "costly": False})}
    assert len(numbers(read_all(cheap, [giving(1.0)] * 20, 8))) == 20  # type: ignore[list-item]


def test_only_a_bounded_number_is_read_ahead() -> None:
    taken = []

    def tracks() -> Any:
        for n in range(100):
            taken.append(n)
            yield giving(float(n))

    read = reading._by_workers(ACTING, tracks(), 2)  # type: ignore[arg-type]
    next(read)
    assert len(taken) <= 2 * reading.AHEAD + 1
    read.close()


def test_a_script_without_a_guard_is_not_run_again(tmp_path: Any) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "print('once')\n"
        "from functools import partial\nfrom operator import methodcaller\nfrom types import SimpleNamespace\n"
        "from unisono.tagging.reading import read_all\n"
        "inputs = {'a': SimpleNamespace(read=methodcaller('act'), costly=True)}\n"
        "act = partial(__import__('os').getenv, 'OMP_NUM_THREADS')\n"
        "tracks = [SimpleNamespace(id='x', act=act, audio=None)] * 6\n"
        "print(next(read_all(inputs, tracks, 2)))\n"
    )
    environment = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.splitlines() == ["once", "{'a': '1'}"]

"""Tracks to examples, in this process or in several: in order, few ahead, and a bad file costs only itself."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from types import ModuleType

from unisono.errors import UserError
from unisono.inputs import Input, Source
from unisono.inputs.batching import TrackExamples, rows_of

Read = TrackExamples | str  # what was read, or the reason why not
AHEAD = 4  # tracks read ahead, a worker
FEW = 4  # so few costly tracks are read sooner here than workers start
CRASHED = "the program that reads it crashed"
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

_inputs: Mapping[str, Input] = {}  # of a worker process


def read_one(inputs: Mapping[str, Input], track: Source) -> Read:
    """The examples of one track for every input, or the reason why there are none.

    Any exception of a reader is this track's, never the run's.
    """
    try:
        examples = {name: part.read(track) for name, part in inputs.items()}
    except UserError as error:
        return f"{error.found}." + (f" {error.advice}" if error.advice else "")
    except MemoryError:
        return "it needs more memory than there is"
    except Exception as error:  # readers are other people's libraries: whatever they raise is about this file
        return f"cannot be read: {type(error).__name__}: {error}"
    return examples if rows_of(examples) else _lacking(inputs, track)


def read_all(inputs: Mapping[str, Input], tracks: Sequence[Source], workers: int) -> Iterator[Read]:
    """What `read_one` gives for every track, in their order.

    Args:
        workers: processes; with one, or where nothing is costly to read, it is done here.
    """
    costly = any(part.costly for part in inputs.values())
    if workers > 1 and costly and len(tracks) > FEW:
        yield from _by_workers(inputs, tracks, workers)
    else:
        for track in tracks:
            yield read_one(inputs, track)


def _lacking(inputs: Mapping[str, Input], track: Source) -> str:
    """Why nothing was read of a track, in the inputs' own words where they have some."""
    told = [getattr(part, "why_missing", _no_sound)(track) for part in inputs.values()]
    return " and ".join(dict.fromkeys(why for why in told if why)) or "there is nothing to hear or read"


def _no_sound(track: Source) -> str | None:
    return "it has no sound" if track.audio is None else None


def _by_workers(inputs: Mapping[str, Input], tracks: Iterable[Source], workers: int) -> Iterator[Read]:
    ahead: deque[tuple[Source, Future[Read]]] = deque()
    waiting = iter(tracks)
    pool = _pool(inputs, workers)
    try:
        while True:
            while len(ahead) < workers * AHEAD and (track := next(waiting, None)) is not None:
                ahead.append((track, _submit(pool, track)))
            if not ahead:
                return
            try:
                yield ahead[0][1].result()
                ahead.popleft()
            except BrokenProcessPool:
                pool.shutdown(cancel_futures=True)
                yield from _one_by_one(inputs, ahead)
                ahead.clear()
                pool = _pool(inputs, workers)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _one_by_one(inputs: Mapping[str, Input], ahead: Iterable[tuple[Source, Future[Read]]]) -> Iterator[Read]:
    """After a worker died: one track at a time, so that the one to blame is known."""
    pool = _pool(inputs, 1)
    try:
        for track, future in ahead:
            if future.done() and not future.cancelled() and future.exception() is None:
                yield future.result()
                continue
            try:
                yield _submit(pool, track).result()
            except BrokenProcessPool:
                pool.shutdown()
                yield CRASHED
                pool = _pool(inputs, 1)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _pool(inputs: Mapping[str, Input], workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _start, (dict(inputs),))


def _submit(pool: ProcessPoolExecutor, track: Source) -> Future[Read]:
    with _spawning():
        return pool.submit(_read, track)


@contextmanager
def _spawning() -> Iterator[None]:
    """While a worker may start: it must not run the user's script again, nor use threads inside a file."""
    main, before = sys.modules["__main__"], {name: os.environ.get(name) for name in _ONE_THREAD}
    sys.modules["__main__"] = ModuleType("__main__")
    os.environ.update(_ONE_THREAD)
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _start(inputs: Mapping[str, Input]) -> None:
    global _inputs
    _inputs = inputs
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle


def _read(track: Source) -> Read:
    return read_one(_inputs, track)

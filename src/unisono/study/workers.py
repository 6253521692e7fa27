"""Cells in parallel: processes that each run one cell after another; one that dies takes only its cell with it."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import connection
from typing import Any, Generic, TypeVar

from unisono.errors import DiskFull, UserError

_J = TypeVar("_J")
Tell = Callable[[Any], None]
Work = Callable[[_J, Tell], Any]
Told = Callable[[_J, Any], None]
_ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS")


def _unheard(job: object, value: object) -> None:
    """Nobody listens."""


@dataclass(frozen=True)
class Event(Generic[_J]):
    """What became of a job.

    Args:
        what: "started", "done" (value is its result) or "failed" (value is why).
    """

    what: str
    job: _J
    value: Any = None


def run_jobs(jobs: Sequence[_J], work: Work[_J], count: int, told: Told[_J] = _unheard) -> Iterator[Event[_J]]:
    """Run jobs and yield what becomes of them; with one worker they run in this very process.

    Args:
        work: called with a job and with what to tell on the way; a function of a module.
        count: of processes.
        told: called with a job and what it tells, while it runs.
    Raises: DiskFull, which ends all of them.
    """
    if count <= 1 or len(jobs) <= 1:
        for job in jobs:
            yield from _here(job, work, told)
        return
    with _workers(min(count, len(jobs)), work) as workers:
        yield from _shared_out(list(jobs), workers, work, told)


@dataclass
class _Worker:
    process: Any
    pipe: Any
    job: Any = None


def _here(job: _J, work: Work[_J], told: Told[_J]) -> Iterator[Event[_J]]:
    yield Event("started", job)
    kind, value = _outcome(job, work, lambda value: told(job, value))
    if kind == "full":
        raise DiskFull(*value)
    yield Event(kind, job, value)


def _shared_out(waiting: list[_J], workers: list[_Worker], work: Work[_J], told: Told[_J]) -> Iterator[Event[_J]]:
    for worker in workers:
        yield _give(worker, waiting)
    while busy := [w for w in workers if w.job is not None]:
        for ready in connection.wait([w.pipe for w in busy]):
            worker = next(w for w in busy if w.pipe is ready)
            job = worker.job
            try:
                kind, value = worker.pipe.recv()
            except (EOFError, ConnectionResetError):
                worker.process.join()
                kind, value = "failed", f"its process ended with status {worker.process.exitcode}; was memory short?"
                fresh = _start(work)
                worker.process, worker.pipe = fresh.process, fresh.pipe
            if kind == "full":
                raise DiskFull(*value)
            if kind == "told":
                told(job, value)
                continue
            yield Event(kind, job, value)
            worker.job = None
            if waiting:
                yield _give(worker, waiting)


def _give(worker: _Worker, waiting: list[_J]) -> Event[_J]:
    worker.job = waiting.pop(0)
    worker.pipe.send(worker.job)
    return Event("started", worker.job)


@contextmanager
def _workers(count: int, work: Work[Any]) -> Iterator[list[_Worker]]:
    workers = [_start(work) for _ in range(count)]
    try:
        yield workers
    finally:
        for worker in workers:
            if worker.job is not None:
                worker.process.terminate()
            with suppress(OSError):
                worker.pipe.send(None)
        for worker in workers:
            worker.process.join()


def _start(work: Work[Any]) -> _Worker:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))  # read when the new process imports its libraries
    try:
        process = context.Process(target=_serve, args=(theirs, work))
        process.start()
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})
    theirs.close()
    return _Worker(process, ours)


def _serve(pipe: Any, work: Work[Any]) -> None:
    """The life of a worker: ends with its parent, so that no cell is ever run by two."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(EOFError, KeyboardInterrupt, BrokenPipeError):
        while (job := pipe.recv()) is not None:
            pipe.send(_outcome(job, work, lambda told: pipe.send(("told", told))))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _outcome(job: Any, work: Work[Any], tell: Tell) -> tuple[str, Any]:
    try:
        return "done", work(job, tell)
    except DiskFull as error:
        return "full", (error.where, error.found, error.advice)
    except UserError as error:
        return "failed", str(error)
    except Exception as error:  # whatever is wrong with a cell is that cell's, never the study's
        return "failed", f"{type(error).__name__}: {error}"

"""A pool of guarded processes: one that dies or hangs costs one file and is replaced."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Job = dict[str, Any]
Reply = dict[str, Any]
Waiting = queue.SimpleQueue[Job]
Replies = queue.SimpleQueue[tuple[Job, Reply] | Exception]

_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


@dataclass(frozen=True)
class Workers:
    """How files are computed.

    Args:
        number: processes at most; None is one a core that this process may use.
        time_limit: seconds for one file.
        memory: bytes that a process may take beyond what it starts with; 0 for no bound.
    """

    number: int | None = None
    time_limit: float = 300.0
    memory: int = 6 << 30

    def count(self, jobs: int) -> int:
        """Processes for so many jobs."""
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return max(1, min(self.number or cores, jobs))


class Worker:
    """One guarded process, started when it is first asked and again after it died."""

    def __init__(self, setup: Mapping[str, Any], workers: Workers) -> None:
        self._setup, self._workers = dict(setup) | {"memory": workers.memory}, workers
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped, self._lock = False, threading.Lock()

    def ask(self, job: Job) -> Reply:
        """The reply to a job; an error when the process died or took too long."""
        process = self._process or self._start()
        late = threading.Event()
        timer = threading.Timer(self._workers.time_limit, _end, (process, late))
        timer.daemon = True
        timer.start()
        reply = _exchanged(process, job)
        timer.cancel()
        if reply is not None and not late.is_set():
            return reply
        self.close()
        seconds = self._workers.time_limit
        found = f"takes longer than {seconds:g} s" if late.is_set() else f"crashes its reader ({_ending(process)})"
        where = str(job["audio"] or job["id"])
        words = {"kind": "AudioError", "where": where, "found": found, "advice": "It is damaged; convert it again."}
        return {"error": words}

    def stop(self) -> None:
        """End the process, whatever it is doing; may be called from another thread."""
        with self._lock:
            self._stopped = True
            if self._process is not None:
                self._process.kill()

    def close(self) -> None:
        """End the process and give back what it held."""
        with self._lock:
            process, self._process = self._process, None
        if process is None or process.stdin is None or process.stdout is None:
            return
        process.kill()
        process.wait()
        with suppress(OSError):
            process.stdin.close()
        process.stdout.close()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "unisono.inputs.extraction.worker"]
        with tempfile.TemporaryFile() as complaints:
            with self._lock:
                if self._stopped:
                    raise InterruptedError("the pool was stopped")
                pipe = subprocess.PIPE
                process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=complaints, env=_environment())
                self._process = process
            if _exchanged(process, self._setup) is None:
                self.close()
                complaints.seek(0)
                raise RuntimeError(f"a worker process cannot start: {complaints.read().decode(errors='replace')}")
        return process


def computed_by_pool(jobs: Sequence[Job], setup: Mapping[str, Any], workers: Workers) -> Iterator[tuple[Job, Reply]]:
    """Jobs and their replies as they come; whoever stops listening ends all processes.

    Args:
        jobs: each with input, id, audio, lyrics, content, stamp.
        setup: the inputs' settings by name and the cache's folder; see `extracted.setup_of`.
        workers: how many, and what each may take.
    """
    waiting: Waiting = queue.SimpleQueue()
    for job in jobs:
        waiting.put(job)
    replies: Replies = queue.SimpleQueue()
    staff = [Worker(setup, workers) for _ in range(workers.count(len(jobs)))]
    threads = [threading.Thread(target=_serve, args=(w, waiting, replies), daemon=True) for w in staff]
    for thread in threads:
        thread.start()
    try:
        for _ in jobs:
            reply = replies.get()
            if isinstance(reply, Exception):
                raise reply
            yield reply
    finally:
        for worker in staff:
            worker.stop()
        for thread in threads:
            thread.join()


def _serve(worker: Worker, waiting: Waiting, replies: Replies) -> None:
    try:
        while True:
            job = waiting.get_nowait()
            replies.put((job, worker.ask(job)))
    except queue.Empty:
        pass
    except Exception as error:  # handed to the caller's thread
        replies.put(error)
    finally:
        worker.close()


def _exchanged(process: subprocess.Popen[bytes], message: Mapping[str, Any]) -> Reply | None:
    """What answers a message: a line, and an entry's bytes where the line says that they follow; None from the dead."""
    if process.stdin is None or process.stdout is None:
        raise ValueError("a worker needs both pipes")
    with suppress(OSError):
        process.stdin.write(json.dumps(message).encode() + b"\n")
        process.stdin.flush()
        line = process.stdout.readline()
        reply: Reply | None = json.loads(line) if line.endswith(b"\n") else None
        size = reply.get("follows", 0) if reply else 0
        entry = process.stdout.read(size) if size else b""
        return reply | {"entry": entry} if reply and len(entry) == size else None
    return None


def _end(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    process.kill()


def _ending(process: subprocess.Popen[bytes]) -> str:
    status = process.returncode
    if status is not None and status < 0:
        with suppress(ValueError):
            return signal.Signals(-status).name
    return f"exit status {status}"


def _environment() -> dict[str, str]:
    """One thread a file, and the same package as the parent's."""
    source = str(Path(__file__).parents[3])
    paths = os.pathsep.join([source, *filter(None, [os.environ.get("PYTHONPATH")])])
    return os.environ | dict.fromkeys(_ONE_THREAD, "1") | {"PYTHONPATH": paths}

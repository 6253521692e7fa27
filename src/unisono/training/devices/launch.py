"""Starts the other processes of a run and connects all of them, or joins those that `torchrun` has started."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import IO, Any

import torch
import torch.distributed as dist
from torch.distributed import PrefixStore, TCPStore, rendezvous  # type: ignore[attr-defined]

from unisono.errors import ExperimentError, MissingExtra, TrainingError
from unisono.experiment import Experiment
from unisono.training.devices.group import Alone, Group, Store, Together
from unisono.training.devices.place import place

_WORKER = "unisono.training.devices.worker"  # by name: it opens the run, which opens this
_SILENT = timedelta(minutes=30)  # a process that is stopped, or cut off from the network
_START = 300.0  # seconds a process may take to start
_GRACE = 2.0  # seconds until a process whose connection is closed has ended
_TO_A_CORE = 4  # processes; more of them only wait for each other


def of_group(experiment: Experiment, resume: bool) -> Experiment:
    """The experiment with the number of processes that `torchrun` has started, or each with its share of the cores.

    Raises: ExperimentError where that number is another than the experiment's, far beyond this machine's cores, or
        stages differ in theirs.
    """
    among, asked = place(), experiment.training.devices
    where = f"{experiment.name}:training.devices"
    if among is None and asked > _TO_A_CORE * cores():
        found = f"is {asked} but this machine has {_many_cores()}"
        raise ExperimentError(where, found, "Lower it, or spread them over several machines by torchrun.")
    if among is not None and asked not in (1, among.size):
        found = f"is {asked} but {among.size} processes were started"
        raise ExperimentError(where, found, "Leave it out under torchrun.")
    for stage in experiment.stages:
        if stage.training.get("devices", asked) != asked:
            found = "stages cannot differ in their number of processes"
            at = f"{experiment.name}:stages.{stage.name}.training.devices"
            raise ExperimentError(at, found, "Set it for the whole experiment.")
    if among is not None:
        return experiment.with_training(devices=among.size)
    if asked > 1 and not experiment.training.threads and not resume:
        return experiment.with_training(threads=max(1, torch.get_num_threads() // asked))
    return experiment


def crowd(devices: int) -> str:
    """What to know where processes of this machine share cores, a full sentence; empty where each has its own."""
    if place() is not None or devices <= cores():
        return ""
    return f"{devices} processes share {_many_cores()} of this machine: fewer of them learn faster."


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _many_cores() -> str:
    return f"{(n := cores())} core" + ("" if n == 1 else "s")


@contextmanager
def joined(devices: int, asked: Mapping[str, Any]) -> Iterator[Group]:
    """The group of processes that learn together.

    Args:
        devices: how many; one is alone.
        asked: JSON-able, what `worker` needs to do the same run; "name" is the experiment's, for messages.
    Raises: MissingExtra where torch cannot connect processes; TrainingError when one does not start.
    """
    if devices == 1:
        yield Alone()
        return
    if not dist.is_available():
        raise MissingExtra(_key(asked), "this torch cannot connect processes", "Set it to 1.")
    if place() is not None:
        yield from _joined_by_torchrun()
    else:
        yield from _with_workers(devices, asked)


def _joined_by_torchrun() -> Iterator[Group]:
    store, rank, size = next(rendezvous("env://"))
    store.set(f"here {rank}", "1")
    dist.init_process_group("gloo", store=PrefixStore("unisono", store), rank=rank, world_size=size, timeout=_SILENT)
    try:
        yield Together(store, lambda: "see what it has written above")
    finally:
        dist.destroy_process_group()


def _with_workers(devices: int, asked: Mapping[str, Any]) -> Iterator[Group]:
    store = TCPStore("127.0.0.1", 0, devices, is_master=True, wait_for_workers=False, timeout=_SILENT)
    workers: list[_Worker] = []
    with _terminable():
        try:
            for rank in range(1, devices):
                workers.append(_Worker(rank, devices, store.port, asked))
            _wait_for(workers, store, _key(asked))
            inner = PrefixStore("unisono", store)
            dist.init_process_group("gloo", store=inner, rank=0, world_size=devices, timeout=_SILENT)
            yield Together(store, lambda: _ended(workers))
            for worker in workers:
                worker.wait()
        finally:
            for worker in workers:
                worker.stop()
            if dist.is_initialized():
                dist.destroy_process_group()


@contextmanager
def _terminable() -> Iterator[None]:
    """A polite request to end is a Ctrl-C here: the other processes are stopped first."""
    usual = signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if not usual or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


class _Worker:
    """Another process on this machine; what it writes is kept for the message when it fails.

    Its input stays open as long as this process lives: it ends when that is closed, however this one has ended.
    """

    def __init__(self, rank: int, size: int, port: int, asked: Mapping[str, Any]) -> None:
        self.rank, self._size = rank, size
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in stop
        where = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
        numbers = {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(size)}
        command = [sys.executable, "-m", _WORKER]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._said,
            env={**os.environ, **where, **numbers},
            start_new_session=True,  # Ctrl-C is for the first process, which stops the others
        )
        self._input: IO[bytes] = self.process.stdin  # type: ignore[assignment]  # a pipe, as is asked above
        with suppress(BrokenPipeError):  # it has ended already, which is told where it is waited for
            self._input.write(json.dumps(asked).encode() + b"\n")
            self._input.flush()

    def wait(self) -> None:
        """Until it has ended of itself, a moment after the last exchange."""
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            return

    def stop(self) -> None:
        """End it, if it has not."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._said.close()
        with suppress(BrokenPipeError):
            self._input.close()

    def end(self) -> str:
        """How it has ended, in words; empty while it works."""
        status = self.process.poll()
        if status is None:
            return ""
        name = f"process {self.rank + 1} of {self._size}"
        if status < 0:
            return f"{name} by {signal.Signals(-status).name}"
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").strip().splitlines()
        return f"{name} with status {status}" + (f" and said: {lines[-1]}" if lines else "")


def _key(asked: Mapping[str, Any]) -> str:
    """Who asked for several processes, for messages."""
    return f"{asked['name']}:training.devices" if "name" in asked else "training.devices"


def _wait_for(workers: list[_Worker], store: Store, where: str) -> None:
    """Until every worker is there.

    Raises: TrainingError when one has ended before, or takes too long.
    """
    keys, until = [f"here {worker.rank}" for worker in workers], time.monotonic() + _START
    while not store.check(keys):
        ends = [end for worker in workers if (end := worker.end())]
        if ends or time.monotonic() > until:
            found = f"not all processes of the run have started: {ends[0] if ends else 'they take too long'}"
            raise TrainingError(where, found, "Try fewer devices.")
        time.sleep(0.02)


def _ended(workers: list[_Worker]) -> str:
    """Which have ended; a connection is closed a moment before its process is gone."""
    until = time.monotonic() + _GRACE
    while time.monotonic() < until:
        ends = [end for worker in workers if (end := worker.end())]
        if ends:
            return ", ".join(ends)
        time.sleep(0.02)
    return "its connection is closed"


__all__ = ["joined"]

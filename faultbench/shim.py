"""The shim: compiles `shim.c`, and runs saves in forked children whose n-th write call fails."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).with_name("shim.c")
COUNT, KILL, TORN, FULL, BROKEN = range(5)
FAULTS = {"kill": KILL, "torn": TORN, "ENOSPC": FULL, "EIO": BROKEN}


def compiled(folder: Path) -> Path | None:
    """The shim as a library; None where there is no C compiler or this is no Linux."""
    if shutil.which("gcc") is None or sys.platform != "linux":
        return None
    library = folder / "shim.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"], check=True)
    return library


def in_preloaded(library: Path, module: str, arguments: Sequence[str], timeout: float = 3600) -> dict:
    """Run a module of the bench in a Python that has the shim; what it prints last is its result as JSON."""
    environment = {**os.environ, "LD_PRELOAD": str(library), "FAULT_SHIM": str(library)}
    environment["PYTHONPATH"] = str(SOURCE.parents[1])
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], env=environment, capture_output=True, text=True, timeout=timeout
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return json.loads(done.stdout.strip().splitlines()[-1])


@dataclass(frozen=True)
class Fault:
    """The n-th write call below a folder."""

    folder: Path
    kind: int
    number: int


def struck(fault: Fault, save: Callable[[], object]) -> int:
    """Run a save in a child with a fault; for `COUNT`, how many write calls there are, else the child's signal."""
    shim = ctypes.CDLL(os.environ["FAULT_SHIM"])
    shim.fault_seen.restype = ctypes.c_long
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, 2)
        shim.fault_arm(os.fsencode(fault.folder), fault.kind, ctypes.c_long(fault.number))
        try:
            save()
        except BaseException:  # a failed save may raise what it likes; the song's bytes are what counts
            os._exit(1)
        finally:
            os.write(write, str(shim.fault_seen()).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    if fault.kind == COUNT:
        return int(told)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


KILLED = signal.SIGKILL

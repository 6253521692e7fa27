"""Ctrl-C while modules are being loaded: one line and the status of a stop, for loading may hide or change it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

STOPPED = 130  # what a shell expects of a program ended by Ctrl-C


@contextmanager
def stoppable() -> Iterator[None]:
    """While modules are loaded, Ctrl-C ends the program at once; nothing is begun that had to be tidied up."""
    usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not usual or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(*_: object) -> None:
    os.write(2, b"stopped\n")
    os._exit(STOPPED)


def hides_a_stop(error: BaseException) -> bool:
    """Whether an error is what became of a Ctrl-C, as a package makes an ImportError of it."""
    seen = set[int]()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        if isinstance(at, KeyboardInterrupt):
            return True
        seen.add(id(at))
        at = at.__cause__ or at.__context__
    return False

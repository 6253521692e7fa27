"""Keeps freed memory inside the process: large buffers of every step are used again instead of asked for anew."""

from __future__ import annotations

import ctypes
import sys

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3  # numbers of mallopt(3)
_LARGEST = 2**31 - 1
_PAD = 64 * 2**20


def keep_memory() -> bool:
    """Ask glibc not to give large buffers back to the system between steps; True when it was done.

    Each step of a convolutional network on a CPU allocates and frees hundreds of megabytes. By default glibc maps
    and unmaps them every time, and the page faults cost about half of the step.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # a C library without it, such as musl
        return False
    return all(mallopt(*pair) for pair in ((_MMAP_THRESHOLD, _LARGEST), (_TRIM_THRESHOLD, _LARGEST), (_TOP_PAD, _PAD)))

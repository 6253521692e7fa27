"""Admission: which files may be written at all, and where a link leads."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable
from pathlib import Path


class Refused(Exception):
    """A file that is not written; the message says why."""


def roots_of(paths: Iterable[str | os.PathLike[str]]) -> frozenset[str]:
    """The places that were named to be written: folders, and single files where their links lead."""
    return frozenset(os.path.realpath(os.fspath(path)) for path in paths)


def admitted(path: str, roots: Collection[str]) -> str:
    """The file to write: the target of a link, else the path itself.

    Raises: Refused for what is no regular file, hard-linked, read-only, another user's, or outside the roots.
    """
    real = os.path.realpath(path)
    if roots and real not in roots and not any(str(above) in roots for above in Path(real).parents):
        raise Refused(f"its link leads outside of what was named, to {Path(real)}")
    try:
        status = os.stat(real)  # noqa: PTH116 (paths are bytes in disguise; a Path adds nothing)
    except OSError as error:
        raise Refused((error.strerror or str(error)).lower()) from error
    if not stat.S_ISREG(status.st_mode):
        raise Refused("is no regular file")
    if status.st_nlink > 1:
        raise Refused(f"has {status.st_nlink} hard links; writing would part them")
    if not status.st_mode & 0o222 or not os.access(real, os.W_OK):
        raise Refused("is read-only")
    if os.geteuid() not in (0, status.st_uid):
        raise Refused("belongs to another user")
    if not os.access(os.path.dirname(real), os.W_OK | os.X_OK):  # noqa: PTH120
        raise Refused("its folder is read-only")
    return real

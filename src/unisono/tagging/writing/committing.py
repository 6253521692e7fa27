"""Committing: a file is replaced by an edited copy that was checked, or stays as it is; nothing lies between.

Copy beside it, edit the copy, check the copy, fsync, note the intent, see that the original is still the same, rename,
fsync the folder.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from unisono.files import sync_folder
from unisono.tagging.writing.admission import Refused
from unisono.tagging.writing.anatomy import digest_of, length_of
from unisono.tagging.writing.journal import Stamp

if sys.platform != "win32":
    import fcntl

PREFIX, SUFFIX = ".unisono-tag-", ".tmp"
_PATIENCE = 10.0  # seconds to wait for another program that holds the file
_NO_LOCKS = (errno.EBADF, errno.ENOLCK, errno.ENOTSUP, errno.EINVAL, errno.ENOSYS)
_GONE = (errno.ENOENT, errno.ENOTSUP, errno.EPERM, errno.EACCES)  # an attribute that cannot be had or set


class Changed(Exception):
    """The file became another one while we worked on it."""


@dataclass
class Source:
    """An opened original, locked against other runs of ours.

    Args:
        stream: the file as it was when it was opened.
        status: what the system said of it then.
    """

    path: str
    stream: BinaryIO
    status: os.stat_result

    @property
    def stamp(self) -> Stamp:
        """What would be another if the file were changed."""
        return stamp_of(self.status)


@dataclass(frozen=True)
class Copy:
    """The file that is to take the original's place."""

    path: str
    stream: BinaryIO


def stamp_of(status: os.stat_result) -> Stamp:
    """Inode, size and time of the last change."""
    return status.st_ino, status.st_size, status.st_mtime_ns


@contextlib.contextmanager
def opened(path: str) -> Iterator[Source]:
    """Open a file to be replaced; two runs that want the same one take turns.

    Raises: Refused when another program holds it.
    """
    began = time.monotonic()
    while True:
        stream = cast(BinaryIO, open(path, "rb"))  # noqa: PTH123, SIM115 (closed below, or when it is another file)
        try:
            _lock(stream)
            status = os.fstat(stream.fileno())
            if stamp_of(os.stat(path)) == stamp_of(status):  # noqa: PTH116
                break
        except BlockingIOError:
            pass  # held by another run; it is looked at again soon
        except OSError:
            stream.close()
            raise
        stream.close()
        if time.monotonic() - began > _PATIENCE:
            raise Refused("another program is writing it")
        time.sleep(0.02)
    try:
        yield Source(path, stream, status)
    finally:
        stream.close()


@contextlib.contextmanager
def copy_beside(source: Source) -> Iterator[Copy]:
    """A new file in the original's folder, removed at the end if it is still there under its name."""
    folder = os.path.dirname(source.path)  # noqa: PTH120
    name = os.path.join(folder, f"{PREFIX}{secrets.token_hex(6)}{SUFFIX}")  # noqa: PTH118
    handle = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "r+b") as stream:
        try:
            _lock(cast(BinaryIO, stream))  # says to other runs that it is in use
            yield Copy(name, cast(BinaryIO, stream))
        finally:
            with contextlib.suppress(OSError):
                os.unlink(name)  # noqa: PTH108
            with contextlib.suppress(OSError):
                stream.flush()  # so that closing it cannot fail on a full disk


def replace(source: Source, copy: Copy, intend: Callable[[], None], mtime: int | None = None) -> str:
    """Put a checked copy in the original's place.

    Args:
        intend: called when the copy is safe on disk and before the rename.
        mtime: the time of the last change that the file gets; default: now.
    Returns: what is to be said of it though it is done; mostly nothing.
    Raises: Changed when the original is not what it was when it was opened.
    """
    copy.stream.flush()
    _like(source, copy.stream.fileno(), mtime)
    os.fsync(copy.stream.fileno())
    intend()
    if stamp_of(os.stat(source.path)) != source.stamp or os.fstat(source.stream.fileno()).st_nlink != 1:  # noqa: PTH116
        raise Changed
    os.rename(copy.path, source.path)  # noqa: PTH104
    try:
        sync_folder(Path(os.path.dirname(source.path)))  # noqa: PTH120
    except OSError as error:
        return f"its folder may not be on disk yet ({(error.strerror or str(error)).lower()})"
    return ""


def sha256_of(stream: BinaryIO) -> str:
    """Hex digest of an open file."""
    return digest_of(stream, (0, length_of(stream)))


def sweep(folder: str) -> int:
    """Remove copies that a killed run of ours left in a folder; gives their number."""
    removed = 0
    with os.scandir(folder) as entries:
        left = [e.path for e in entries if e.name.startswith(PREFIX) and e.name.endswith(SUFFIX) and e.is_file()]
    for path in left:
        with contextlib.suppress(OSError), open(path, "rb") as stream:  # noqa: PTH123
            fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)  # one in use is locked
            os.unlink(path)  # noqa: PTH108
            removed += 1
    return removed


def _lock(stream: BinaryIO) -> None:
    """Lock a file for this run; where files cannot be locked, as on some network drives, only stamps protect it.

    Raises: BlockingIOError when another run has it.
    """
    try:
        fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise


def _like(source: Source, handle: int, mtime: int | None) -> None:
    """Permissions, owner and extended attributes of the original."""
    status, made = source.status, os.fstat(handle)
    if (status.st_uid, status.st_gid) != (made.st_uid, made.st_gid):
        os.fchown(handle, status.st_uid, status.st_gid)
    if status.st_mode != os.fstat(handle).st_mode:
        os.fchmod(handle, status.st_mode & 0o7777)
    for name in _attributes(source.stream.fileno()):
        try:
            os.setxattr(handle, name, os.getxattr(source.stream.fileno(), name))
        except OSError as error:
            if error.errno not in _GONE or name.startswith("user."):
                raise
    if mtime is not None:
        os.utime(handle, ns=(status.st_atime_ns, mtime))


def _attributes(handle: int) -> list[str]:
    if not hasattr(os, "listxattr"):
        return []
    try:
        return os.listxattr(handle)
    except OSError as error:
        if error.errno in _GONE:
            return []
        raise

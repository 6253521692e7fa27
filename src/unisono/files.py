"""The only ways to write: a file is either as it was before or completely new, whatever happens in between."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from unisono.errors import DiskFull, UserError

_IN_TEXT = re.compile(r"\(os error (\d+)\)")


def commit_bytes(path: Path, data: bytes) -> None:
    """Write a whole file, or leave what was there.

    Temp file in the same folder, fsync, rename, fsync of the folder.

    Raises: DiskFull, with the bytes needed and free.
    """
    with commit_path(path) as temporary:
        try:
            temporary.write_bytes(data)
        except OSError as error:
            raise disk_error(error, path, len(data)) from error


@contextmanager
def commit_path(path: Path) -> Iterator[Path]:
    """A path to write to; what was written there replaces `path` when the block ends well, else it is removed."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".unisono-", suffix=".tmp")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        _sync(temporary, path)
        temporary.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise disk_error(error, path, 0) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def check_place(path: Path) -> None:
    """Say before the work that a file cannot be written where it shall go.

    Raises: UserError.
    """
    above = next(folder for folder in Path(path).absolute().parents if folder.exists())
    if Path(path).is_dir():
        raise UserError(str(path), "is a folder but a file is needed", "Name a file in it.")
    if not above.is_dir():
        raise UserError(str(above), f"is a file but a folder is needed, for {path}", "Name another place.")
    if not os.access(above, os.W_OK | os.X_OK):
        raise UserError(str(above), "nothing can be written in this folder", "Name another place.")


def sync_folder(folder: Path) -> None:
    """Make renames and removals in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256_of(path: Path) -> str:
    """Hex digest of a file's bytes, read in blocks."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def disk_error(error: OSError, path: Path, size: int) -> OSError | DiskFull:
    """The error of a write as the user should read it: a full disk is told with the bytes needed and free."""
    told = _IN_TEXT.search(str(error))  # what compiled libraries such as polars raise has no errno
    code = int(told[1]) if error.errno is None and told else error.errno
    if code not in (errno.ENOSPC, errno.EDQUOT):
        return error
    free = shutil.disk_usage(path.parent).free
    needed = f"{size:,} bytes needed, " if size else ""
    return DiskFull(str(path), f"the disk is full ({needed}{free:,} free)", "Free some room and run it again.")


def _sync(temporary: Path, path: Path) -> None:
    with temporary.open("rb+") as stream:
        try:
            os.fsync(stream.fileno())
        except OSError as error:
            raise disk_error(error, path, temporary.stat().st_size) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

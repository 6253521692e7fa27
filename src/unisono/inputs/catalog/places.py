"""Where the shards of a catalog lie: a folder, or any place that fsspec reaches."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from unisono.errors import DiskFull, UserError
from unisono.files import commit_path, disk_error
from unisono.parts import need


class Place(Protocol):
    """Files by name; a file is there as a whole, or not at all, or of another size than was written."""

    local: bool

    @property
    def where(self) -> str:
        """Its name for messages."""
        ...

    def names(self) -> list[str]:
        """The files in it; none where there is no such place yet."""
        ...

    def size(self, name: str) -> int | None:
        """Bytes of a file, None where there is none."""
        ...

    def read(self, name: str) -> bytes | None:
        """A file's bytes, None where there is none."""
        ...

    def writing(self, name: str) -> Any:
        """A context whose value is a path to write to; the file is in the place when the context ends well."""
        ...


def place_of(text: str) -> Place:
    """The place that a path or URL names.

    Raises: MissingExtra without fsspec; UserError for a URL that nothing installed here understands.
    """
    return Remote(text) if "://" in text else Folder(text)


class Folder:
    """A folder of this machine, or one that many machines share."""

    local = True

    def __init__(self, path: str) -> None:
        self._path = Path(path).expanduser().absolute()

    @property
    def where(self) -> str:
        """The folder's path."""
        return str(self._path)

    def names(self) -> list[str]:
        """The files in it, half-written ones left out."""
        try:
            return sorted(p.name for p in self._path.iterdir() if not p.name.startswith(".unisono-"))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _told(self.where, error, "read") from error

    def size(self, name: str) -> int | None:
        """Bytes of a file, None where there is none."""
        try:
            return (self._path / name).stat().st_size
        except FileNotFoundError:
            return None

    def read(self, name: str) -> bytes | None:
        """A file's bytes, None where there is none."""
        try:
            return (self._path / name).read_bytes()
        except FileNotFoundError:
            return None

    @contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """A path to write to, renamed at the end.

        Raises: DiskFull; UserError where nothing can be written.
        """
        try:
            with commit_path(self._path / name) as path:
                yield path
        except OSError as error:
            raise _told(self.where, error, "written") from error


class Remote:
    """A place that fsspec reaches: an object store, a web disk, memory."""

    local = False

    def __init__(self, url: str) -> None:
        fsspec = need("fsspec", f"keeping shards at {url}")
        self.where = url
        try:
            self._files, self._root = fsspec.core.url_to_fs(url)
        except Exception as error:  # each file system has exceptions of its own
            raise _told(url, error, "opened") from error

    def names(self) -> list[str]:
        """The files in it."""
        with self._telling("read"):
            self._files.invalidate_cache()
            try:
                return sorted(path.rpartition("/")[2] for path in self._files.ls(self._root, detail=False))
            except FileNotFoundError:
                return []

    def size(self, name: str) -> int | None:
        """Bytes of a file, None where there is none."""
        with self._telling("read"):
            self._files.invalidate_cache()
            try:
                return int(self._files.size(f"{self._root}/{name}"))
            except FileNotFoundError:
                return None

    def read(self, name: str) -> bytes | None:
        """A file's bytes, None where there is none."""
        with self._telling("read"):
            try:
                return bytes(self._files.cat_file(f"{self._root}/{name}"))
            except FileNotFoundError:
                return None

    @contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """A path on this machine, sent at the end.

        Raises: DiskFull; UserError where nothing can be written.
        """
        with tempfile.TemporaryDirectory(prefix="unisono-") as folder:
            path = Path(folder, name)
            yield path
            with self._telling("written"):
                self._files.makedirs(self._root, exist_ok=True)
                self._files.put_file(str(path), f"{self._root}/{name}")

    @contextmanager
    def _telling(self, done: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # each file system has exceptions of its own
            raise _told(self.where, error, done) from error


def _told(where: str, error: Exception, done: str) -> UserError:
    """What went wrong with a place, in one line."""
    if isinstance(error, OSError):
        full = disk_error(error, Path(where), 0) if Path(where).parent.exists() else error
        if isinstance(full, DiskFull):
            return full
        reason = error.strerror or str(error)
    else:
        reason = str(error) or type(error).__name__
    first = reason.strip().partition("\n")[0].rstrip(".")
    return UserError(where, f"cannot be {done} ({first})", "Name a place for shards where you may write.")

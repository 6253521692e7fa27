"""The cache of what inputs computed: an entry is named by the content it was made from and checked when it is read."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from unisono.errors import UserError
from unisono.files import disk_error
from unisono.inputs import Example

_MAGIC = b"unisono cache 1\n"
_DIGEST = 16
_STALE = 3600.0  # seconds after which an unfinished entry was left behind by a killed process


@dataclass(frozen=True)
class Entry:
    """What an input gave for one content.

    Args:
        examples: one an excerpt.
        damage: what was wrong with the file, "" if nothing.
    """

    examples: list[Example]
    damage: str = ""

    @property
    def size(self) -> int:
        """Bytes of its arrays."""
        return sum(array.nbytes for example in self.examples for array in example.values())


class Cache:
    """Entries in a folder; renaming or moving a sound file changes none of their names.

    Args:
        folder: where they lie; None is $UNISONO_CACHE, else ~/.cache/unisono.
        ram: bytes of entries that are also kept in memory once they were read.
    """

    def __init__(self, folder: Path | None = None, ram: int = 1 << 30) -> None:
        self.folder = Path(folder) if folder is not None else default_folder()
        self.damaged = 0  # entries that were found damaged and removed
        self._ram, self._held = ram, dict[Path, Entry]()
        self._unfinished: Path | None = None  # where entries are written before they are renamed, once it is there

    def path(self, content: str, key: str) -> Path:
        """Where an entry lies.

        Args:
            content: digest of the bytes that it was made from.
            key: the input's `key()`.
        """
        return self.folder / content[:2] / f"{content}-{key}"

    def read(self, content: str, key: str) -> Entry | None:
        """An entry, or None when there is none; a damaged one is counted and removed."""
        path = self.path(content, key)
        if path in self._held:
            return self._held[path]
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        entry = _opened(data)
        if entry is None:
            self.damaged += 1
            path.unlink(missing_ok=True)
        elif entry.size <= self._ram:
            # what fits stays: throwing out the oldest would miss every time when epochs go round and round
            self._ram -= entry.size
            self._held[path] = entry
        return entry

    def write(self, content: str, key: str, entry: Entry) -> None:
        """Keep an entry; it is there as a whole or not at all, wherever this is interrupted.

        Raises: DiskFull; UserError when the folder cannot be made.
        """
        self._unfinished = self._unfinished or self._made()
        path = self.path(content, key)
        path.parent.mkdir(exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._unfinished)
        try:
            with os.fdopen(handle, "wb") as stream:
                for piece in _sealed(entry):
                    stream.write(piece)
            # no fsync: an entry that a power cut tears fails its checksum and is computed again
            Path(name).replace(path)
        except OSError as error:
            with suppress(OSError):
                Path(name).unlink()
            raise disk_error(error, path, entry.size) from error

    def _made(self) -> Path:
        """The folder of unfinished entries, without those that a killed process left."""
        folder, before = self.folder / "unfinished", time.time() - _STALE
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            found = f"the cache cannot be made ({error.strerror})"
            raise UserError(str(self.folder), found, "Set UNISONO_CACHE to a folder that can be written.") from error
        for left in folder.iterdir():
            with suppress(OSError):
                if left.stat().st_mtime < before:
                    left.unlink()
        return folder


def default_folder() -> Path:
    """$UNISONO_CACHE, else `unisono` in the user's cache folder."""
    named = os.environ.get("UNISONO_CACHE")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "unisono"


def packed(entry: Entry) -> list[bytes | memoryview]:
    """An entry as bytes: the length of its head, the head (JSON), the arrays."""
    arrays = [{name: np.ascontiguousarray(a) for name, a in example.items()} for example in entry.examples]
    shapes = [{name: [a.dtype.str, list(a.shape)] for name, a in example.items()} for example in arrays]
    head = json.dumps({"damage": entry.damage, "examples": shapes}).encode()
    head += b" " * (-(4 + len(head)) % 16)  # the arrays that follow are aligned
    bodies = (a.reshape(-1).view(np.uint8).data for e in arrays for a in e.values())
    return [struct.pack("<I", len(head)), head, *bodies]


def unpacked(data: bytes, at: int = 0) -> Entry:
    """The entry whose bytes begin at a place; its arrays lie in them."""
    length = struct.unpack_from("<I", data, at)[0]
    head = json.loads(data[at + 4 : at + 4 + length])
    at += 4 + length
    examples: list[Example] = []
    for shapes in head["examples"]:
        example: dict[str, Any] = {}
        for name, (kind, shape) in shapes.items():
            array = np.frombuffer(data, np.dtype(kind), int(np.prod(shape)), at).reshape(shape)
            example[name] = array
            at += array.nbytes
        examples.append(example)
    return Entry(examples, head["damage"])


def _sealed(entry: Entry) -> list[bytes | memoryview]:
    """Magic, checksum of all that follows, the entry."""
    body, checksum = packed(entry), hashlib.blake2b(digest_size=_DIGEST)
    for piece in body:
        checksum.update(piece)
    return [_MAGIC, checksum.digest(), *body]


def _opened(data: bytes) -> Entry | None:
    start = len(_MAGIC) + _DIGEST
    if data[: len(_MAGIC)] != _MAGIC or len(data) < start + 4:
        return None
    if hashlib.blake2b(memoryview(data)[start:], digest_size=_DIGEST).digest() != data[len(_MAGIC) : start]:
        return None
    return unpacked(data, start)

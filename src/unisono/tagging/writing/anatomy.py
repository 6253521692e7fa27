"""Anatomy of a sound file: its tag item by item, and digests of all that is not tag."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

BLOCK = 1 << 20
LARGEST = 1 << 28  # bytes of one tag that are held in memory

Fields = Mapping[str, Sequence[str]]  # our name of a field -> the values it shall hold; no values: the field goes


class Damaged(Exception):
    """A tag that cannot be accounted for byte by byte; the message goes on after "damaged tag:"."""


class Unsupported(Exception):
    """An intact file of a kind that is not written; the message says what it is."""


@dataclass(frozen=True)
class Item:
    """One entry of a tag.

    Args:
        key: names what it is, the same for every spelling, such as "TXXX:mood" or "GENRE".
        raw: its bytes as they stand in the file, flags first where there are some.
        name: the key as it is spelled in the file.
    """

    key: str
    raw: bytes
    name: str = ""


@dataclass(frozen=True)
class Anatomy:
    """A file taken apart.

    Args:
        form: the form of its tag: "id3-2.3", "id3-2.4", "vorbis", "ape", "mp4", "asf"; of a file without, "".
        items: the tag's entries in order.
        sound: digest of what is heard and of all bytes that do not move.
        rest: name -> digest of every other piece that must stay as it is.
        size: bytes that the tag took, with its padding.
    """

    form: str
    items: tuple[Item, ...]
    sound: str
    rest: Mapping[str, str] = field(default_factory=dict)
    size: int = 0

    def keys(self) -> set[str]:
        """The keys of all items."""
        return {item.key for item in self.items}


@dataclass(frozen=True)
class Style:
    """How a tag is written where the file itself does not say.

    Args:
        id3: version for files that have no ID3 tag yet.
        separator: joins several values where a field can hold one only.
        single: join even where a field can hold several.
        grouping: the ID3 frames that hold the grouping.
        info: also write the RIFF INFO list of WAV files.
    """

    id3: str = "2.4"
    separator: str = "; "
    single: bool = False
    grouping: tuple[str, ...] = ("GRP1", "TIT1")
    info: bool = True


class Container(Protocol):
    """What a file of `containers/` offers; each is a module."""

    @staticmethod
    def claims(head: bytes) -> bool:
        """Whether a file that begins with these bytes (the first 64) is of this kind."""
        ...

    @staticmethod
    def anatomy(stream: BinaryIO) -> Anatomy:
        """Take a file apart, strictly. Raises: Damaged, Unsupported."""
        ...

    @staticmethod
    def texts(of: Anatomy, field: str, style: Style) -> tuple[str, ...]:
        """The values that a field holds now."""
        ...

    @staticmethod
    def keys(of: Anatomy, field: str, style: Style) -> tuple[str, ...]:
        """The keys of the items that hold a field; none where this kind of file cannot hold it."""
        ...

    @staticmethod
    def edit(source: BinaryIO, target: BinaryIO, fields: Fields, style: Style) -> None:
        """Write a copy of `source` to `target` in which only the items of `fields` are other ones."""
        ...


Segment = bytes | tuple[int, int]  # new bytes, or (start, stop) in the source


def pour(source: BinaryIO, target: BinaryIO, segments: Iterable[Segment]) -> None:
    """Write a file made of new bytes and of stretches of another one."""
    for segment in segments:
        if isinstance(segment, bytes):
            target.write(segment)
        else:
            for block in stretch(source, *segment):
                target.write(block)


def stretch(stream: BinaryIO, start: int, stop: int) -> Iterator[bytes]:
    """The bytes from `start` to `stop` in blocks.

    Raises: Damaged when the file ends before.
    """
    stream.seek(start)
    while start < stop:
        block = stream.read(min(BLOCK, stop - start))
        if not block:
            raise Damaged("the file ends too early")
        yield block
        start += len(block)


def digest_of(stream: BinaryIO, *stretches: tuple[int, int]) -> str:
    """SHA-256 of some stretches of a file."""
    digest = hashlib.sha256()
    for start, stop in stretches:
        for block in stretch(stream, start, stop):
            digest.update(block)
    return digest.hexdigest()


def digest(data: bytes) -> str:
    """SHA-256 of bytes in memory."""
    return hashlib.sha256(data).hexdigest()


def length_of(stream: BinaryIO) -> int:
    """The size of an open file in bytes."""
    return stream.seek(0, 2)


def exactly(stream: BinaryIO, start: int, size: int, what: str) -> bytes:
    """`size` bytes from `start` on, all of them.

    Raises: Damaged when they are not all there, or are too many to be a tag.
    """
    if size > LARGEST:
        raise Damaged(f"{what} claims {size:,} bytes")
    stream.seek(start)
    data = stream.read(size)
    if len(data) != size:
        raise Damaged(f"the file ends inside {what}")
    return data

"""Opening: which container a file is, told by its first bytes."""

from __future__ import annotations

from typing import BinaryIO

from unisono.parts import names, part
from unisono.tagging.writing.anatomy import Container, Damaged, Unsupported, exactly, length_of
from unisono.tagging.writing.forms import id3

FAMILY = "tagging.writing.containers"
_HEAD = 64


def container_of(stream: BinaryIO) -> Container:
    """The container of an open file; an ID3 tag before it is stepped over to see what it belongs to.

    Raises: Unsupported, Damaged.
    """
    stream.seek(0)
    head = stream.read(_HEAD)
    if head.startswith(b"ID3"):
        tag = id3.read(stream)
        size = min(_HEAD, length_of(stream) - tag.size) if tag else 0
        behind = exactly(stream, tag.size, size, "the sound") if tag else b""
        if behind.startswith(b"ID3"):
            raise Damaged("there are two ID3 tags")
        mpeg: Container = part(FAMILY, "mp3")  # type: ignore[assignment]
        found = _claimed(behind)
        if found is None or found is mpeg:
            return mpeg
        raise Unsupported("an ID3 tag before a file that has another kind of tag")
    container = _claimed(head)
    if container is None:
        raise Unsupported("a kind of file whose tags are not written" if head.strip(b"\0") else "an empty file")
    return container


def _claimed(head: bytes) -> Container | None:
    for name in names(FAMILY):
        found: Container = part(FAMILY, name)  # type: ignore[assignment]
        if found.claims(head):
            return found
    return None

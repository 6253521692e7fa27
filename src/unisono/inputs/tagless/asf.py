"""WMA without its descriptions: objects of the header, and of the header's extension."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO
from uuid import UUID

from unisono.inputs.tagless.stretches import Irregular, Piece, exactly

HEADER = UUID("75B22630-668E-11CF-A6D9-00AA0062CE6C").bytes_le

_TAGS = {
    UUID(name).bytes_le
    for name in (
        "75B22633-668E-11CF-A6D9-00AA0062CE6C",  # content description
        "D2D0A440-E307-11D2-97F0-00A0C95EA850",  # extended content description
        "C5F8CBEA-5BAF-4877-8467-AA8C44FA4CCA",  # metadata
        "44231C94-9498-49D1-A141-1D134E457054",  # metadata library
        "1806D474-CADF-4509-A4BA-9AABCB96AAE8",  # padding
    )
}
_PROPERTIES = UUID("8CABDCA1-A947-11CF-8EE4-00C00C205365").bytes_le
_EXTENSION = UUID("5FBF03B5-A92E-11CF-8EE3-00C00C205365").bytes_le
_SIZE_AT = slice(16, 24)  # of the file, in its properties: it changes with the tag
_OBJECT, _HEAD, _EXTENSION_HEAD = 24, 30, 22


def pieces(stream: BinaryIO, size: int) -> list[Piece]:
    """The header's other objects and all that follows the header.

    Raises: Irregular.
    """
    stop = int.from_bytes(exactly(stream, 16, 8), "little")
    if not _HEAD <= stop < size:
        raise Irregular
    found = list[Piece]()
    for kind, content in _objects(exactly(stream, _HEAD, stop - _HEAD)):
        inner = _objects(content[_EXTENSION_HEAD:]) if kind == _EXTENSION else [(kind, content)]
        for name, data in inner:
            if name not in _TAGS:
                found += [name, _without_size(data) if name == _PROPERTIES else data]
    return [*found, (stop, size)]


def _objects(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(data):
        length = int.from_bytes(data[at + 16 : at + _OBJECT], "little")
        if not _OBJECT <= length <= len(data) - at:
            raise Irregular
        yield data[at : at + 16], data[at + _OBJECT : at + length]
        at += length


def _without_size(data: bytes) -> bytes:
    return data[: _SIZE_AT.start] + data[_SIZE_AT.stop :]

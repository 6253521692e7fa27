"""WMA: a header of objects, two of which hold the tag, stands before the sound."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO
from uuid import UUID

from unisono.tagging.writing.anatomy import (
    Anatomy,
    Damaged,
    Fields,
    Item,
    Style,
    digest,
    digest_of,
    exactly,
    length_of,
    pour,
)  # fmt: skip
from unisono.tagging.writing.containers.flac import joined
from unisono.tagging.writing.forms import asf_attributes as form


def _guid(text: str) -> bytes:
    return UUID(text).bytes_le


_HEADER, _DATA = _guid("75B22630-668E-11CF-A6D9-00AA0062CE6C"), _guid("75B22636-668E-11CF-A6D9-00AA0062CE6C")
_DESCRIPTION = _guid("75B22633-668E-11CF-A6D9-00AA0062CE6C")
_EXTENSION = _guid("D2D0A440-E307-11D2-97F0-00A0C95EA850")
_PADDING = _guid("1806D474-CADF-4509-A4BA-9AABCB96AAE8")
_PROPERTIES = _guid("8CABDCA1-A947-11CF-8EE4-00C00C205365")
_SIZE_AT = slice(16, 24)  # of the file, in its properties
_OBJECT, _HEAD, _SPARE = 24, 30, 2048


@dataclass(frozen=True)
class _Read:
    objects: tuple[tuple[bytes, bytes], ...]  # GUID, content; without padding
    reserved: bytes
    stop: int

    def content(self, guid: bytes) -> bytes | None:
        """The content of the only object of a kind."""
        found = [data for kind, data in self.objects if kind == guid]
        if len(found) > 1:
            raise Damaged("an object of the header stands there twice")
        return found[0] if found else None


def claims(head: bytes) -> bool:
    """Whether it begins as a Windows Media file."""
    return head.startswith(_HEADER)


def anatomy(stream: BinaryIO) -> Anatomy:
    """The attributes; the header's other objects; the sound."""
    found = _read(stream)
    kept = [(guid, data) for guid, data in found.objects if guid not in (_DESCRIPTION, _EXTENSION)]
    rest = {f"object {n} {guid.hex()}": digest(_sized(guid, data, 0)) for n, (guid, data) in enumerate(kept)}
    rest["reserved"] = found.reserved.hex()
    there = any(found.content(guid) is not None for guid in (_DESCRIPTION, _EXTENSION))
    return Anatomy("asf" if there else "", _items(found), digest_of(stream, (found.stop, length_of(stream))), rest)


def keys(of: Anatomy, field: str, style: Style) -> tuple[str, ...]:
    """The attribute that holds a field."""
    return (form.key_of(field),)


def texts(of: Anatomy, field: str, style: Style) -> tuple[str, ...]:
    """The values that a field holds now."""
    return form.texts(of.items, field)


def edit(source: BinaryIO, target: BinaryIO, fields: Fields, style: Style) -> None:
    """A new header, of the old one's size if that is possible, then the sound."""
    found = _read(source)
    items = form.changed(_items(found), joined(fields, style))
    tags = {_DESCRIPTION: form.render_description(items), _EXTENSION: form.render_extension(items)}
    new = [(guid, data) for guid, data in tags.items() if found.content(guid) is None]
    objects = [(guid, tags.get(guid, data)) for guid, data in found.objects] + new
    used = _HEAD + sum(_OBJECT + len(data) for _, data in objects) + _OBJECT
    padding = found.stop - used if found.stop >= used else _SPARE
    end = length_of(source)
    size = end - found.stop + used + padding
    body = b"".join(_object(guid, _sized(guid, data, size)) for guid, data in objects)
    body += _object(_PADDING, bytes(padding))
    head = _HEADER + struct.pack("<QI", _HEAD + len(body), len(objects) + 1) + found.reserved
    pour(source, target, (head + body, (found.stop, end)))


def _read(stream: BinaryIO) -> _Read:
    head = exactly(stream, 0, _HEAD, "the header")
    size, count = struct.unpack("<QI", head[16:28])
    if size < _HEAD:
        raise Damaged("the header")
    data = exactly(stream, _HEAD, size - _HEAD, "the header")
    objects, at = list[tuple[bytes, bytes]](), 0
    for number in range(count):
        length = int.from_bytes(data[at + 16 : at + _OBJECT], "little")
        if at + _OBJECT > len(data) or not _OBJECT <= length <= len(data) - at:
            raise Damaged(f"object {number + 1} of the header")
        guid = data[at : at + 16]
        objects += [(guid, data[at + _OBJECT : at + length])] if guid != _PADDING else []
        at += length
    if at != len(data) or exactly(stream, size, 16, "the sound") != _DATA:
        raise Damaged("the header does not end where the sound begins")
    return _Read(tuple(objects), head[28:30], size)


def _items(found: _Read) -> tuple[Item, ...]:
    described, extended = found.content(_DESCRIPTION), found.content(_EXTENSION)
    items = form.parse_description(described) if described is not None else ()
    return items + (form.parse_extension(extended) if extended is not None else ())


def _object(guid: bytes, data: bytes) -> bytes:
    return guid + struct.pack("<Q", _OBJECT + len(data)) + data


def _sized(guid: bytes, data: bytes, size: int) -> bytes:
    """The object that knows the file's size, told the new one; any other as it is."""
    if guid != _PROPERTIES or len(data) < _SIZE_AT.stop:
        return data
    return data[: _SIZE_AT.start] + size.to_bytes(8, "little") + data[_SIZE_AT.stop :]

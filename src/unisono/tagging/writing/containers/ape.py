"""Monkey's Audio, and WavPack, Musepack and TAK beside it: an APEv2 tag stands behind the sound."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from unisono.tagging.writing.anatomy import (
    Anatomy,
    Damaged,
    Fields,
    Item,
    Style,
    Unsupported,
    digest_of,
    exactly,
    length_of,
    pour,
)  # fmt: skip
from unisono.tagging.writing.forms.names import APE, free_key
from unisono.tagging.writing.forms.rating import from_share, to_share

_SIGN, _END, _ID3V1 = b"APETAGEX", 32, 128
_HAS_HEADER, _IS_HEADER = 1 << 31, 1 << 29
_TEXT = 0


def claims(head: bytes) -> bool:
    """Whether it begins as one of these kinds."""
    return head.startswith((b"MAC ", b"wvpk", b"MPCK", b"MP+", b"tBaK"))


@dataclass(frozen=True)
class _Tag:
    items: tuple[Item, ...]
    start: int
    stop: int
    there: bool


def anatomy(stream: BinaryIO) -> Anatomy:
    """The tag's items; the sound before it; an ID3v1 tag behind it."""
    tag = _read(stream)
    rest = {"behind the tag": digest_of(stream, (tag.stop, length_of(stream)))}
    return Anatomy("ape" if tag.there else "", tag.items, digest_of(stream, (0, tag.start)), rest)


def keys(of: Anatomy, field: str, style: Style) -> tuple[str, ...]:
    """The item that holds a field."""
    return (_name(field).upper(),)


def texts(of: Anatomy, field: str, style: Style) -> tuple[str, ...]:
    """The values that a field holds now."""
    found = [item for item in of.items if item.key == _name(field).upper()]
    if any(item.raw[0] >> 1 & 3 != _TEXT for item in found):
        raise Damaged(f"the item {found[0].name} is no text")
    values = tuple(t for item in found for t in item.raw[4:].decode("utf-8").split("\0"))
    return tuple(from_share(text) for text in values) if field == "rating" else values


def edit(source: BinaryIO, target: BinaryIO, fields: Fields, style: Style) -> None:
    """The sound, a new tag, and what stood behind the old one."""
    tag = _read(source)
    items = list(tag.items)
    for field, values in fields.items():
        key = _name(field).upper()
        name = next((item.name for item in items if item.key == key), _name(field))
        items = [item for item in items if item.key != key]
        if values:
            written = [to_share(v) for v in values] if field == "rating" else values
            text = (style.separator if style.single and field != "comment" else "\0").join(written)
            items.append(Item(key, struct.pack("<I", _TEXT) + text.encode(), name))
    pour(source, target, ((0, tag.start), _rendered(items), (tag.stop, length_of(source))))


def _name(field: str) -> str:
    return APE.get(field) or free_key(field)


def _read(stream: BinaryIO) -> _Tag:
    end = length_of(stream)
    if end >= _ID3V1 and exactly(stream, end - _ID3V1, 3, "the end") == b"TAG":
        end -= _ID3V1
    if end < _END or exactly(stream, end - _END, 8, "the end") != _SIGN:
        _no_trace(stream, end)
        return _Tag((), end, end, False)
    version, size, count, flags = struct.unpack("<4I", exactly(stream, end - _END + 8, 16, "the APE tag"))
    start = end - size
    if version != 2000 or flags & _IS_HEADER or size < _END or start < 0:
        raise Damaged("the footer of the APE tag") if version != 1000 else Unsupported("an APEv1 tag")
    items = _items(exactly(stream, start, size - _END, "the APE tag"), count)
    if flags & _HAS_HEADER:
        head = exactly(stream, start - _END, _END, "the APE tag") if start >= _END else b""
        if head[:8] != _SIGN or struct.unpack("<3I", head[8:20]) != (version, size, count):
            raise Damaged("the header of the APE tag is not that of its footer")
        start -= _END
    return _Tag(items, start, end, True)


def _no_trace(stream: BinaryIO, end: int) -> None:
    """No tag at the end, but also no part of one near it."""
    near = max(0, end - (1 << 16))
    if _SIGN in exactly(stream, near, end - near, "the end"):
        raise Damaged("there is an APE tag that does not end the file")


def _items(data: bytes, count: int) -> tuple[Item, ...]:
    items, at = list[Item](), 0
    for number in range(count):
        stop = data.find(b"\0", at + 8)
        if stop < 0:
            raise Damaged(f"item {number + 1} of the APE tag")
        size = struct.unpack_from("<I", data, at)[0]
        flags, name = data[at + 4 : at + 8], data[at + 8 : stop]
        if not 2 <= len(name) <= 255 or not all(0x20 <= b <= 0x7E for b in name) or stop + 1 + size > len(data):
            raise Damaged(f"item {number + 1} of the APE tag")
        items.append(Item(name.decode().upper(), flags + data[stop + 1 : stop + 1 + size], name.decode()))
        _check(items[-1])
        at = stop + 1 + size
    if at != len(data):
        raise Damaged("bytes follow the last item of the APE tag")
    return tuple(items)


def _check(item: Item) -> None:
    kind = item.raw[0] >> 1 & 3
    if item.raw[0] & ~0x07 or item.raw[1:3] != b"\0\0" or kind == 3:
        raise Damaged(f"the flags of item {item.name} of the APE tag")
    try:
        item.raw[4:].decode("utf-8" if kind == _TEXT else "latin-1")
    except UnicodeDecodeError:
        raise Damaged(f"the item {item.name} of the APE tag is no UTF-8") from None


def _rendered(items: Sequence[Item]) -> bytes:
    parts = (struct.pack("<I", len(i.raw) - 4) + i.raw[:4] + i.name.encode() + b"\0" + i.raw[4:] for i in items)
    body = b"".join(parts)
    facts = struct.pack("<3I", 2000, len(body) + _END, len(items))
    head = _SIGN + facts + struct.pack("<I", _HAS_HEADER | _IS_HEADER) + bytes(8)
    return head + body + _SIGN + facts + struct.pack("<I", _HAS_HEADER) + bytes(8)

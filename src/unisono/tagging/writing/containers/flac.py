"""FLAC: metadata blocks, one of them the comments, stand before the sound."""

from __future__ import annotations

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
    digest,
    digest_of,
    exactly,
    length_of,
    pour,
)  # fmt: skip
from unisono.tagging.writing.forms import vorbis_comment

_INFO, _PADDING, _COMMENT, _INVALID = 0, 1, 4, 127
_LARGEST, _SPARE = 0xFFFFFF, 4096
_VENDOR = b"unisono"


def claims(head: bytes) -> bool:
    """Whether it begins with FLAC's four letters."""
    return head.startswith(b"fLaC")


@dataclass(frozen=True)
class _Blocks:
    blocks: tuple[tuple[int, bytes], ...]  # kind, bytes; without padding
    vendor: bytes
    items: tuple[Item, ...]
    stop: int  # where the sound begins


def anatomy(stream: BinaryIO) -> Anatomy:
    """The comments' entries; other blocks in their order; the frames of sound."""
    found = _read(stream)
    rest = {f"block {n} ({kind})": digest(data) for n, (kind, data) in enumerate(_others(found))}
    rest["vendor"] = digest(found.vendor)
    form = "vorbis" if any(kind == _COMMENT for kind, _ in found.blocks) else ""
    if not form:
        del rest["vendor"]
    sound = digest_of(stream, (found.stop, length_of(stream)))
    return Anatomy(form, found.items, sound, rest, found.stop)


def keys(of: Anatomy, field: str, style: Style) -> tuple[str, ...]:
    """The entries that hold a field."""
    return (vorbis_comment.key_of(field),)


def texts(of: Anatomy, field: str, style: Style) -> tuple[str, ...]:
    """The values that a field holds now."""
    return vorbis_comment.texts(of.items, field)


def edit(source: BinaryIO, target: BinaryIO, fields: Fields, style: Style) -> None:
    """New comments at their old place, other blocks as they are, padding so that the sound stays where it is."""
    found = _read(source)
    items = vorbis_comment.changed(found.items, joined(fields, style))
    comments = vorbis_comment.render(found.vendor, items)
    blocks = [(kind, comments if kind == _COMMENT else data) for kind, data in found.blocks]
    if not any(kind == _COMMENT for kind, _ in blocks):
        blocks.insert(1, (_COMMENT, comments))
    if len(comments) > _LARGEST:
        raise Unsupported("a tag that would become too large")
    pour(source, target, (_rendered(blocks, found.stop), (found.stop, length_of(source))))


def joined(fields: Fields, style: Style) -> Fields:
    """The fields with several values in one text, where the style wants that."""
    if not style.single:
        return fields
    return {f: [style.separator.join(v)] if len(v) > 1 and f != "comment" else v for f, v in fields.items()}


def _others(found: _Blocks) -> list[tuple[int, bytes]]:
    return [block for block in found.blocks if block[0] != _COMMENT]


def _read(stream: BinaryIO) -> _Blocks:
    if exactly(stream, 0, 4, "the header") != b"fLaC":
        raise Damaged("the header")
    blocks, at, last = list[tuple[int, bytes]](), 4, False
    while not last:
        head = exactly(stream, at, 4, "the metadata blocks")
        last, kind = bool(head[0] & 0x80), head[0] & 0x7F
        if kind == _INVALID or (kind == _INFO) != (at == 4):
            raise Damaged(f"a metadata block of kind {kind} at byte {at}")
        data = exactly(stream, at + 4, int.from_bytes(head[1:]), "a metadata block")
        blocks += [(kind, data)] if kind != _PADDING else []
        at += 4 + len(data)
    if len(blocks[0][1]) != 34:
        raise Damaged("the stream information")
    sync = exactly(stream, at, 2, "the sound")
    if sync[0] != 0xFF or sync[1] & 0xFE != 0xF8:
        raise Damaged("no sound follows the metadata blocks")
    comments = [data for kind, data in blocks if kind == _COMMENT]
    if len(comments) > 1:
        raise Damaged("there are two comment blocks")
    vendor, items, _ = vorbis_comment.parse(comments[0]) if comments else (_VENDOR, (), 0)
    return _Blocks(tuple(blocks), vendor, items, at)


def _rendered(blocks: Sequence[tuple[int, bytes]], size: int) -> bytes:
    """All blocks and one of padding: `size` bytes if that is possible, else somewhat more."""
    made = b"".join(bytes([kind]) + len(data).to_bytes(3) + data for kind, data in blocks)
    left = size - 4 - len(made) - 4
    padding = bytes(left if 0 <= left <= _LARGEST else _SPARE)
    return b"fLaC" + made + bytes([_PADDING | 0x80]) + len(padding).to_bytes(3) + padding

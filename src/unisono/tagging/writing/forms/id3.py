"""ID3v2: a tag taken apart frame by frame, strictly, and put together again with foreign frames byte for byte."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

from unisono.tagging.writing.anatomy import Damaged, Item, Unsupported, exactly

HEADER = 10
_ID = re.compile(rb"[A-Z][A-Z0-9]{3}")
_ALLOWED = {"2.3": 0xE0E0, "2.4": 0x704F}  # bits that a frame's flags may have
_PACKED, _LOCKED = {"2.3": 0x0080, "2.4": 0x0008}, {"2.3": 0x0040, "2.4": 0x0004}
_GROUPED = {"2.3": 0x0020, "2.4": 0x0040}
_MEASURED, _UNSYNCED = 0x0001, 0x0002  # 2.4 only
_CODECS = ("latin-1", "utf-16", "utf-16-be", "utf-8")


@dataclass(frozen=True)
class Id3:
    """A tag.

    Args:
        version: "2.3" or "2.4".
        frames: its frames; `raw` is two bytes of flags and the body.
        size: bytes in the file, header and padding included.
    """

    version: str
    frames: tuple[Item, ...] = ()
    size: int = 0


def read(stream: BinaryIO, start: int = 0) -> Id3 | None:
    """The tag at a place of a file; None when there is none.

    Raises: Damaged, Unsupported.
    """
    stream.seek(start)
    head = stream.read(HEADER)
    if head[:3] != b"ID3":
        return None
    if len(head) < HEADER or max(head[6:10]) > 0x7F or head[4] == 0xFF:
        raise Damaged("the header of the ID3 tag")
    version, flags = f"2.{head[3]}", head[5]
    if version == "2.2":
        raise Unsupported("an ID3v2.2 tag, which is only read")
    if version not in _ALLOWED or flags & (0x1F if version == "2.3" else 0x0F):
        raise Damaged("the header of the ID3 tag")
    if flags & 0x10:
        raise Unsupported("an ID3 tag with a footer")
    size = _safe(head[6:10])
    body = exactly(stream, start + HEADER, size, "the ID3 tag")
    if flags & 0x80 and version == "2.3":
        body = body.replace(b"\xff\x00", b"\xff")
    if flags & 0x40:
        body = _after_extension(body, version)
    frames = _frames(body, version)
    if flags & 0x80 and version == "2.4":
        _unambiguous(frames)
    return Id3(version, frames, HEADER + size)


def render(tag: Id3, size: int = 0, spare: int = 2048) -> bytes:
    """A whole tag, as large as `size` if that is enough, else with some padding.

    Args:
        size: bytes wished for, header included.
        spare: padding when it must grow.
    """
    bits = 7 if tag.version == "2.4" else 8
    frames = b"".join(f.key[:4].encode() + _bytes(len(f.raw) - 2, bits) + f.raw for f in tag.frames)
    whole = HEADER + len(frames)
    size = size if size >= whole else whole + spare
    head = b"ID3" + bytes([int(tag.version[2]), 0, 0]) + _bytes(size - HEADER, 7)
    return head + frames + bytes(size - whole)


def with_frames(tag: Id3, key: str, new: Sequence[Item]) -> Id3:
    """The tag after the frames of a key were replaced, at the place of the first of them."""
    old = [n for n, frame in enumerate(tag.frames) if frame.key == key]
    place = old[0] if old else len(tag.frames)
    before, behind = tag.frames[:place], [f for f in tag.frames[place:] if f.key != key]
    return replace(tag, frames=(*before, *new, *behind))


def content(frame: Item, version: str) -> bytes:
    """The body of a frame without compression and the like.

    Raises: Damaged.
    """
    flags, body = int.from_bytes(frame.raw[:2]), frame.raw[2:]
    if flags & _LOCKED[version]:
        raise Damaged(f"frame {frame.key[:4]} is encrypted")
    skipped = 4 * bool(flags & _PACKED[version]) if version == "2.3" else 4 * bool(flags & _MEASURED)
    body = body[skipped + bool(flags & _GROUPED[version]) :]
    if version == "2.4" and flags & _UNSYNCED:
        body = body.replace(b"\xff\x00", b"\xff")
    if flags & _PACKED[version]:
        try:
            return zlib.decompress(body)
        except zlib.error:
            raise Damaged(f"frame {frame.key[:4]} cannot be unpacked") from None
    return body


def texts(body: bytes) -> list[str]:
    """The texts of an encoding byte and what follows it, split at zeros; a last empty one is dropped.

    Raises: Damaged.
    """
    if not body or body[0] >= len(_CODECS):
        raise Damaged("a text of unknown encoding")
    codec, data = _CODECS[body[0]], body[1:]
    try:
        if codec == "utf-16":
            return _wide(data)
        found = data.decode(codec).split("\0")
    except UnicodeDecodeError:
        raise Damaged("a text that is not of its encoding") from None
    return _without_last(found)


def _wide(data: bytes) -> list[str]:
    """UTF-16 texts, each with its own byte order mark, or with that of the text before."""
    data = data[: len(data) - len(data) % 2]
    codec, found = "utf-16-le", []
    for part in _split_pairs(data):
        if part[:2] in (b"\xff\xfe", b"\xfe\xff"):
            codec = "utf-16-le" if part[:2] == b"\xff\xfe" else "utf-16-be"
            part = part[2:]
        found.append(part.decode(codec))
    return _without_last(found)


def _split_pairs(data: bytes) -> list[bytes]:
    parts, start = [], 0
    for at in range(0, len(data), 2):
        if data[at : at + 2] == b"\0\0":
            parts.append(data[start:at])
            start = at + 2
    return [*parts, data[start:]]


def _without_last(found: list[str]) -> list[str]:
    while found and not found[-1]:
        found = found[:-1]
    return found


def _frames(body: bytes, version: str) -> tuple[Item, ...]:
    """All frames up to the padding; sizes of 2.4 also in the plain form that old iTunes wrote."""
    try:
        return _walk(body, version, 7 if version == "2.4" else 8)
    except Damaged:
        if version == "2.3":
            raise
        return _walk(body, version, 8)


def _walk(body: bytes, version: str, bits: int) -> tuple[Item, ...]:
    frames, at = [], 0
    while at < len(body) and body[at]:
        head = body[at : at + HEADER]
        if len(head) < HEADER or not _ID.fullmatch(head[:4]):
            raise Damaged(f"what stands at byte {at + HEADER} of the ID3 tag is no frame")
        name, flags = head[:4].decode(), struct.unpack(">H", head[8:])[0]
        if (bits == 7 and max(head[4:8]) > 0x7F) or flags & ~_ALLOWED[version]:
            raise Damaged(f"the header of frame {name}")
        size = _safe(head[4:8]) if bits == 7 else int.from_bytes(head[4:8])
        if at + HEADER + size > len(body):
            raise Damaged(f"frame {name} is longer than its tag")
        raw = head[8:] + body[at + HEADER : at + HEADER + size]
        frames.append(keyed(name, raw, version))
        at += HEADER + size
    if body[at:].strip(b"\0"):
        raise Damaged("bytes that are no frame follow the frames of the ID3 tag")
    return tuple(frames)


def keyed(name: str, raw: bytes, version: str) -> Item:
    """A frame with the key that tells it from others of its kind; texts must be texts."""
    frame = Item(name, raw, name)
    flags = int.from_bytes(raw[:2])
    if flags & (_LOCKED[version] | _PACKED[version]) or len(raw) <= 2:
        return frame
    if name in ("COMM", "USLT"):
        body = content(frame, version)
        described = [*texts(body[:1] + body[4:]), ""] if len(body) >= 4 else [""]
        return replace(frame, key=f"{name}:{described[0].lower()}:{body[1:4].decode('latin-1')}")
    if name[0] == "T":
        found = texts(content(frame, version))
        return replace(frame, key=f"TXXX:{found[0].lower()}", name=found[0]) if name == "TXXX" and found else frame
    if name == "POPM":
        return replace(frame, key=f"POPM:{content(frame, version).partition(bytes(1))[0].decode('latin-1')}")
    return frame


def _unambiguous(frames: Sequence[Item]) -> None:
    """In 2.4 the tag's flag says what each frame's flag must say too; some programs set only one of them."""
    for frame in frames:
        if not int.from_bytes(frame.raw[:2]) & _UNSYNCED and b"\xff\x00" in frame.raw[2:]:
            raise Damaged(f"whether frame {frame.key[:4]} is unsynchronised cannot be told")


def _after_extension(body: bytes, version: str) -> bytes:
    size = 4 + int.from_bytes(body[:4]) if version == "2.3" else _safe(body[:4])
    if not 6 <= size <= len(body):
        raise Damaged("the extended header of the ID3 tag")
    return body[size:]


def _safe(four: bytes) -> int:
    return four[0] << 21 | four[1] << 14 | four[2] << 7 | four[3]


def _bytes(number: int, bits: int) -> bytes:
    if number >> 4 * bits:
        raise Unsupported("a tag that would become too large")
    return bytes(number >> bits * place & ((1 << bits) - 1) for place in (3, 2, 1, 0))

"""Ogg Vorbis, Opus, Speex and FLAC-in-Ogg: comments are a packet between headers; mutagen lays the pages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from mutagen.oggflac import OggFLAC
from mutagen.oggopus import OggOpus
from mutagen.oggspeex import OggSpeex
from mutagen.oggvorbis import OggVorbis

from unisono.inputs.tagless.ogg import checksum
from unisono.tagging.writing.anatomy import (
    Anatomy,
    Damaged,
    Fields,
    Item,
    Style,
    Unsupported,
    digest,
    exactly,
    length_of,
    pour,
)  # fmt: skip
from unisono.tagging.writing.containers.flac import joined
from unisono.tagging.writing.forms import vorbis_comment

_KINDS = {  # how the first packet begins -> (mutagen's class, packets before the sound, what precedes the comments)
    b"\x01vorbis": (OggVorbis, 3, b"\x03vorbis"),
    b"OpusHead": (OggOpus, 2, b"OpusTags"),
    b"Speex   ": (OggSpeex, 2, b""),
}  # fmt: skip
_FLAC = b"\x7fFLAC"
_HEAD, _FIRST = 27, 2
_LARGEST = 1 << 26  # bytes of headers


@dataclass(frozen=True)
class _Page:
    flags: int
    granule: bytes
    serial: bytes
    lacing: bytes
    body: bytes


@dataclass(frozen=True)
class _Read:
    kind: Any
    headers: tuple[bytes, ...]
    vendor: bytes
    items: tuple[Item, ...]
    behind: bytes
    sound: str


def claims(head: bytes) -> bool:
    """Whether it begins with a page."""
    return head.startswith(b"OggS")


def anatomy(stream: BinaryIO) -> Anatomy:
    """The comments' entries; the other headers; the sound's pages but for their numbers."""
    found = _read(stream)
    rest = {f"header {n}": digest(h) for n, h in enumerate(found.headers)}
    rest |= {"vendor": digest(found.vendor), "behind the comments": digest(found.behind)}
    return Anatomy("vorbis", found.items, found.sound, rest)


def keys(of: Anatomy, field: str, style: Style) -> tuple[str, ...]:
    """The entries that hold a field."""
    return (vorbis_comment.key_of(field),)


def texts(of: Anatomy, field: str, style: Style) -> tuple[str, ...]:
    """The values that a field holds now."""
    return vorbis_comment.texts(of.items, field)


def edit(source: BinaryIO, target: BinaryIO, fields: Fields, style: Style) -> None:
    """A copy in which mutagen replaces the comments' pages and numbers those behind them."""
    found = _read(source)
    pour(source, target, [(0, length_of(source))])
    target.seek(0)
    file = found.kind(target)
    items = vorbis_comment.changed(found.items, joined(fields, style))
    file.tags[:] = [(item.name, item.raw.partition(b"=")[2].decode("utf-8")) for item in items]
    target.seek(0)
    file.save(target, padding=lambda info: max(0, min(info.padding, 4096)))


def _read(stream: BinaryIO) -> _Read:
    """Headers packet by packet, then the digest of what follows."""
    pages = _pages(stream)
    first = next(pages)
    kind, wanted, mark = _kind(first.body)
    packets, part, serial = [first.body], b"", first.serial
    for page in pages:
        if page.flags & _FIRST or page.serial != serial:
            raise Unsupported("an Ogg file of several streams")
        start = 0
        for size, ends in _packets(page.lacing):
            part += page.body[start : start + size]
            start += size
            if ends:
                packets, part = [*packets, part], b""
        if len(packets) >= wanted and not part:
            break
        if sum(map(len, packets)) + len(part) > _LARGEST:
            raise Damaged("the headers are too long")
    if len(packets) != wanted or not packets[1].startswith(mark):
        raise Damaged("the headers of the stream")
    return _taken_apart(kind, packets, mark, pages)


def _taken_apart(kind: Any, packets: list[bytes], mark: bytes, pages: Iterator[_Page]) -> _Read:
    body = packets[1][len(mark) :] if kind is not OggFLAC else packets[1][4:]
    vendor, items, end = vorbis_comment.parse(body, whole=False)
    behind = body[end:]
    if kind is OggVorbis:
        if behind[:1] != b"\x01" or behind[1:].strip(b"\0"):
            raise Damaged("the comments do not end where they should")
        behind = behind[:1]
    if not behind.strip(b"\0"):
        behind = b""  # padding
    elif kind is OggOpus and not behind[0] & 1:
        raise Damaged("bytes follow the comments")
    digest_of_sound = hashlib.sha256()
    for page in pages:
        digest_of_sound.update(bytes([page.flags]) + page.granule + page.serial + page.lacing + page.body)
    return _Read(kind, (packets[0], *packets[2:]), vendor, items, behind, digest_of_sound.hexdigest())


def _kind(packet: bytes) -> tuple[Any, int, bytes]:
    for start, kind in _KINDS.items():
        if packet.startswith(start):
            return kind
    if packet.startswith(_FLAC) and len(packet) >= 9:
        headers = int.from_bytes(packet[7:9])
        if headers:
            return OggFLAC, 1 + headers, b""
    raise Unsupported("an Ogg file of another kind than Vorbis, Opus, Speex and FLAC")


def _pages(stream: BinaryIO) -> Iterator[_Page]:
    """All pages to the file's end, their checksums right.

    Raises: Damaged.
    """
    at, end = 0, length_of(stream)
    while at < end:
        head = exactly(stream, at, _HEAD, "a page")
        lacing = exactly(stream, at + _HEAD, head[26], "a page")
        body = exactly(stream, at + _HEAD + len(lacing), sum(lacing), "a page")
        blank = head[:22] + bytes(4) + head[26:]
        if head[:5] != b"OggS\0" or checksum(blank + lacing + body) != int.from_bytes(head[22:26], "little"):
            raise Damaged(f"the page at byte {at}")
        yield _Page(head[5], head[6:14], head[14:18], lacing, body)
        at += len(blank) + len(lacing) + len(body)


def _packets(lacing: bytes) -> Iterator[tuple[int, bool]]:
    """Sizes of the packets of a page; the last may go on in the next."""
    size = 0
    for value in lacing:
        size += value
        if value < 255:
            yield size, True
            size = 0
    if lacing and lacing[-1] == 255:
        yield size, False

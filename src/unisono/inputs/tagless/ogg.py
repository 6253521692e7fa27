"""Ogg (Vorbis, Opus, Speex, FLAC) without the packet of comments and without the pages' numbers."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from unisono.inputs.tagless.stretches import Irregular, Piece, exactly

_HEADERS = {b"\x01vorbis": 3, b"OpusHead": 2, b"Speex   ": 2}  # how the first packet begins -> packets before the sound
_FLAC = b"\x7fFLAC"
_HEAD, _COMMENTS = 27, 1
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_LARGEST = 1 << 26


class _Page(NamedTuple):
    head: bytes
    lacing: bytes
    body: tuple[int, int]


def pieces(stream: BinaryIO, size: int) -> list[Piece]:
    """The other headers, and what the pages of the sound hold.

    Raises: Irregular, also for several streams in one file.
    """
    pages = _pages(stream, size)
    packets, serial = _headers(stream, pages)
    found: list[Piece] = [packet for number, packet in enumerate(packets) if number != _COMMENTS]
    first = None
    for page in pages:
        if page.head[14:18] != serial:
            raise Irregular
        number = int.from_bytes(page.head[18:22], "little")
        first = number if first is None else first
        # a page with a wrong checksum is no sound, but a tagger that numbers the pages anew would mend it
        intact = checksum(_whole(stream, page)) == int.from_bytes(page.head[22:26], "little")
        found += [page.head[5:18] + (number - first & 0xFFFFFFFF).to_bytes(4) + bytes([intact]), page.lacing, page.body]
    return found


def checksum(data: bytes) -> int:
    """Ogg's CRC: that of zlib with the bits of every byte and of the result the other way round, started at 0.

    Args:
        data: a page whose own checksum is zero.
    """
    mirrored = zlib.crc32(data.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)


def _whole(stream: BinaryIO, page: _Page) -> bytes:
    body = exactly(stream, page.body[0], page.body[1] - page.body[0])
    return page.head[:22] + bytes(4) + page.head[26:] + page.lacing + body


def _pages(stream: BinaryIO, size: int) -> Iterator[_Page]:
    at = 0
    while at < size:
        head = exactly(stream, at, _HEAD)
        if head[:5] != b"OggS\0":
            raise Irregular
        lacing = exactly(stream, at + _HEAD, head[26])
        start = at + _HEAD + len(lacing)
        at = start + sum(lacing)
        if at > size:
            raise Irregular
        yield _Page(head, lacing, (start, at))


def _headers(stream: BinaryIO, pages: Iterator[_Page]) -> tuple[list[bytes], bytes]:
    """The packets before the sound, which ends a page, and the stream's serial number."""
    packets, part, wanted, serial = list[bytes](), b"", 1, b""
    for page in pages:
        serial = serial or page.head[14:18]
        at = page.body[0]
        for length in page.lacing:
            part += exactly(stream, at, length)
            at += length
            if length < 255:
                packets, part = [*packets, part], b""
        wanted = _wanted(packets[0]) if packets else wanted
        if page.head[14:18] != serial or len(part) > _LARGEST or len(packets) > wanted:
            raise Irregular
        if packets and len(packets) == wanted and not part:
            return packets, serial
    raise Irregular


def _wanted(packet: bytes) -> int:
    for start, number in _HEADERS.items():
        if packet.startswith(start):
            return number
    if packet.startswith(_FLAC) and len(packet) >= 9 and (number := int.from_bytes(packet[7:9])):
        return 1 + number
    raise Irregular

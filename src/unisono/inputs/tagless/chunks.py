"""WAV and AIFF without the chunks that describe the sound in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO, Literal

from unisono.inputs.tagless.stretches import Irregular, Piece, exactly

_TAGS_OF_WAV = {b"id3 ", b"ID3 ", b"bext", b"iXML", b"_PMX", b"JUNK", b"PAD "}
_TAGS_OF_AIFF = {b"ID3 ", b"id3 ", b"NAME", b"AUTH", b"(c) ", b"ANNO", b"COMT"}
_MOST = 10_000


def pieces_of_wav(stream: BinaryIO, size: int) -> list[Piece]:
    """All chunks but those of tags, and what stands behind the last.

    Raises: Irregular.
    """

    def is_tag(name: bytes, at: int) -> bool:
        return name in _TAGS_OF_WAV or (name == b"LIST" and exactly(stream, at, 4) == b"INFO")

    return _pieces(stream, size, "little", is_tag)


def pieces_of_aiff(stream: BinaryIO, size: int) -> list[Piece]:
    """All chunks but those of tags, and what stands behind the last.

    Raises: Irregular.
    """
    return _pieces(stream, size, "big", lambda name, at: name in _TAGS_OF_AIFF)


def _pieces(
    stream: BinaryIO, size: int, order: Literal["little", "big"], is_tag: Callable[[bytes, int], bool]
) -> list[Piece]:
    head = exactly(stream, 0, 12)
    stop, at = 8 + int.from_bytes(head[4:8], order), 12
    found: list[Piece] = [head[8:]]
    while at + 8 <= stop <= size and len(found) < _MOST:
        name = exactly(stream, at, 8)
        length = int.from_bytes(name[4:], order)
        if at + 8 + length > stop:
            raise Irregular
        if not is_tag(name[:4], at + 8):
            found += [name[:4], (at + 8, at + 8 + length)]
        at += 8 + length + length % 2
    if at not in (stop, stop + 1) or stop > size:
        raise Irregular
    return [*found, (stop, size)]

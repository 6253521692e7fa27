"""FLAC without comments, pictures and padding."""

from __future__ import annotations

from typing import BinaryIO

from unisono.inputs.tagless.stretches import Irregular, Piece, exactly

_PADDING, _COMMENT, _PICTURE = 1, 4, 6


def pieces(stream: BinaryIO, size: int) -> list[Piece]:
    """The other metadata blocks and the frames.

    Raises: Irregular.
    """
    found, at, last = list[Piece](), 4, False
    while not last:
        head = exactly(stream, at, 4)
        last, kind, length = bool(head[0] & 0x80), head[0] & 0x7F, int.from_bytes(head[1:])
        if kind not in (_PADDING, _COMMENT, _PICTURE):
            found += [bytes([kind]), (at + 4, at + 4 + length)]
        at += 4 + length
    if at >= size:
        raise Irregular
    return [*found, (at, size)]

"""Pieces of a file, and their digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import BinaryIO

Piece = bytes | tuple[int, int]  # bytes, or a stretch of the file from start to stop

_BLOCK = 1 << 20
_LARGEST = 1 << 28  # bytes of one header that are held in memory


class Irregular(Exception):
    """A file whose structure does not add up, so that nobody can say what of it is a tag."""


def digest_of(stream: BinaryIO, kind: str, pieces: Iterable[Piece]) -> str:
    """SHA-256 of pieces, each with its length.

    Raises: Irregular when the file ends before.
    """
    digest = hashlib.sha256(f"sound in {kind}\n".encode())
    buffer = memoryview(bytearray(_BLOCK))
    for piece in pieces:
        if isinstance(piece, bytes):
            digest.update(len(piece).to_bytes(8) + piece)
            continue
        left = piece[1] - piece[0]
        digest.update(left.to_bytes(8))
        stream.seek(piece[0])
        while left:
            read = stream.readinto(buffer[: min(left, _BLOCK)])  # type: ignore[attr-defined]
            if not read:
                raise Irregular
            digest.update(buffer[:read])
            left -= read
    return digest.hexdigest()


def exactly(stream: BinaryIO, start: int, size: int) -> bytes:
    """So many bytes from a place on, all of them.

    Raises: Irregular.
    """
    if not 0 <= size <= _LARGEST:
        raise Irregular
    stream.seek(start)
    data = stream.read(size)
    if len(data) != size:
        raise Irregular
    return data

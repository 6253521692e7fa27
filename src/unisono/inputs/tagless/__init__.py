"""Which sound a file holds, whatever its tags say: a digest of its bytes without those of its tags."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from unisono.files import sha256_of
from unisono.inputs.hearing.limits import leading_tag, trailing_tags
from unisono.inputs.tagless import asf, chunks, flac, mp4, ogg
from unisono.inputs.tagless.stretches import Irregular, Piece, digest_of

__all__ = ["sound_digest"]

Pieces = Callable[[BinaryIO, int], list[Piece]]

_HEAD = 64
_BEFORE_A_TAG = (b"ID3", b"MAC ", b"wvpk", b"MPCK", b"MP+", b"tBaK", b"TTA")


def sound_digest(path: Path) -> str:
    """What stays the same while a file is renamed, moved and tagged, and changes with any other of its bytes.

    Tags are left out of MP3, AAC, APE, WavPack, Musepack, FLAC, Ogg, MP4, WMA, WAV and AIFF files. A file of any other
    kind, and one whose structure does not add up, counts with all its bytes: safe, at the price of being heard again.

    Raises: OSError when it cannot be read.
    """
    with Path(path).open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(0)
        found = _kind_of(stream.read(_HEAD))
        if found is not None:
            try:
                return digest_of(stream, found[0], found[1](stream, size))
            except Irregular:
                pass  # counts as a whole
    return sha256_of(path)


def _kind_of(head: bytes) -> tuple[str, Pieces] | None:
    if head[:4] == b"fLaC":
        return "flac", flac.pieces
    if head[:4] == b"OggS":
        return "ogg", ogg.pieces
    if head[4:8] == b"ftyp":
        return "mp4", mp4.pieces
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "wav", chunks.pieces_of_wav
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "aiff", chunks.pieces_of_aiff
    if head[:16] == asf.HEADER:
        return "asf", asf.pieces
    if head.startswith(_BEFORE_A_TAG) or (head[:1] == b"\xff" and len(head) > 1 and head[1] & 0xE0 == 0xE0):
        return "stream", _between_tags
    return None


def _between_tags(stream: BinaryIO, size: int) -> list[Piece]:
    """Formats whose tags stand before and behind: ID3, APE and Lyrics3."""
    start, stop = leading_tag(stream), size - trailing_tags(stream, size)
    if start >= stop:
        raise Irregular
    return [(start, stop)]

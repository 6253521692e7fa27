"""RIFF INFO and ID3 in a WAV file, RF64 too: where its chunks stand, and the tags that most DJ software reads."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_LARGEST = 2**20  # bytes of INFO that are read
_LARGEST_ID3 = 2**26
_FARTHEST = 1 << 62  # bytes; a seek beyond raises
_SOUND_IS_LONGER = 0xFFFFFFFF  # what RF64 says of a size that stands in its first chunk


def riff_info(path: Path) -> dict[str, str]:
    """The entries of a WAV file's INFO list, four-letter name -> text; empty when there is none.

    Chunks are walked by their sizes and never past the file's end; a damaged one ends the walk.
    """
    with path.open("rb") as stream:
        for name, size in _chunks(stream):
            if name == b"LIST" and stream.read(4) == b"INFO":
                return _entries(stream.read(min(size - 4, _LARGEST)) if size > 4 else b"")
    return {}


def is_rf64(path: Path) -> bool:
    """Whether it is a WAV file of the kind that may be longer than 4 GiB, which readers of tags do not know."""
    with path.open("rb") as stream:
        head = stream.read(12)
    return head[:4] == b"RF64" and head[8:] == b"WAVE"


def id3_chunk(path: Path) -> bytes | None:
    """The ID3v2 tag in a WAV file's chunks; None when there is none."""
    with path.open("rb") as stream:
        for name, size in _chunks(stream):
            if name in (b"id3 ", b"ID3 "):
                return stream.read(min(size, _LARGEST_ID3))
    return None


def _chunks(stream: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Name and size of each chunk, the stream at its content."""
    head, at, sound = stream.read(12), 12, 0
    if head[:4] not in (b"RIFF", b"RF64") or head[8:] != b"WAVE":
        return
    while len(begins := stream.read(8)) == 8:
        name, size = begins[:4], struct.unpack("<I", begins[4:])[0]
        if name == b"ds64" and head[:4] == b"RF64":
            sizes = stream.read(16)
            sound = struct.unpack("<8xQ", sizes)[0] if len(sizes) == 16 else 0
            stream.seek(at + 8)
        if name == b"data" and size == _SOUND_IS_LONGER and sound:
            size = sound
        yield name, size
        at += 8 + size + size % 2
        if at > _FARTHEST:
            return
        stream.seek(at)


def _entries(data: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    at = 0
    while at + 8 <= len(data):
        size = struct.unpack_from("<I", data, at + 4)[0]
        text = _decoded(data[at + 8 : at + 8 + size].split(b"\0")[0])
        if text:
            found[data[at : at + 4].decode("latin-1")] = text
        at += 8 + size + size % 2
    return found


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8").strip()
    except UnicodeDecodeError:  # the format predates UTF-8; Latin-1 is what older programs wrote
        return data.decode("latin-1").strip()

"""RIFF INFO: the tags of a WAV file that most DJ software reads."""

from __future__ import annotations

import struct
from pathlib import Path

_LARGEST = 2**20  # bytes of INFO that are read


def riff_info(path: Path) -> dict[str, str]:
    """The entries of a WAV file's INFO list, four-letter name -> text; empty when there is none.

    Chunks are walked by their sizes and never past the file's end; a damaged one ends the walk.
    """
    with path.open("rb") as stream:
        if stream.read(4) != b"RIFF" or stream.read(8)[4:] != b"WAVE":
            return {}
        while len(head := stream.read(8)) == 8:
            name, size = head[:4], struct.unpack("<I", head[4:])[0]
            if name == b"LIST" and stream.read(4) == b"INFO":
                return _entries(stream.read(min(size - 4, _LARGEST)) if size > 4 else b"")
            stream.seek(size + size % 2 - 4 * (name == b"LIST"), 1)
    return {}


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

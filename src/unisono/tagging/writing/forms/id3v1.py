"""ID3v1: what the 128 bytes at the end of an MP3 say, as the frames of the ID3v2 tag that is put before them.

Most programs read ID3v1 only where there is no ID3v2: without these frames a first tag would hide the title and artist.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from mutagen import id3 as _mutagen_id3

from unisono.tagging.writing.anatomy import Item, exactly, length_of
from unisono.tagging.writing.forms import id3_frames
from unisono.tagging.writing.forms.id3 import keyed

_mutagen: Any = _mutagen_id3  # it has no types
_SIZE, _LATIN1 = 128, 0  # texts in Latin-1 are the same bytes in ID3v2.3 and 2.4


def frames(stream: BinaryIO) -> tuple[Item, ...]:
    """Title, artist, album, year, track, genre and comment, as far as they are there; nothing without such a tag.

    A genre alone does not count: in an empty tag its number is often 0, which says Blues.
    """
    end = length_of(stream)
    data = exactly(stream, end - _SIZE, _SIZE, "the ID3v1 tag") if end >= _SIZE else b""
    if not data.startswith(b"TAG"):
        return ()
    read = _mutagen.ParseID3v1(data) or {}
    found = [frame for frame in _frames(read) if any(str(text).strip() for text in frame.text)]
    only_genre = all(type(frame).__name__ == "TCON" for frame in found)
    return () if only_genre else tuple(map(_item, found))


def _frames(read: dict[str, Any]) -> Iterator[Any]:
    for name in ("TIT2", "TPE1", "TALB", "TRCK"):
        if name in read:
            yield getattr(_mutagen, name)(encoding=_LATIN1, text=[str(text) for text in read[name].text])
    if "TDRC" in read:  # the year has another name in each version, and readers of either know both
        for name in ("TDRC", "TYER"):
            yield getattr(_mutagen, name)(encoding=_LATIN1, text=[str(text) for text in read["TDRC"].text])
    if "TCON" in read:
        yield _mutagen.TCON(encoding=_LATIN1, text=[genre for genre in read["TCON"].genres if genre != "Unknown"])
    for frame in (frame for key, frame in read.items() if key.startswith("COMM")):
        yield _mutagen.COMM(encoding=_LATIN1, lang="eng", desc="", text=[str(text) for text in frame.text])


def _item(frame: Any) -> Item:
    name = type(frame).__name__
    version = "2.4" if name == "TDRC" else "2.3"
    return keyed(name, id3_frames.rendered(frame, name, version).raw, version)

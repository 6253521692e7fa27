"""MP3 and other MPEG audio: an ID3v2 tag stands before the sound; all behind it stays where it is."""

from __future__ import annotations

from typing import BinaryIO

from unisono.tagging.writing.anatomy import Anatomy, Damaged, Fields, Style, digest_of, length_of, pour
from unisono.tagging.writing.forms import id3, id3_frames, id3v1

_ZEROS = 1 << 16  # bytes of padding outside the tag that are looked through


def claims(head: bytes) -> bool:
    """Whether it begins as an MPEG stream."""
    return _is_frame(head[:4])


def anatomy(stream: BinaryIO) -> Anatomy:
    """The tag before the sound, or what an ID3v1 tag would put there; the sound is all that follows, with old tags."""
    tag, end = id3.read(stream), length_of(stream)
    start = tag.size if tag else 0
    stream.seek(start)
    if not _is_frame(stream.read(_ZEROS).lstrip(b"\0")[:4]):
        raise Damaged("unknown bytes stand before the sound" if start < end else "there is no sound")
    found = tag or id3.Id3("", id3v1.frames(stream))
    form = f"id3-{found.version}" if tag else ""
    return Anatomy(form, found.frames, digest_of(stream, (start, end)), size=start)


def keys(of: Anatomy, field: str, style: Style) -> tuple[str, ...]:
    """The frames that hold a field."""
    return id3_frames.keys(_tag(of, style), field, style)


def texts(of: Anatomy, field: str, style: Style) -> tuple[str, ...]:
    """The values that a field holds now."""
    return id3_frames.texts(_tag(of, style), field, style)


def edit(source: BinaryIO, target: BinaryIO, fields: Fields, style: Style) -> None:
    """A new tag, then the sound."""
    old = id3.read(source) or id3.Id3(style.id3, id3v1.frames(source))
    tag = id3_frames.changed(old, fields, style)
    pour(source, target, (id3.render(tag, old.size), (old.size, length_of(source))))


def _tag(of: Anatomy, style: Style) -> id3.Id3:
    return id3.Id3(of.form[4:] or style.id3, of.items, of.size)


def _is_frame(head: bytes) -> bool:
    """Whether four bytes are a header of MPEG audio: sync, version, layer, bit rate and sample rate as they may be."""
    return (
        len(head) == 4
        and head[0] == 0xFF
        and head[1] & 0xE0 == 0xE0
        and head[1] & 0x18 != 0x08
        and head[1] & 0x06 != 0
        and head[2] & 0xF0 != 0xF0
        and head[2] & 0x0C != 0x0C
    )

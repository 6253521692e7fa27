"""AIFF: the ID3 tag is a chunk beside the sound."""

from __future__ import annotations

from typing import BinaryIO

from unisono.tagging.writing.anatomy import Anatomy, Damaged, Fields, Style, digest_of, pour
from unisono.tagging.writing.containers import _chunks
from unisono.tagging.writing.forms import id3, id3_frames


def claims(head: bytes) -> bool:
    """Whether it begins as an AIFF or AIFC file."""
    return head.startswith(b"FORM") and head[8:12] in (b"AIFF", b"AIFC")


def anatomy(stream: BinaryIO) -> Anatomy:
    """The ID3 chunk's frames; all other chunks; the sound."""
    chunks = _chunks.read(stream, "big")
    sound = chunks.named(b"SSND")
    if len(sound) != 1 or len(chunks.named(b"COMM")) != 1:
        raise Damaged("there is not one chunk of sound")
    place, tag = _chunks.id3_of(stream, chunks)
    rest = _chunks.rest_of(stream, chunks, {c for c in (place, *sound) if c})
    form, frames = (f"id3-{tag.version}", tag.frames) if tag else ("", ())
    return Anatomy(form, frames, digest_of(stream, sound[0].whole), rest, tag.size if tag else 0)


def keys(of: Anatomy, field: str, style: Style) -> tuple[str, ...]:
    """The frames that hold a field."""
    return id3_frames.keys(_tag(of, style), field, style)


def texts(of: Anatomy, field: str, style: Style) -> tuple[str, ...]:
    """The values that a field holds now."""
    return id3_frames.texts(_tag(of, style), field, style)


def edit(source: BinaryIO, target: BinaryIO, fields: Fields, style: Style) -> None:
    """A new ID3 chunk at its old place or at the end; other chunks as they are."""
    chunks = _chunks.read(source, "big")
    place, tag = _chunks.id3_of(source, chunks)
    tag = id3_frames.changed(tag or id3.Id3(style.id3), fields, style)
    made = _chunks.chunk_of(place.name if place else b"ID3 ", id3.render(tag, tag.size, 1024), "big")
    pour(source, target, _chunks.segments(chunks, {place: made} if place else {}, [] if place else [made]))


def _tag(of: Anatomy, style: Style) -> id3.Id3:
    return id3.Id3(of.form[4:] or style.id3, of.items, of.size)

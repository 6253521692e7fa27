"""WAV: an ID3 chunk for programs that read it, and the RIFF INFO list for those that read only that."""

from __future__ import annotations

from typing import BinaryIO

from unisono.tagging.writing.anatomy import (
    Anatomy,
    Damaged,
    Fields,
    Item,
    Style,
    Unsupported,
    digest_of,
    exactly,
    pour,
)  # fmt: skip
from unisono.tagging.writing.containers import _chunks
from unisono.tagging.writing.containers._chunks import Chunk, Chunks
from unisono.tagging.writing.forms import id3, id3_frames, info


def claims(head: bytes) -> bool:
    """Whether it begins as a WAV file."""
    return head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE"


def anatomy(stream: BinaryIO) -> Anatomy:
    """The ID3 chunk's frames and the INFO list's entries; all other chunks; the sound."""
    chunks = _read(stream)
    sound = chunks.named(b"data")
    if len(sound) != 1 or len(chunks.named(b"fmt ")) != 1:
        raise Damaged("there is not one chunk of sound")
    place, tag = _chunks.id3_of(stream, chunks)
    listed, entries = _info(stream, chunks)
    rest = _chunks.rest_of(stream, chunks, {c for c in (place, listed, *sound) if c})
    form, frames = (f"id3-{tag.version}", tag.frames) if tag else ("", ())
    items = (*frames, *entries)
    return Anatomy(form, items, digest_of(stream, sound[0].whole), rest, tag.size if tag else 0)


def keys(of: Anatomy, field: str, style: Style) -> tuple[str, ...]:
    """The frames and the entry that hold a field."""
    return (*id3_frames.keys(_tag(of, style), field, style), *(info.keys(field) if style.info else ()))


def texts(of: Anatomy, field: str, style: Style) -> tuple[str, ...]:
    """The values that a field holds now: in the ID3 tag, else in the list."""
    return id3_frames.texts(_tag(of, style), field, style) or info.texts(of.items, field)


def edit(source: BinaryIO, target: BinaryIO, fields: Fields, style: Style) -> None:
    """New chunks of tags at their old places or at the end; other chunks as they are."""
    chunks = _read(source)
    place, tag = _chunks.id3_of(source, chunks)
    listed, entries = _info(source, chunks)
    tag = id3_frames.changed(tag or id3.Id3(style.id3), fields, style)
    frames = _chunks.chunk_of(place.name if place else b"id3 ", id3.render(tag, tag.size, 1024), "little")
    made = [(place, frames)]
    if style.info:
        entries = info.changed(entries, fields, style)
        written = _chunks.chunk_of(b"LIST", b"INFO" + info.render(entries), "little") if entries else b""
        made.append((listed, written))
    replaced = {where: data for where, data in made if where}
    pour(source, target, _chunks.segments(chunks, replaced, [data for where, data in made if not where and data]))


def _read(stream: BinaryIO) -> Chunks:
    if exactly(stream, 0, 4, "the header") != b"RIFF":
        raise Unsupported("a WAV file of the 64-bit kind")
    return _chunks.read(stream, "little")


def _info(stream: BinaryIO, chunks: Chunks) -> tuple[Chunk | None, tuple[Item, ...]]:
    lists = [c for c in chunks.named(b"LIST") if c.size >= 4 and exactly(stream, c.start, 4, "a list") == b"INFO"]
    if len(lists) > 1:
        raise Damaged("there are two INFO lists")
    if not lists:
        return None, ()
    data = exactly(stream, lists[0].start + 4, lists[0].size - 4, "the INFO list")
    return lists[0], info.parse(data)


def _tag(of: Anatomy, style: Style) -> id3.Id3:
    frames = tuple(item for item in of.items if not item.key.startswith(info.PREFIX))
    return id3.Id3(of.form[4:] or style.id3, frames, of.size)

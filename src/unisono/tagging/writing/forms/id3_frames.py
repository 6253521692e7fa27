"""Our fields as ID3 frames, rendered by mutagen, and the values that frames hold."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from mutagen import id3 as _mutagen_id3

from unisono.tagging.writing.anatomy import Fields, Item, Style
from unisono.tagging.writing.forms import id3
from unisono.tagging.writing.forms.id3 import Id3
from unisono.tagging.writing.forms.names import ID3, free_key
from unisono.tagging.writing.forms.rating import from_popm, to_popm

mutagen_id3: Any = _mutagen_id3  # it has no types
UTF16, UTF8 = 1, 3
ONLY_24 = {"TMOO": "TXXX:mood"}  # frames that ID3v2.3 does not have, and what stands for them there
FREE_NAMES = {"energy": "EnergyLevel", "mood": "MOOD"}  # spelled as the programs do that read them


def keys(tag: Id3, field: str, style: Style) -> tuple[str, ...]:
    """The keys of the frames that hold a field."""
    if field == "grouping":
        return style.grouping
    key = ID3.get(field) or f"TXXX:{free_key(field).lower()}"
    if key == "COMM:":
        there = (f.key for f in tag.frames if f.key.startswith("COMM::"))
        return (next(there, "COMM::eng"),)
    return (ONLY_24.get(key, key) if tag.version == "2.3" else key,)


def texts(tag: Id3, field: str, style: Style) -> tuple[str, ...]:
    """The values that a field holds now: of the first of its frames that is there."""
    for key in keys(tag, field, style):
        found = [t for frame in tag.frames if frame.key == key for t in _texts(frame, tag.version)]
        if found:
            return tuple(found)
    return ()


def changed(tag: Id3, fields: Fields, style: Style) -> Id3:
    """The tag after some fields were given other values."""
    for field, values in fields.items():
        for key in keys(tag, field, style):
            joined = _joined(key, values, tag.version, style)
            frames = [_frame(key, v, tag, _spelled(tag, key, field)) for v in joined]
            tag = id3.with_frames(tag, key, [rendered(frame, key, tag.version) for frame in frames])
    return tag


def _joined(key: str, values: Sequence[str], version: str, style: Style) -> list[list[str]]:
    """The values of each frame: comments and ratings have a frame each, 2.3 has one text a frame."""
    if not values:
        return []
    if key.startswith(("COMM", "POPM")):
        return [[value] for value in values]
    several = version == "2.4" and not style.single
    return [list(values)] if several else [[style.separator.join(values)]]


def _spelled(tag: Id3, key: str, field: str) -> str:
    there = (f.name for f in tag.frames if f.key == key)
    return next(there, FREE_NAMES.get(field, free_key(field)))


def _frame(key: str, values: list[str], tag: Id3, name: str) -> Any:
    encoding = UTF8 if tag.version == "2.4" else UTF16
    kind = key[:4]
    if kind == "COMM":
        return mutagen_id3.COMM(encoding=encoding, lang=key[-3:], desc="", text=values)
    if kind == "TXXX":
        return mutagen_id3.TXXX(encoding=encoding, desc=name, text=values)
    if kind == "POPM":
        return mutagen_id3.POPM(email=key[5:], rating=to_popm(values[0]))
    return getattr(mutagen_id3, kind)(encoding=encoding, text=values)


def rendered(frame: Any, key: str, version: str) -> Item:
    """A frame as mutagen writes it: a tag of this one frame, without the tag's header and the frame's."""
    tag, made = mutagen_id3.ID3(), io.BytesIO()
    tag.add(frame)
    tag.save(made, v1=0, v2_version=int(version[2]), v23_sep=None, padding=lambda info: 0)
    return Item(key, made.getvalue()[id3.HEADER + 8 :], getattr(frame, "desc", key))


def _texts(frame: Item, version: str) -> list[str]:
    body = id3.content(frame, version)
    if frame.key.startswith("POPM"):
        return [from_popm(body.partition(b"\0")[2][0])] if body.partition(b"\0")[2] else []
    if frame.key.startswith("COMM"):
        return id3.texts(body[:1] + body[4:])[1:]
    found = id3.texts(body)
    if frame.key.startswith("TXXX"):
        return found[1:]
    if frame.key == "TCON":  # numbers in brackets, as ID3v1 had them, are names for people
        return list(mutagen_id3.TCON(encoding=UTF8, text=found).genres)
    return found

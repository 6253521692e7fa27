"""M4A and other MP4: the tag is a list of atoms beside the index of the sound; mutagen moves what must move."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from typing import Any, BinaryIO

from mutagen import mp4 as _mutagen_mp4
from mutagen.id3 import TCON

from unisono.tagging.writing.anatomy import (
    Anatomy,
    Damaged,
    Fields,
    Item,
    Style,
    digest_of,
    exactly,
    length_of,
    pour,
)  # fmt: skip
from unisono.tagging.writing.containers import _atoms
from unisono.tagging.writing.containers._atoms import Atom
from unisono.tagging.writing.containers.flac import joined
from unisono.tagging.writing.forms.names import FREE_MP4, free_key
from unisono.tagging.writing.forms.names import MP4 as NAMES
from unisono.tagging.writing.forms.rating import from_percent, to_percent

mutagen_mp4: Any = _mutagen_mp4  # it has no types
_LIST = (b"moov", b"udta", b"meta", b"ilst")
_OURS = {(b"moov", b"udta"), _LIST[:3], (*_LIST[:3], b"hdlr")}  # made when there is no tag yet
_OFFSETS = {b"stco": 4, b"co64": 8}
_PADDING = (b"free", b"skip")
_UTF8 = 1


def claims(head: bytes) -> bool:
    """Whether it begins as an MP4 file."""
    return head[4:8] == b"ftyp"


def anatomy(stream: BinaryIO) -> Anatomy:
    """The list's items; all other atoms, places of sound relative to it; the sound."""
    atoms = _atoms.walk(stream)
    data = [atom for atom in atoms if atom.path == (b"mdat",)]
    if not data:
        raise Damaged("there is no sound")
    items = tuple(_item(stream, a) for a in atoms if a.path[:-1] == _LIST and a.name not in _PADDING)
    rest = dict[str, str]()
    for number, atom in enumerate(a for a in atoms if _stays(a)):
        rest[f"{number} {b'.'.join(atom.path).decode('latin-1')}"] = _digest(stream, atom, data)
    form = "mp4" if any(atom.path == _LIST for atom in atoms) else ""
    return Anatomy(form, items, digest_of(stream, *((a.start, a.stop) for a in data)), rest)


def keys(of: Anatomy, field: str, style: Style) -> tuple[str, ...]:
    """The item that holds a field; the genre also stands under an old name as a number."""
    return ("©gen", "gnre") if field == "genre" else (_name(field).lower() if field not in NAMES else _name(field),)


def texts(of: Anatomy, field: str, style: Style) -> tuple[str, ...]:
    """The values that a field holds now."""
    found = [item for item in of.items if item.key in keys(of, field, style)]
    values = tuple(text for item in found for text in _texts(item))
    return tuple(from_percent(text) for text in values) if field == "rating" else values


def edit(source: BinaryIO, target: BinaryIO, fields: Fields, style: Style) -> None:
    """A copy in which mutagen writes the list anew: our items rendered, the others' bytes as they are."""
    of = anatomy(source)
    pour(source, target, [(0, length_of(source))])
    tags = mutagen_mp4.MP4Tags()
    ours = {key for field in fields for key in keys(of, field, style)}
    for item in of.items:
        if item.key not in ours:
            # what mutagen could not parse it writes back as it is: so it shall with all that is not ours
            tags._failed_atoms.setdefault(item.name.split(":")[0], []).append(item.raw)
    for field, values in joined(fields, style).items():
        name = _spelled(of, field)
        if values:
            written = [to_percent(v) for v in values] if field == "rating" else list(values)
            tags[name] = [mutagen_mp4.MP4FreeForm(v.encode()) for v in written] if name.startswith("----") else written
    target.seek(0)
    tags.save(target)


def _spelled(of: Anatomy, field: str) -> str:
    name = _name(field)
    return next((i.name for i in of.items if name.startswith("----") and i.key == name.lower()), name)


def _name(field: str) -> str:
    return NAMES.get(field) or FREE_MP4 + free_key(field)


def _stays(atom: Atom) -> bool:
    if atom.path[0] in (b"mdat", *_PADDING) or atom.path[: len(_LIST)] == _LIST or atom.path in _OURS:
        return False
    return not atom.parent and not (atom.path[:3] == _LIST[:3] and atom.name in _PADDING)


def _digest(stream: BinaryIO, atom: Atom, data: Sequence[Atom]) -> str:
    """Digest of an atom's content; an index of the sound's places counts them from where the sound begins."""
    width = _OFFSETS.get(atom.name)
    if width is None:
        return digest_of(stream, (atom.start, atom.stop))
    content = exactly(stream, atom.start, atom.stop - atom.start, "an index of the sound")
    count = int.from_bytes(content[4:8])
    if len(content) != 8 + count * width:
        raise Damaged("an index of the sound")
    places = struct.unpack(f">{count}{'I' if width == 4 else 'Q'}", content[8:])
    made = hashlib.sha256(content[:8])
    for place in places:
        holder = next((n for n, a in enumerate(data) if a.start <= place < a.stop), None)
        if holder is None:
            raise Damaged("an index that points beside the sound")
        made.update(struct.pack(">IQ", holder, place - data[holder].start))
    return made.hexdigest()


def _item(stream: BinaryIO, atom: Atom) -> Item:
    raw = exactly(stream, atom.start, atom.stop - atom.start, "an item")
    name = atom.name.decode("latin-1")
    parts = _parts(raw, name)
    if name != "----":
        return Item(name, raw, name)
    named = {kind: body[4:].decode("utf-8", "replace") for kind, body in parts if kind in (b"mean", b"name")}
    spelled = f"----:{named.get(b'mean', '')}:{named.get(b'name', '')}"
    return Item(spelled.lower(), raw, spelled)


def _parts(raw: bytes, name: str) -> list[tuple[bytes, bytes]]:
    """The boxes inside an item; there is at least one with data."""
    parts, at = list[tuple[bytes, bytes]](), 0
    while at < len(raw):
        size = int.from_bytes(raw[at : at + 4])
        if size < 8 or at + size > len(raw):
            raise Damaged(f"the item {ascii(name)[1:-1]}")
        parts.append((raw[at + 4 : at + 8], raw[at + 8 : at + size]))
        at += size
    if any(kind == b"data" and len(body) < 8 for kind, body in parts):
        raise Damaged(f"the item {ascii(name)[1:-1]}")
    return parts


def _texts(item: Item) -> list[str]:
    found = [body for kind, body in _parts(item.raw, item.name) if kind == b"data"]
    if item.key == "gnre":
        return _numbered(found)
    if any(int.from_bytes(body[:4]) not in (0, _UTF8) for body in found):
        raise Damaged(f"the item {item.name} is no text")
    try:
        return [body[8:].decode("utf-8") for body in found]
    except UnicodeDecodeError:
        raise Damaged(f"the item {item.name} is no UTF-8") from None


def _numbered(found: Sequence[bytes]) -> list[str]:
    """Genres by the number that ID3v1 gave them."""
    from_one = [int.from_bytes(body[8:10]) for body in found]
    return [str(TCON.GENRES[n - 1]) for n in from_one if 0 < n <= len(TCON.GENRES)]

"""ASF attributes: the tag of WMA files, in the content description and its extension.

A name of the content description may stand in the extension too: ffmpeg writes the artist into both. Each stays where
it is.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from unisono.tagging.writing.anatomy import Damaged, Fields, Item, Unsupported
from unisono.tagging.writing.forms.names import ASF, free_key
from unisono.tagging.writing.forms.rating import from_share, to_share

DESCRIBED = ("Title", "Author", "Copyright", "Description", "Rating")
_TEXT, _TYPES = b"\0\0", 7
_PLACED = b"\xff\xff"  # the type that a text of the content description, which has none there, has here


def parse_description(data: bytes) -> tuple[Item, ...]:
    """The five texts that have a place of their own; `raw` is a type of ours and the text's bytes.

    Raises: Damaged.
    """
    if len(data) < 10:
        raise Damaged("the content description")
    sizes = struct.unpack_from("<5H", data)
    if 10 + sum(sizes) != len(data):
        raise Damaged("the content description")
    items, at = list[Item](), 10
    for name, size in zip(DESCRIBED, sizes, strict=True):
        items += [Item(name, _PLACED + data[at : at + size], name)] if size else []
        at += size
    return tuple(items)


def render_description(items: Sequence[Item]) -> bytes:
    """Those of the items that have a place of their own, as they are."""
    raw = {item.key: item.raw[2:] for item in items if item.raw[:2] == _PLACED}
    texts = [raw.get(name, b"") for name in DESCRIBED]
    return struct.pack("<5H", *map(len, texts)) + b"".join(texts)


def parse_extension(data: bytes) -> tuple[Item, ...]:
    """The named attributes; `raw` is two bytes of type and the value.

    Raises: Damaged.
    """
    items, at = list[Item](), 2
    count = int.from_bytes(data[:2], "little")
    for number in range(count):
        size = int.from_bytes(data[at : at + 2], "little")
        name = _text(data[at + 2 : at + 2 + size], f"the name of attribute {number + 1}")
        at += 2 + size
        kind, length = data[at : at + 2], int.from_bytes(data[at + 2 : at + 4], "little")
        at += 4 + length
        if len(data) < at or not name or int.from_bytes(kind, "little") >= _TYPES:
            raise Damaged(f"attribute {number + 1} of the extended content description")
        items.append(Item(name, kind + data[at - length : at], name))
    if at != len(data):
        raise Damaged("bytes follow the last attribute")
    return tuple(items)


def render_extension(items: Sequence[Item]) -> bytes:
    """Those of the items that are named attributes, as they are."""
    named = [item for item in items if item.raw[:2] != _PLACED]
    parts = [struct.pack("<H", len(named))]
    for item in named:
        name = item.name.encode("utf-16-le") + b"\0\0"
        size = struct.pack("<H", len(item.raw) - 2)
        parts += [struct.pack("<H", len(name)), name, item.raw[:2], size, item.raw[2:]]
    return b"".join(parts)


def key_of(field: str) -> str:
    """The name of the attribute that holds a field."""
    return ASF.get(field) or free_key(field)


def texts(items: Sequence[Item], field: str) -> tuple[str, ...]:
    """The values of a field; one that stands in both places is one value."""
    found = [item for item in items if item.key == key_of(field)]
    if any(item.raw[:2] not in (_TEXT, _PLACED) for item in found):
        raise Damaged(f"the attribute {found[0].name} is no text")
    values = tuple(text for item in found if (text := _text(item.raw[2:], item.name)))
    values = tuple(dict.fromkeys(values)) if key_of(field) in DESCRIBED else values
    return tuple(from_share(text) for text in values) if field == "rating" else values


def changed(items: Sequence[Item], fields: Fields) -> tuple[Item, ...]:
    """The attributes after some fields were given other values, the first of them at the place that is its own."""
    made = list(items)
    for field, values in fields.items():
        key = key_of(field)
        written = [to_share(v) for v in values] if field == "rating" else values
        raw = [value.encode("utf-16-le") + b"\0\0" for value in written]
        if any(len(value) > 0xFFFF for value in raw):
            raise Unsupported(f"a text for {key} that is too long")
        types = [_PLACED if key in DESCRIBED and not number else _TEXT for number in range(len(raw))]
        new = [Item(key, kind + value, key) for kind, value in zip(types, raw, strict=True)]
        made = [item for item in made if item.key != key] + new
    return tuple(made)


def _text(data: bytes, what: str) -> str:
    try:
        return data.decode("utf-16-le").rstrip("\0")
    except UnicodeDecodeError:
        raise Damaged(f"{what} is no text") from None

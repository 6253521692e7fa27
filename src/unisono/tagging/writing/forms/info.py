"""RIFF INFO: the list of short texts in a WAV file, taken apart strictly and put together again."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence

from unisono.tagging.writing.anatomy import Damaged, Fields, Item, Style
from unisono.tagging.writing.forms.names import INFO

PREFIX = "INFO:"
_NAME = re.compile(rb"[A-Za-z0-9 ]{4}")


def parse(data: bytes) -> tuple[Item, ...]:
    """The entries of a list, without the four letters "INFO".

    Raises: Damaged.
    """
    items, at = [], 0
    while at < len(data):
        name, size = data[at : at + 4], data[at + 4 : at + 8]
        if len(size) < 4 or not _NAME.fullmatch(name):
            if not data[at:].strip(b"\0"):
                break
            raise Damaged("the INFO list holds something that is no entry")
        length = struct.unpack("<I", size)[0]
        if at + 8 + length > len(data):
            raise Damaged("an entry of the INFO list is longer than the list")
        spelled = name.decode("ascii")
        items.append(Item(PREFIX + spelled, data[at + 8 : at + 8 + length], spelled))
        at += 8 + length + length % 2
    return tuple(items)


def render(items: Sequence[Item]) -> bytes:
    """A list of entries as they are, without the four letters "INFO"."""
    return b"".join(i.name.encode() + struct.pack("<I", len(i.raw)) + i.raw + bytes(len(i.raw) % 2) for i in items)


def keys(field: str) -> tuple[str, ...]:
    """The key of the entry that holds a field; most fields have none."""
    return (PREFIX + INFO[field],) if field in INFO else ()


def texts(items: Sequence[Item], field: str) -> tuple[str, ...]:
    """The values of a field: one at most."""
    found = (_decoded(item.raw) for key in keys(field) for item in items if item.key == key)
    return tuple(text for text in found if text)[:1]


def changed(items: Sequence[Item], fields: Fields, style: Style) -> tuple[Item, ...]:
    """The entries after some fields were given other values."""
    made = list(items)
    for field, values in fields.items():
        for key in keys(field):
            made = [item for item in made if item.key != key]
            if values:
                text = values[0] if field == "comment" else style.separator.join(values)
                made.append(Item(key, text.encode() + b"\0", key.removeprefix(PREFIX)))
    return tuple(made)


def _decoded(data: bytes) -> str:
    text = data.split(b"\0")[0]
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:  # the format predates UTF-8; Latin-1 is what older programs wrote
        return text.decode("latin-1")

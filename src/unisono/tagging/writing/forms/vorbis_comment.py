"""Vorbis comments: the tag of FLAC and Ogg files, taken apart strictly and put together again."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from unisono.tagging.writing.anatomy import Damaged, Fields, Item
from unisono.tagging.writing.forms.names import VORBIS, free_key
from unisono.tagging.writing.forms.rating import from_share, to_share


def parse(data: bytes, whole: bool = True) -> tuple[bytes, tuple[Item, ...], int]:
    """Vendor, entries and the number of bytes they took.

    Args:
        whole: nothing may follow the entries.
    Raises: Damaged.
    """
    vendor, at = _counted(data, 0, "the vendor")
    count, at = _number(data, at)
    if count > len(data) // 4:
        raise Damaged(f"the comment block claims {count:,} entries")
    items = []
    for number in range(count):
        entry, at = _counted(data, at, f"entry {number + 1}")
        items.append(_item(entry, number))
    if whole and at != len(data):
        raise Damaged("bytes follow the last comment")
    return vendor, tuple(items), at


def render(vendor: bytes, items: Sequence[Item]) -> bytes:
    """A comment block of entries as they are."""
    parts = [struct.pack("<I", len(vendor)), vendor, struct.pack("<I", len(items))]
    for item in items:
        parts += [struct.pack("<I", len(item.raw)), item.raw]
    return b"".join(parts)


def key_of(field: str) -> str:
    """The key of the entries that hold a field."""
    return VORBIS.get(field) or free_key(field)


def texts(items: Sequence[Item], field: str) -> tuple[str, ...]:
    """The values of a field."""
    key = key_of(field)
    found = tuple(item.raw.partition(b"=")[2].decode("utf-8") for item in items if item.key == key)
    return tuple(from_share(text) for text in found) if field == "rating" else found


def changed(items: Sequence[Item], fields: Fields) -> tuple[Item, ...]:
    """The entries after some fields were given other values, each at the place of its first entry."""
    made: list[Item] = list(items)
    for field, values in fields.items():
        key = key_of(field)
        old = [n for n, item in enumerate(made) if item.key == key]
        name = made[old[0]].name if old else key
        written = [to_share(v) for v in values] if field == "rating" else values
        new = [Item(key, f"{name}={value}".encode(), name) for value in written]
        place = old[0] if old else len(made)
        made = [item for item in made[:place] if item.key != key] + new + [i for i in made[place:] if i.key != key]
    return tuple(made)


def _item(entry: bytes, number: int) -> Item:
    name, equals, value = entry.partition(b"=")
    if not equals or not all(0x20 <= byte <= 0x7D for byte in name):
        raise Damaged(f"entry {number + 1} of the comments has no name")
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        raise Damaged(f"entry {number + 1} of the comments is no UTF-8") from None
    spelled = name.decode("ascii")
    return Item(spelled.upper(), entry, spelled)


def _number(data: bytes, at: int) -> tuple[int, int]:
    if at + 4 > len(data):
        raise Damaged("the comment block ends too early")
    return struct.unpack_from("<I", data, at)[0], at + 4


def _counted(data: bytes, at: int, what: str) -> tuple[bytes, int]:
    size, at = _number(data, at)
    if at + size > len(data):
        raise Damaged(f"{what} of the comments is longer than their block")
    return data[at : at + size], at + size

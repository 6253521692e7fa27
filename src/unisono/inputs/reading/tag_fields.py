"""Tag fields: walks the tag of each kind of container, as mutagen gives it, field by field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from unisono.inputs.reading.tag_names import ASF, ID3, MP4, free_name

Field = tuple[str, str]  # our name of the field, one value

_LYRICS = ("LYRICS", "UNSYNCEDLYRICS", "UNSYNCED LYRICS", "SYNCEDLYRICS", "WM/LYRICS", "©LYR")
_IGNORED = ("cover", "picture", "serato", "traktor", "replaygain", "musicbrainz", "acoustid", "itun", "lyrics")


def fields_of(tags: Any) -> Iterator[Field]:
    """The text fields of a tag, in its order.

    Args:
        tags: what mutagen calls a file's tags.
    """
    return _id3(tags) if hasattr(tags, "getall") else _others(tags)


def lyrics_in(tags: Any) -> Iterator[str]:
    """All lyrics of a tag: unsynchronised ones first."""
    if hasattr(tags, "getall"):
        yield from (frame.text for frame in tags.getall("USLT"))
        yield from ("\n".join(text for text, _ in frame.text) for frame in tags.getall("SYLT"))
        return
    found = {key.upper(): values for key, values in _items(tags)}
    for name in _LYRICS:
        yield from _texts(found.get(name, ()))


def _id3(tags: Any) -> Iterator[Field]:
    grouped, plain = bool(tags.getall("GRP1")), any(not frame.desc for frame in tags.getall("COMM"))
    for frame in tags.values():
        kind = frame.FrameID
        if kind == "TXXX":
            yield from _free(frame.desc, map(str, frame.text))
        elif kind in ID3 and not (kind == "TIT1" and grouped) and not (kind == "COMM" and _other_comment(frame, plain)):
            values = frame.genres if kind == "TCON" else frame.text
            yield from ((ID3[kind], str(value)) for value in values)


def _other_comment(frame: Any, plain: bool) -> bool:
    """Whether a comment is a program's own, or a described one beside the plain one."""
    return bool(frame.desc) and (plain or frame.desc.lower().startswith(_IGNORED))


def _others(tags: Any) -> Iterator[Field]:
    for key, values in _items(tags):
        name = MP4.get(key) or ASF.get(key)
        if name is not None:
            yield from ((name, text) for text in _texts(values))
        elif not (key.startswith(("©", "WM/")) or (type(tags).__name__ == "MP4Tags" and not key.startswith("----:"))):
            yield from _free(key.removeprefix("----:").split(":")[-1], _texts(values))


def _free(name: str, texts: Iterable[str]) -> Iterator[Field]:
    if not any(part in name.lower() for part in _IGNORED):
        yield from ((free_name(name), text) for text in texts)


def _items(tags: Any) -> Iterator[tuple[str, Sequence[Any]]]:
    for key in dict.fromkeys(map(str, tags.keys())):
        values = tags[key]
        several = isinstance(values, Sequence) and not isinstance(values, (str, bytes))
        yield key, values if several else [values]


def _texts(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        plain = getattr(value, "value", value)
        if not isinstance(plain, bytes):
            yield str(plain)
        elif (text := _utf8(plain)) is not None:
            yield text


def _utf8(data: bytes) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None  # binary data of another program, no text

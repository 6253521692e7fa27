"""Reading back: what mutagen, which did not write most of it, finds in a file that was written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO

import mutagen
from mutagen.asf import ASFTags

from unisono.tagging.writing.anatomy import Damaged


def read_back(stream: BinaryIO, keys: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The texts that mutagen finds under the keys of `anatomy.Item`; those of RIFF INFO it does not read.

    Raises: Damaged when mutagen cannot open the file.
    """
    stream.seek(0)
    try:
        file = mutagen.File(stream)
    except Exception as error:  # mutagen lets errors of many kinds through, all meaning that the file is not right
        raise Damaged(f"mutagen cannot read it ({type(error).__name__}: {error})") from error
    if file is None:
        raise Damaged("mutagen does not know what it is")
    tags = file.tags
    wanted = [key for key in keys if not key.startswith("INFO:")]
    return {key: () if tags is None else _of(tags, key) for key in wanted}


def _of(tags: Any, key: str) -> tuple[str, ...]:
    if hasattr(tags, "getall"):
        return _frames(tags, key)
    if isinstance(tags, ASFTags):  # two spellings are two attributes; those of the header's extension are not ours
        return tuple(_text(v) for name, v in tags if name == key and v.language is None and v.stream is None)
    spelled = [k for k in dict.fromkeys(map(str, tags.keys())) if k.lower() == key.lower()]
    return tuple(_text(value) for name in spelled for value in _several(tags[name]))


def _frames(tags: Any, key: str) -> tuple[str, ...]:
    kind, _, rest = key.partition(":")
    if kind == "TXXX":
        return tuple(str(t) for f in tags.getall("TXXX") if f.desc.lower() == rest for t in f.text)
    if kind == "COMM":
        desc, _, language = rest.rpartition(":")
        found = (f for f in tags.getall("COMM") if f.desc.lower() == desc and f.lang == language)
        return tuple(str(text) for frame in found for text in frame.text)
    if kind == "POPM":
        return tuple(str(f.rating) for f in tags.getall("POPM") if f.email == rest)
    return tuple(str(t) for f in tags.getall(kind) for t in (f.genres if kind == "TCON" else f.text))


def _several(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) or type(value).__name__ == "APETextValue" else [value]


def _text(value: Any) -> str:
    plain = getattr(value, "value", value)
    return bytes(plain).decode("utf-8") if isinstance(plain, bytes) else str(plain)

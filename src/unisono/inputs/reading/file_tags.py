"""File tags: what a sound file says of itself, under one name for each field whatever the container."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from unisono.errors import AudioError
from unisono.inputs.reading.riff_info import id3_chunk, is_rf64, riff_info
from unisono.inputs.reading.tag_fields import Field, fields_of, lyrics_in
from unisono.inputs.reading.tag_names import RIFF
from unisono.parts import need

_LONGEST = 10_000  # characters; a longer text is no tag
_YEAR = re.compile(r"\d{4}")


def file_tags(path: Path) -> dict[str, list[str]]:
    """A file's plain text tags.

    Names: title, artist, album_artist, album, composer, remixer, genre, subgenre, mood, energy, comment, grouping,
    intro_version, language, initial_key, bpm, label, isrc, subtitle, year and original_year (four digits). A field of
    another name keeps it, in lower case with underscores (TXXX:My Tag -> my_tag). GRP1 wins over TIT1, a COMM without
    description over the others, an ID3 tag over RIFF INFO. Pictures, lyrics and programs' own data are left out.

    Args:
        path: a sound file.
    Returns: name -> values in order, each once; empty when the file has no tags or is of a kind that carries none.
    Raises: AudioError when the file or its tag is damaged.
    """
    with _told(path):
        return _gathered(_fields(path))


def lyrics_tag(path: Path) -> str | None:
    """The first lyrics in a file's tag that are not empty, time stamps and all; None when there are none.

    Raises: AudioError when the file or its tag is damaged.
    """
    with _told(path):
        tags = _opened(path)
        return None if tags is None else next((text for text in lyrics_in(tags) if text.strip()), None)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Whatever a reader of tags raises is that file's error, never the run's."""
    try:
        yield
    except Exception as error:
        found = f"its tags cannot be read ({_reason(error)})"
        raise AudioError(str(path), found, "The file or its tag is probably damaged.") from error


def _reason(error: Exception) -> str:
    inner = error.args[0] if error.args else None
    if isinstance(inner, OSError) and not inner.args:  # what mutagen raises when fewer bytes come than the tag claims
        return "the file ends inside its tag"
    return (str(error).strip() or type(error).__name__).splitlines()[0][:160]


def _opened(path: Path) -> Any:
    mutagen = need("mutagen", "reading tags")
    if is_rf64(path):
        tag = id3_chunk(path)
        return None if tag is None else need("mutagen.id3", "reading tags").ID3(io.BytesIO(tag))
    try:
        file = mutagen.File(path)
    except mutagen.MutagenError as error:
        if path.suffix.lower() == ".ape":  # mutagen takes what stands behind an ID3v2 tag for an MP3
            return need("mutagen.id3", "reading tags").ID3(path)
        file = _by_content(path)
        if file is None:
            raise error
    return None if file is None else file.tags


def _by_content(path: Path) -> Any:
    """The file as what it begins like, whatever its suffix says; None when that is nothing either."""
    mutagen = need("mutagen", "reading tags")
    with io.FileIO(path) as raw, _Nameless(raw) as stream:
        try:
            return mutagen.File(stream)
        except mutagen.MutagenError:
            return None


class _Nameless(io.BufferedReader):
    """A file that does not tell its name, from which mutagen would guess its kind."""

    name = ""


def _fields(path: Path) -> list[Field]:
    tags = _opened(path)
    found = [] if tags is None else list(fields_of(tags))
    names = {name for name, _ in found}
    return found + [(RIFF[k], v) for k, v in riff_info(path).items() if k in RIFF and RIFF[k] not in names]


def _gathered(fields: list[Field]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, text in fields:
        value = text.strip("\0 \t\r\n")
        if name in ("year", "original_year"):
            value = year[0] if (year := _YEAR.search(value)) else ""
        if name and 0 < len(value) <= _LONGEST and value not in found.setdefault(name, []):
            found[name].append(value)
    return {name: values for name, values in found.items() if values}

"""Fields: where a task's answers go in the tag of a sound file, as an experiment or a profile says it."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator

from unisono.parts import Settings

Mode = Literal["keep", "append", "overwrite", "merge"]
As = Literal["number", "1-10", "stars", "text", "colour"]

_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_THEIRS = frozenset({  # names that people and programs use for what we never write
    "title", "artist", "artists", "albumartist", "album", "composer", "remixer", "lyricist", "performer", "label",
    "isrc", "subtitle", "year", "date", "bpm", "tempo", "key", "initialkey", "lyrics", "unsyncedlyrics", "track",
    "tracknumber", "tracktotal", "disc", "discnumber", "copyright", "encoder", "encodedby", "author", "picture",
    "metadatablockpicture", "coverart", "cuesheet", "compilation", "organization", "publisher", "barcode",
})  # fmt: skip
_PROGRAMS = ("serato", "traktor", "musicbrainz", "acoustid", "replaygain", "itun", "native", "rekordbox", "mixxx")


class FieldSettings(Settings):
    """Where a task's answers go.

    Args:
        field: one field or several: genre, subgenre, mood, energy, comment, grouping, intro_version, language, rating,
            or a name of your own; an empty list: the task is not written. Default: the place of the task's name.
        mode: what becomes of values that are there: "keep" them and write only into empty fields, "append" to them,
            "merge" (append, and take back what an earlier run wrote), "overwrite". Default: keep; merge in comments
            and groupings.
        as_: how a number is written: "number", "1-10", "stars", "text" (by `names`), "colour" (Rekordbox's eight).
        names: label or level -> the text to write for it.
    """

    field: tuple[str, ...] | None = None
    mode: Mode | None = None
    as_: As | None = Field(default=None, alias="as")
    names: dict[str, str] = {}

    @field_validator("field", mode="before")
    @classmethod
    def _several(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @field_validator("field")
    @classmethod
    def _free(cls, fields: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for name in fields or ():
            if not _NAME.fullmatch(name):
                raise ValueError(f'"{name}" is no name of a field: small letters, digits and _ only')
            if is_theirs(name):
                raise ValueError(f'"{name}" is never written: it belongs to the artist or to another program')
        return fields

    def over(self, other: FieldSettings) -> FieldSettings:
        """These settings where they say something, the other ones where they do not."""
        field = other.field if self.field is None else self.field
        said = {"mode": self.mode or other.mode, "as_": self.as_ or other.as_, "names": self.names or other.names}
        return other.model_copy(update={"field": field, **said})


def is_theirs(field: str) -> bool:
    """Whether a field's name belongs to what is never written: titles, artists, keys, other programs' data.

    Example:
        >>> is_theirs("artist"), is_theirs("serato_markers"), is_theirs("occasion")
        (True, True, False)
    """
    plain = "".join(c for c in field.lower() if c.isalnum())
    return plain in _THEIRS or plain.startswith((*_PROGRAMS, "unisono"))

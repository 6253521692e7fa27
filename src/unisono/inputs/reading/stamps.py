"""LRC: lyrics with time stamps, read as plain lyrics."""

from __future__ import annotations

import re

_STAMP = re.compile(r"[\[<]\s*\d{1,3}:\d{1,2}(?:[.:]\d{1,3})?\s*[\]>]")
_HEADER = re.compile(
    r"^[ \t]*\[(?:ar|ti|al|au|by|lr|re|ve|la|id|offset|length|tool|encoding)[ \t]*:[^\]\n]*\][ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)


def without_stamps(text: str) -> str:
    """Lyrics without LRC's time stamps (of lines and of words) and header lines.

    Args:
        text: lyrics, with or without stamps; section marks such as "[Chorus]" stay.
    Example:
        >>> without_stamps("[ti:Song]\\n[00:12.30]Hold <00:12.80>me")
        'Hold me'
    """
    if "[" not in text and "<" not in text:
        return text
    plain = _STAMP.sub("", _HEADER.sub("", text))
    return plain.strip("\n") if plain != text else text

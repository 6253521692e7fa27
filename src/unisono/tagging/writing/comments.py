"""Comments: our labels in a block behind the user's own text, which stays."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from unisono.tagging.writing.profiles import CommentStyle

_MY_TAG = re.compile(r"\s*/\*(?P<inside>(?:(?!\*/).)*)\*/\s*\Z", re.DOTALL)


def commented(text: str, ours: Mapping[str, Sequence[str]], earlier: Sequence[str], style: CommentStyle) -> str:
    """A comment after our block was written into it.

    Args:
        text: the comment as it is.
        ours: task -> the texts to add.
        earlier: what an earlier run added, which goes.
        style: "mytag": `text /* A / B */`, a block that Rekordbox may have begun; "brackets": `text [SITUATION: A; B]`.
    Example:
        >>> commented("great intro /* Warm up */", {"situation": ["Peak"]}, (), "mytag")
        'great intro /* Warm up / Peak */'
        >>> commented("great intro", {"situation": ["Peak", "Late"]}, (), "brackets")
        'great intro [SITUATION: Peak; Late]'
    """
    if style == "brackets":
        items = [piece for piece in earlier if not piece.startswith("[")]
        return _bracketed(_blocked(text, {}, items) if items else text, ours, earlier)
    bracketed = any(piece.startswith("[") for piece in earlier)  # by a run in the other style
    return _blocked(_bracketed(text, {}, earlier) if bracketed else text, ours, earlier)


def _blocked(text: str, ours: Mapping[str, Sequence[str]], earlier: Sequence[str]) -> str:
    found = _MY_TAG.search(text)
    own = text[: found.start()] if found else text
    inside = [part.strip() for part in found["inside"].split("/")] if found else []
    kept = [part for part in inside if part and part not in earlier]
    items = list(dict.fromkeys([*kept, *added(ours, "mytag")]))
    if items == [part for part in inside if part]:
        return text
    return (f"{own.rstrip()} /* {' / '.join(items)} */" if items else own.rstrip()).lstrip()


def added(ours: Mapping[str, Sequence[str]], style: CommentStyle) -> list[str]:
    """The pieces of text that our block is made of, without what would end it."""
    if style == "mytag":
        return [text.replace("*/", "").replace("/", "-").strip() for texts in ours.values() for text in texts]
    return [f"[{_title(task)}: {'; '.join(map(_plain, texts))}]" for task, texts in ours.items() if texts]


def _bracketed(text: str, ours: Mapping[str, Sequence[str]], earlier: Sequence[str]) -> str:
    titles = {piece[1:].partition(":")[0] for piece in earlier if piece.startswith("[")}
    pieces = added(ours, "brackets")
    if all(piece in text for piece in pieces) and set(earlier) <= set(pieces):
        return text
    own = text
    for title in titles:
        own = re.sub(rf"\s*\[{re.escape(title)}: [^\]]*\]", "", own)
    return " ".join(part for part in (own.rstrip(), *(p for p in pieces if p not in own)) if part)


def _title(task: str) -> str:
    return task.upper().replace("_", " ")


def _plain(text: str) -> str:
    return text.replace("]", ")").replace("[", "(").replace(";", ",")

"""What a file's tags say of themselves, apart from what an earlier run of ours has written into them.

A guess that nobody has looked at is no label: learning from it would make a model believe itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from unisono.collection.libraries.rekordbox import tags_of_comment

PROVENANCE = "unisono_fields"  # the field in which a run says what it wrote: field -> values, as JSON
_OURS = "unisono_"
_JOINTS = (" / ", "; ", ", ", ";", "/")  # how several values become one text

Tags = dict[str, list[str]]


def own_tags(tags: Mapping[str, Sequence[str]]) -> tuple[Tags, int]:
    """A file's tags without ours, and how many values were ours.

    A value that was changed since counts as the user's. The block `/* A / B */` of a comment becomes the tag `tags`.

    Args:
        tags: name -> values, as `file_tags` gives them.
    Example:
        >>> own_tags({"genre": ["House"], "mood": ["dark"], "unisono_fields": ['{"genre":["House"]}']})
        ({'mood': ['dark']}, 1)
    """
    ours = _ours(tags.get(PROVENANCE, ()))
    found: Tags = {}
    dropped = 0
    for name, values in tags.items():
        if name.startswith(_OURS):
            continue
        mine = ours.get(name, ())
        if name == "comment":
            texts, block, gone = _comment(values, mine)
            found.setdefault("tags", []).extend(item for item in block if item not in found.get("tags", ()))
        else:
            texts, gone = _values(values, mine)
        found[name] = [*found.get(name, ()), *texts]
        dropped += gone
    return {name: values for name, values in found.items() if values}, dropped


def _ours(told: Sequence[str]) -> dict[str, list[str]]:
    """What the file says that we wrote; nothing where that is unreadable."""
    try:
        read = json.loads(told[0]) if told else {}
    except ValueError:
        return {}
    if not isinstance(read, dict):
        return {}
    return {str(name): [str(v) for v in values] for name, values in read.items() if isinstance(values, list)}


def parted(value: str, ours: Sequence[str]) -> tuple[str, list[str]]:
    """A text in which several values were joined, some of them ours: the joint, and the values.

    Example:
        >>> parted("mine / Peak", ["Peak"]), parted("Drum / Bass", ["Peak"])
        ((' / ', ['mine', 'Peak']), ('', ['Drum / Bass']))
    """
    if value in ours:
        return "", [value]
    joint = next((j for j in _JOINTS if any(part in ours for part in value.split(j))), "")
    return joint, value.split(joint) if joint else [value]


def _values(values: Sequence[str], ours: Sequence[str]) -> tuple[list[str], int]:
    """Values that are not ours; one text that holds several loses those of ours."""
    joined = [value for value in ours if value not in values]
    kept, gone = list[str](), len(ours) - len(joined)
    for value in (value for value in values if value not in ours):
        joint, parts = parted(value, joined)
        left = [part for part in parts if part not in joined]
        gone += len(parts) - len(left)
        kept += [joint.join(left)] if left else []
    return kept, gone


def _comment(values: Sequence[str], ours: Sequence[str]) -> tuple[list[str], list[str], int]:
    """The user's own texts, the items of his blocks, and how many pieces were ours."""
    texts, items, gone = list[str](), list[str](), 0
    for value in values:
        for piece in (piece for piece in ours if piece.startswith("[")):
            value, count = re.subn(rf"\s*{re.escape(piece)}", "", value)
            gone += count
        own, block = tags_of_comment(value)
        texts += [own] if own and own not in texts else []  # ffmpeg's comment and ours behind it say the same
        items += [item for item in block if item not in ours]
        gone += sum(item in ours for item in block)
    return texts, items, gone

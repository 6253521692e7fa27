"""Blocks of tracks: hundreds at a time, each named by all that decides what becomes of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unisono.inputs import Needs, Source

Stamp = tuple[int, ...]  # size and time of a file; empty where it is not to be had


@dataclass(frozen=True)
class Block:
    """Some tracks that stand one after another.

    Args:
        number: of this block, from 0.
        first: position of its first track in the whole collection.
        tracks: hundreds of them.
        stamps: what the asking machine saw of each track's file.
        digest: of its tracks, their files' stamps and of what is asked.
    """

    number: int
    first: int
    tracks: tuple[Source, ...]
    stamps: tuple[Stamp, ...]
    digest: str

    @property
    def name(self) -> str:
        """How its files are called, without a suffix."""
        return f"part-{self.number:06d}"


def blocks_of(
    tracks: Sequence[Source], size: int, needs: Collection[Needs], facts: Mapping[str, Any]
) -> Iterator[Block]:
    """The blocks of a collection, one after another.

    Args:
        size: tracks in a block.
        needs: what is read of a track; what is not read does not name the block.
        facts: what is asked.
    """
    for number, first in enumerate(range(0, len(tracks), size)):
        some = tuple(tracks[first : first + size])
        stamps = tuple(stamp_seen(track.audio) for track in some)
        known = [_identity(track, stamp, needs) for track, stamp in zip(some, stamps, strict=True)]
        text = json.dumps([facts, first, known], sort_keys=True, default=str)
        yield Block(number, first, some, stamps, hashlib.sha256(text.encode()).hexdigest())


def stamp_seen(path: Path | None) -> Stamp:
    """Size and time of a file that can be seen from here; its inode may differ from machine to machine."""
    if path is None:
        return ()
    try:
        facts = path.stat()
    except (OSError, ValueError):
        return ()
    return facts.st_size, facts.st_mtime_ns


def _identity(track: Source, stamp: Stamp, needs: Collection[Needs]) -> list[Any]:
    lyrics = track.lyrics if "lyrics" in needs else None
    values = dict(track.values) if "values" in needs else None
    return [track.id, None if track.audio is None else str(track.audio), stamp, lyrics, values]

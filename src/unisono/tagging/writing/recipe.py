"""Recipes: how to make a file's old bytes again out of its new ones, in as few bytes as possible."""

from __future__ import annotations

import mmap
import os
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from unisono.tagging.writing.anatomy import Damaged, Segment, stretch

_STEP, _NEAR = 64, 1 << 16  # bytes looked for at once; how far from the expected place first
_COPY = struct.Struct(">cQQ")
_ENOUGH = 1 << 12  # literal bytes in a row after which the whole file is searched only at every 16th step


def recipe_of(old: BinaryIO, new: BinaryIO) -> bytes:
    """Copies from the new file and literal bytes that together are the old file."""
    a, b = _mapped(old), _mapped(new)
    parts = list[bytes]()
    for segment in _segments(a, b):
        if isinstance(segment, bytes):
            parts += [_COPY.pack(b"+", 0, len(segment)), segment]
        else:
            parts.append(_COPY.pack(b"=", *segment))
    return zlib.compress(b"".join(parts), 6)


def segments_of(recipe: bytes) -> Iterator[Segment]:
    """What `anatomy.pour` takes to make the old file out of the new one.

    Raises: Damaged.
    """
    try:
        data = zlib.decompress(recipe)
    except zlib.error:
        raise Damaged("the journal's recipe") from None
    at = 0
    while at < len(data):
        kind, start, stop = _COPY.unpack_from(data, at)
        at += _COPY.size
        if kind == b"=":
            yield start, stop
        else:
            yield data[at : at + stop]
            at += stop


def gives(recipe: bytes, new: BinaryIO, old: BinaryIO) -> bool:
    """Whether a recipe makes exactly the old file out of the new one."""
    old.seek(0)
    for segment in segments_of(recipe):
        for block in [segment] if isinstance(segment, bytes) else stretch(new, *segment):
            if old.read(len(block)) != block:
                return False
    return not old.read(1)


def _mapped(stream: BinaryIO) -> mmap.mmap | bytes:
    stream.flush()
    size = os.fstat(stream.fileno()).st_size
    return mmap.mmap(stream.fileno(), size, access=mmap.ACCESS_READ) if size else b""


def _segments(old: mmap.mmap | bytes, new: mmap.mmap | bytes) -> Iterator[Segment]:
    """Greedy: what stands at the expected place is copied, else found, else literal."""
    at, shift, literal = 0, 0, bytearray()
    ends = sorted({0, len(new) - len(old)})
    while at < len(old):
        place = _place(old, new, at, [at + shift, *(at + end for end in ends)], len(literal))
        if place is None:
            literal += old[at : at + _STEP]
            at += _STEP
            continue
        length = _alike(old, new, at, place)
        back = _alike_before(literal, new, place)
        if len(literal) > back:
            yield bytes(literal[: len(literal) - back])
        literal.clear()
        yield place - back, place + length
        at, shift = at + length, place - at
    if literal:
        yield bytes(literal)


def _place(old: mmap.mmap | bytes, new: mmap.mmap | bytes, at: int, expected: list[int], waiting: int) -> int | None:
    """Where the next bytes of the old file stand in the new one."""
    wanted = old[at : at + _STEP]
    for place in expected:
        if place >= 0 and new[place : place + len(wanted)] == wanted:
            return place
    if len(wanted) < _STEP:
        return None
    near = max(0, expected[0] - _NEAR)
    found = new.find(wanted, near, expected[0] + _NEAR)
    if found < 0 and (waiting < _ENOUGH or waiting // _STEP % 16 == 0):
        found = new.find(wanted)
    return found if found >= 0 else None


def _alike(old: mmap.mmap | bytes, new: mmap.mmap | bytes, at: int, place: int) -> int:
    """How many bytes are the same from two places on: in growing blocks, then by halving."""
    length, block = 0, _STEP
    limit = min(len(old) - at, len(new) - place)
    while length < limit:
        size = min(block, limit - length)
        if old[at + length : at + length + size] == new[place + length : place + length + size]:
            length, block = length + size, min(2 * block, 1 << 20)
        elif size == 1:
            break
        else:
            block = size // 2
            limit = length + size - 1
    return length


def _alike_before(literal: bytearray, new: mmap.mmap | bytes, place: int) -> int:
    """How many bytes at the end of what waits also stand before the place."""
    count = 0
    while count < min(len(literal), place, _STEP) and literal[-1 - count] == new[place - 1 - count]:
        count += 1
    return count

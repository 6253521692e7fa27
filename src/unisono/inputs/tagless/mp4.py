"""MP4 (AAC, ALAC) without its user data; places of the sound count from where the sound begins."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from unisono.inputs.tagless.stretches import Irregular, Piece, exactly

_PARENTS = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}
_OFFSETS = {b"stco": "I", b"co64": "Q"}
_IGNORED = {b"free", b"skip", b"wide"}
_TAG = (b"moov", b"udta")
_GAPS = b"iTunSMPB"  # an item that decoders obey: how many samples to leave out at both ends
_MOST = 100_000


class _Atom(NamedTuple):
    path: tuple[bytes, ...]
    start: int
    stop: int


def pieces(stream: BinaryIO, size: int) -> list[Piece]:
    """All atoms but the tag and padding; of the tag only what changes the sound.

    Raises: Irregular, also for a file in fragments or with several places of sound.
    """
    atoms = list(_atoms(stream, (), (0, size)))
    sound = [atom for atom in atoms if atom.path == (b"mdat",)]
    if len(sound) != 1 or (b"moof",) in {atom.path for atom in atoms}:
        raise Irregular
    found = list[Piece]()
    for atom in atoms:
        if atom.path[-1] in _IGNORED:
            continue
        if atom.path == _TAG:
            found += _gaps(exactly(stream, atom.start, atom.stop - atom.start))
        elif atom.path[-1] in _OFFSETS:
            found += [b"/".join(atom.path), _relative(stream, atom, sound[0])]
        elif atom not in sound:
            found += [b"/".join(atom.path), (atom.start, atom.stop)]
    # sound last: the tag's place among the others tells nothing
    return [*found, (sound[0].start, sound[0].stop)]


def _atoms(stream: BinaryIO, path: tuple[bytes, ...], inside: tuple[int, int]) -> Iterator[_Atom]:
    """The leaves, in order."""
    at, end = inside
    for _ in range(_MOST):
        if at == end:
            return
        head = exactly(stream, at, 8)
        size, name, start = int.from_bytes(head[:4]), head[4:], at + 8
        if size == 1:
            size, start = int.from_bytes(exactly(stream, start, 8)), at + 16
        elif size == 0 and not path:
            size = end - at
        if not start - at <= size <= end - at:
            raise Irregular
        if name in _PARENTS and (path or name == b"moov"):
            yield from _atoms(stream, (*path, name), (start, at + size))
        else:
            yield _Atom((*path, name), start, at + size)
        at += size
    raise Irregular


def _gaps(tag: bytes) -> list[Piece]:
    at = tag.find(_GAPS)
    if at < 0:
        return []
    at += len(_GAPS)
    return [_GAPS, tag[at : at + int.from_bytes(tag[at : at + 4])]]


def _relative(stream: BinaryIO, atom: _Atom, sound: _Atom) -> bytes:
    content, form = exactly(stream, atom.start, atom.stop - atom.start), _OFFSETS[atom.path[-1]]
    count = int.from_bytes(content[4:8])
    if len(content) != 8 + count * struct.calcsize(f">{form}"):
        raise Irregular
    places = struct.unpack(f">{count}{form}", content[8:])
    if not all(sound.start <= place < sound.stop for place in places):
        raise Irregular
    return content[:8] + struct.pack(f">{count}Q", *(place - sound.start for place in places))

"""Atoms: the nested boxes of an MP4 file, every byte of it accounted for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from unisono.tagging.writing.anatomy import Damaged, Unsupported, exactly, length_of

_PARENTS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"dinf", b"udta", b"ilst"}
_FULL_PARENTS = {b"meta"}
_DEEPEST, _MOST = 12, 100_000


@dataclass(frozen=True)
class Atom:
    """One box.

    Args:
        path: the names from the outermost to its own.
        start: where its content begins, behind name and size.
        stop: where it ends.
        parent: whether it holds further boxes.
    """

    path: tuple[bytes, ...]
    start: int
    stop: int
    parent: bool

    @property
    def name(self) -> bytes:
        """Its own name."""
        return self.path[-1]


def walk(stream: BinaryIO) -> list[Atom]:
    """All boxes of a file, parents before their children.

    Raises: Damaged, Unsupported.
    """
    found = list[Atom]()
    for atom in _level(stream, (), (0, length_of(stream))):
        found.append(atom)
        if len(found) > _MOST:
            raise Damaged("there are too many atoms")
    names = [atom.path for atom in found]
    if names.count((b"moov",)) != 1 or found[0].path != (b"ftyp",):
        raise Damaged("there is not one moov atom")
    if (b"moof",) in names:
        raise Unsupported("an MP4 file in fragments")
    return found


def _level(stream: BinaryIO, path: tuple[bytes, ...], inside: tuple[int, int]) -> Iterator[Atom]:
    at, end = inside
    while at < end:
        atom = _atom(stream, path, at, end)
        if atom is None:
            return
        yield atom
        if atom.parent:
            skipped = 4 if atom.name in _FULL_PARENTS else 0
            if atom.start + skipped > atom.stop or len(atom.path) > _DEEPEST:
                raise Damaged(f"the atom {_shown(atom.name)}")
            yield from _level(stream, atom.path, (atom.start + skipped, atom.stop))
        at = atom.stop


def _atom(stream: BinaryIO, path: tuple[bytes, ...], at: int, end: int) -> Atom | None:
    if end - at == 4 and path and path[-1] == b"udta" and exactly(stream, at, 4, "an atom") == bytes(4):
        return None  # QuickTime ends its user data so
    if end - at < 8:
        raise Damaged(f"what stands at byte {at} is no atom")
    head = exactly(stream, at, 8, "an atom")
    size, name, start = int.from_bytes(head[:4]), head[4:], at + 8
    if size == 1:
        size, start = int.from_bytes(exactly(stream, at + 8, 8, "an atom")), at + 16
    elif size == 0 and not path:
        size = end - at
    if at + size > end or size < start - at:
        raise Damaged(f"the atom {_shown(name)} at byte {at}")
    below = (*path[-1:], name)
    parent = (name in _PARENTS and (not path or path[0] == b"moov")) or below == (b"udta", b"meta")
    return Atom((*path, name), start, at + size, parent and start < at + size)


def _shown(name: bytes) -> str:
    return ascii(name.decode("latin-1"))[1:-1]

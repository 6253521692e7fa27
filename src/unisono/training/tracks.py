"""The examples of a fold's tracks, loaded when they are asked for and kept while memory lasts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import overload

from unisono.inputs import Example

Excerpts = dict[str, list[Example]]  # input name -> excerpts of one track


class Tracks(Sequence[Excerpts]):
    """Examples by the track's position.

    Args:
        count: number of tracks.
        load: gives the examples of one track, from the cache or by reading its text.
        memory: bytes of arrays that are kept; what goes beyond is loaded anew each time.
    """

    def __init__(self, count: int, load: Callable[[int], Excerpts], memory: int) -> None:
        self._count, self._load, self._left = count, load, memory
        self._kept: dict[int, Excerpts] = {}

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Excerpts: ...
    @overload
    def __getitem__(self, index: slice) -> list[Excerpts]: ...
    def __getitem__(self, index: int | slice) -> Excerpts | list[Excerpts]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(self._count))]
        if not 0 <= index < self._count:  # also what ends an iteration
            raise IndexError(f"track {index} of {self._count}")
        if not 0 <= index < self._count:
            raise IndexError(index)
        kept = self._kept.get(index)
        if kept is not None:
            return kept
        loaded = self._load(index)
        size = sum(a.nbytes for excerpts in loaded.values() for e in excerpts for a in e.values())
        if size <= self._left:
            self._left -= size
            self._kept[index] = loaded
        return loaded

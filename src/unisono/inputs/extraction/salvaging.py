"""What an input can give of a damaged file: examples and what is wrong, where the input can tell them apart."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from unisono.inputs import Example, Input, Source


@runtime_checkable
class Salvages(Protocol):
    """An input that hears what is left of a damaged file."""

    def salvage(self, track: Source) -> tuple[list[Example], str]: ...


def salvaged(part: Input, track: Source) -> tuple[list[Example], str]:
    """The examples, and what is wrong with the file ("" if nothing is).

    Raises: UserError when there are no examples to be had.
    """
    if isinstance(part, Salvages):
        return part.salvage(track)
    return part.read(track), ""

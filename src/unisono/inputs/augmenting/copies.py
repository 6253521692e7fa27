"""Transposed copies of an excerpt: they stand beside it in its example, under names of their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol, runtime_checkable

from unisono.errors import ExperimentError
from unisono.inputs import Example, Input

Pitches = tuple[float, ...]
PLAIN: Pitches = (0.0,)


@runtime_checkable
class Transposes(Protocol):
    """An input that can hear a sound higher and lower than it is."""

    @property
    def pitch(self) -> Pitches:
        """Semitones, one a copy; 0 is the sound itself."""
        ...


def copy_name(array: str, semitones: float) -> str:
    """The name under which a copy of an array stands in an example.

    Example:
        >>> copy_name("mel", -2), copy_name("mel", 0.5), copy_name("mel", 0)
        ('mel-2', 'mel+0.5', 'mel')
    """
    return f"{array}{semitones:+g}" if semitones else array


def picked(example: Example, arrays: Iterable[str], semitones: float) -> Example:
    """One copy of an example, under the arrays' own names; an input without copies gives the only one there is."""
    return {name: example.get(copy_name(name, semitones), example[name]) for name in arrays}


def copies_of(inputs: Mapping[str, Input], where: str = "inputs") -> Pitches:
    """The semitones of each copy that training tracks are learned as.

    Raises: ExperimentError when inputs ask for different copies.
    """
    asked = {n: part.pitch for n, part in inputs.items() if isinstance(part, Transposes) and part.pitch != PLAIN}
    if len(set(asked.values())) > 1:
        told = " and ".join(f"{n} {list(p)}" for n, p in asked.items())
        raise ExperimentError(where, f"ask for different copies ({told})", "Give them the same pitch.")
    return next(iter(asked.values()), PLAIN)


def check_pitch(pitch: Pitches) -> Pitches:
    """The copies, if they can be made.

    Raises: ValueError.
    """
    if 0 not in pitch or len(set(pitch)) < len(pitch) or max(map(abs, pitch)) > 12:
        raise ValueError("pitch must name the sound itself, 0, and each copy once, 12 semitones away at most")
    return pitch

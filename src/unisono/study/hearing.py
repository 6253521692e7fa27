"""Costly inputs are heard once, before cells run; what hearing one track costs is measured without the cache."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from unisono.errors import UserError
from unisono.inputs import Input
from unisono.inputs.extraction import extract
from unisono.study.splits import Part

_MEASURED = 5  # tracks heard again to know what it costs, after one that may load what is loaded once


@dataclass
class Hearing:
    """Fills the cache that all cells read.

    Args:
        progress: called with (what, done, all).
        cost: input -> seconds a track and number of tracks that were measured.
    """

    progress: Callable[[str, int, int], None]
    cost: dict[str, dict[str, Any]] = field(default_factory=dict)
    _measured: list[tuple[Input, float]] = field(default_factory=list)  # parts may give other inputs the same name
    _heard: set[str] = field(default_factory=set)

    def hear(self, part: Part) -> None:
        """Hear the costly inputs of all tracks, unless these were heard before."""
        costly = part.costly
        key = f"{part.fingerprint} {sorted(repr(one) for one in costly.values())}"
        if costly and key not in self._heard:
            extract(costly, part.corpus.tracks, progress=lambda done, of: self.progress("hearing", done, of))
            found = measured(costly, part)
            self.cost |= found
            self._measured += [(costly[name], one["seconds"]) for name, one in found.items()]
        self._heard.add(key)

    def seconds(self, inputs: Mapping[str, Input]) -> float | None:
        """What one track costs an experiment with these inputs; None where something was not measured."""
        asked = [one for one in inputs.values() if one.costly]
        found = [next((s for other, s in self._measured if other == one), None) for one in asked]
        known = [s for s in found if s is not None]
        return sum(known) if known and len(known) == len(asked) else None


def measured(costly: Mapping[str, Input], part: Part) -> dict[str, dict[str, Any]]:
    """Seconds a track of each input, of a few tracks that can be read."""
    found = {}
    for name, one in costly.items():
        seconds: list[float] = []
        for track in part.corpus.tracks:
            began = time.perf_counter()
            try:
                read = one.read(track)
            except UserError:
                continue
            if read:
                seconds.append(time.perf_counter() - began)
            if len(seconds) > _MEASURED:
                break
        if len(seconds) > 1:
            found[name] = {"tracks": len(seconds) - 1, "seconds": round(sum(seconds[1:]) / (len(seconds) - 1), 4)}
    return found

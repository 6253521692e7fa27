"""The rows of one part of several runs in one place, so that a step of all runs is one look-up an array."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from unisono.training.rows import Rows
from unisono.training.sampling import Draw

Positions = NDArray[np.intp]


class Drawn(NamedTuple):
    """The rows of one step of all runs, run by run, the same number of each.

    Args:
        inputs: "<input>.<array>" -> tensor.
        targets: task -> (runs, rows, k), NaN in rows that are padding.
        counts: rows of each run that are none.
        lengths: words of each run's longest row; empty where rows are no bags.
        present: tasks with a label in the rows of each run. Shape: (runs, tasks)
    """

    inputs: dict[str, Tensor]
    targets: dict[str, Tensor]
    counts: list[int]
    lengths: list[int]
    present: NDArray[np.bool_]


class Pool:
    """All rows.

    Args:
        rows: of each run.
        varying: names of arrays whose second axis is as long as the longest row needs.
    """

    def __init__(self, rows: Sequence[Rows], varying: Sequence[str]) -> None:
        whole = [one.batch(Draw(np.arange(len(one.tracks)))) for one in rows if len(one.tracks)]
        self.sizes = [len(one.tracks) for one in rows]
        self._starts = np.cumsum([0, *self.sizes])
        self._varying = tuple(varying)
        self._inputs = {name: _below([batch.inputs[name] for batch in whole], 0) for name in whole[0].inputs}
        self.widths = {name: target.shape[1] for name, target in whole[0].targets.items()}
        self._targets = _below([torch.cat(list(batch.targets.values()), dim=1) for batch in whole], torch.nan)
        ends = np.cumsum([0, *self.widths.values()])
        cells = ~np.isnan(self._targets.numpy())
        spans = [slice(a, b) for a, b in pairwise(ends.tolist())]
        self._known = np.stack([cells[:, span].any(axis=1) for span in spans], axis=1)
        ids = [array for name, array in self._inputs.items() if name in self._varying and name.endswith(".ids")]
        self._lengths = (ids[0] != 0).sum(dim=1).numpy() if ids else None

    def drawn(self, draws: Sequence[Draw | None], runs: Sequence[int], size: int) -> Drawn:
        """What some runs see in a step, as `ahead` has it."""
        return next(self.ahead([draws], runs, size))

    def ahead(self, steps: Sequence[Sequence[Draw | None]], runs: Sequence[int], size: int) -> Iterator[Drawn]:
        """What some runs see in several steps, whose labels are looked up at once.

        Args:
            steps: of each step, of each run; None: it has no step left.
            runs: their numbers.
            size: rows of each, padding included: the same in all steps, so that what a run sums up, to the last bit,
                does not depend on which others learn beside it.
        """
        counts = [[0 if draw is None else len(draw.rows) for draw in draws] for draws in steps]
        places = np.full((len(steps), len(runs), size), self._starts[-1])
        for draws, own, many in zip(steps, places, counts, strict=True):
            for at, (draw, run) in enumerate(zip(draws, runs, strict=True)):
                if draw is not None:
                    own[at, : many[at]] = self._starts[run] + draw.rows
        targets, present = self._labels(places, steps)
        for step, (own, many) in enumerate(zip(places, counts, strict=True)):
            inputs, lengths = self._arrays(own)
            yield Drawn(inputs, {name: part[step] for name, part in targets.items()}, many, lengths, present[step])

    def _labels(
        self, places: Positions, steps: Sequence[Sequence[Draw | None]]
    ) -> tuple[dict[str, Tensor], NDArray[np.bool_]]:
        """Targets of each task, and which tasks have one. Shape: (steps, runs, rows, k); (steps, runs, tasks)"""
        whole = self._targets.index_select(0, torch.from_numpy(places.reshape(-1))).view(*places.shape, -1)
        known, only = self._known[places], _only(steps, places.shape)
        parts = dict(zip(self.widths, torch.split(whole, list(self.widths.values()), dim=-1), strict=True))
        if only is not None:
            asked = (only[..., None] == -1) | (only[..., None] == np.arange(len(parts)))
            known, marks = known & asked, torch.from_numpy(asked)
            parts = {n: p.where(marks[..., i, None], torch.nan) for i, (n, p) in enumerate(parts.items())}
        return {name: part.contiguous() for name, part in parts.items()}, np.asarray(known.any(axis=2))

    def _arrays(self, places: Positions) -> tuple[dict[str, Tensor], list[int]]:
        """Inputs of one step, as long as its longest row needs, and the words of each run's longest."""
        index = torch.from_numpy(places.reshape(-1))
        inputs = {name: array.index_select(0, index) for name, array in self._inputs.items()}
        if self._lengths is None:
            return inputs, []
        lengths = np.maximum(self._lengths[places].max(axis=1), 1).tolist()
        return inputs | {name: inputs[name][:, : max(lengths)] for name in self._varying}, lengths


def _only(steps: Sequence[Sequence[Draw | None]], shape: tuple[int, ...]) -> Positions | None:
    """Number of the one task whose label counts in each row, -1 where all do; None where all do everywhere."""
    drawn = [(step, at, d) for step, draws in enumerate(steps) for at, d in enumerate(draws) if d is not None]
    if all(draw.only is None for _, _, draw in drawn):
        return None
    only = np.full(shape, -1)
    for step, at, draw in drawn:
        if draw.only is not None:
            only[step, at, : len(draw.rows)] = draw.only
    return only


def _below(arrays: Sequence[Tensor], padding: float) -> Tensor:
    """Arrays one below the other, as wide as the widest, and one row of padding at the end."""
    width = max(array.shape[1] for array in arrays)
    wide = [torch.nn.functional.pad(array, (0, width - array.shape[1])) for array in arrays]
    return torch.cat([*wide, torch.full_like(wide[0][:1], padding)])

"""Batches of rows as tensors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from unisono.inputs.batching import batch_of
from unisono.training.material import FoldMaterial
from unisono.training.sampling import Draw, Sampler, units_of
from unisono.training.sampling_settings import SamplingSettings


class Batch(NamedTuple):
    """What one step sees.

    Args:
        inputs: "<input>.<array>" -> tensor.
        targets: task -> float32 (rows, k), NaN where not labelled or not asked for in this step.
        present: tasks with a label in these rows.
        tracks: position of each row's track.
    """

    inputs: dict[str, Tensor]
    targets: dict[str, Tensor]
    present: tuple[str, ...]
    tracks: NDArray[np.intp]


class Rows:
    """The rows of one part of a fold: the excerpts of its tracks that have a label.

    Args:
        part: "train" or "validation".
        size: rows a batch.
        device: where the tensors go.
    """

    def __init__(self, fold: FoldMaterial, part: str, size: int, device: torch.device) -> None:
        self._fold, self._size, self._device = fold, size, device
        rows = np.array(fold.rows(part), np.intp).reshape(-1, 2)
        self.tracks, self._excerpts = rows[:, 0], rows[:, 1]

    def sampler(self, settings: SamplingSettings, seed: int, processes: int = 1) -> Sampler:
        """What makes the steps of an epoch of these rows, which several processes share out."""
        fold = self._fold
        labelled = {n: np.asarray(~np.isnan(t[self.tracks]).all(axis=1)) for n, t in fold.targets.items()}
        units = units_of(labelled, fold.homes[self.tracks], fold.collections, settings)
        return Sampler(units, settings, self._size * processes, seed)

    def in_order(self) -> Iterator[Batch]:
        """Every row once."""
        for start in range(0, len(self.tracks), self._size):
            yield self.batch(Draw(np.arange(start, min(start + self._size, len(self.tracks)))))

    def batch(self, draw: Draw) -> Batch:
        """The rows of one step."""
        tracks, excerpts = self.tracks[draw.rows], self._excerpts[draw.rows]
        rows = [(self._fold.tracks[i], at) for i, at in zip(tracks.tolist(), excerpts.tolist(), strict=True)]
        arrays = batch_of(self._fold.inputs, rows)
        targets = {n: t[tracks] for n, t in self._fold.targets.items()}
        if draw.only is not None:
            for number, target in enumerate(targets.values()):
                target[draw.only != number] = np.nan
        present = tuple(n for n, t in targets.items() if not np.isnan(t).all())
        return Batch(self._tensors(arrays), self._tensors(targets), present, tracks)

    def _tensors(self, arrays: Mapping[str, NDArray[np.generic]]) -> dict[str, Tensor]:
        return {n: torch.from_numpy(np.ascontiguousarray(a)).to(self._device) for n, a in arrays.items()}

"""Batches of rows as tensors: the order of an epoch is a function of seed and epoch, so a resumed run needs no more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from unisono.inputs.batching import batch_of
from unisono.training.material import FoldMaterial


class Batch(NamedTuple):
    """What one step sees.

    Args:
        inputs: "<input>.<array>" -> tensor.
        targets: task -> float32 (rows, k), NaN where not labelled.
        present: tasks with a label in these rows.
        tracks: position of each row's track.
    """

    inputs: dict[str, Tensor]
    targets: dict[str, Tensor]
    present: tuple[str, ...]
    tracks: NDArray[np.intp]


class Rows:
    """The rows of one part of a fold.

    Args:
        rows: (track, excerpt) of each.
        size: rows a batch.
        device: where the tensors go.
    """

    def __init__(self, fold: FoldMaterial, rows: Sequence[tuple[int, int]], size: int, device: torch.device) -> None:
        self._fold, self._rows, self._size, self._device = fold, rows, size, device

    def __len__(self) -> int:
        """Batches a training epoch: a last batch of one row is left out, for it has no batch statistics."""
        whole, rest = divmod(len(self._rows), self._size)
        return whole + (rest > 1 or (rest == 1 and whole == 0))

    def shuffled(self, seed: int, epoch: int, skip: int = 0) -> Iterator[Batch]:
        """The batches of one training epoch.

        Args:
            skip: batches that an interrupted run has seen already.
        """
        order = np.random.default_rng([seed, epoch]).permutation(len(self._rows))
        for at in range(skip, len(self)):
            yield self._batch(order[at * self._size : (at + 1) * self._size])

    def in_order(self) -> Iterator[Batch]:
        """Every row once."""
        for start in range(0, len(self._rows), self._size):
            yield self._batch(np.arange(start, min(start + self._size, len(self._rows))))

    def _batch(self, chosen: NDArray[np.intp]) -> Batch:
        rows = [self._rows[i] for i in chosen]
        tracks = np.array([i for i, _ in rows], np.intp)
        arrays = batch_of(self._fold.inputs, [(self._fold.tracks[i], at) for i, at in rows])
        targets = {n: t[tracks] for n, t in self._fold.targets.items()}
        present = tuple(n for n, t in targets.items() if not np.isnan(t).all())
        return Batch(self._tensors(arrays), self._tensors(targets), present, tracks)

    def _tensors(self, arrays: Mapping[str, NDArray[np.generic]]) -> dict[str, Tensor]:
        return {n: torch.from_numpy(np.ascontiguousarray(a)).to(self._device) for n, a in arrays.items()}

"""Batches of rows as tensors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from unisono.inputs import Batch as Arrays
from unisono.inputs.augmenting import Augmentation
from unisono.inputs.batching import batch_of
from unisono.training.augmenting import Augmenter, Mixed
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
        partners: targets of the rows that these are mixed with; None where they are not mixed.
        share: of the rows' own targets in their loss; the rest is their partners'.
    """

    inputs: dict[str, Tensor]
    targets: dict[str, Tensor]
    present: tuple[str, ...]
    tracks: NDArray[np.intp]
    partners: dict[str, Tensor] | None = None
    share: float = 1.0


class Rows:
    """The rows of one part of a fold: the excerpts of its tracks that have a label.

    Args:
        part: "train" or "validation".
        size: rows a batch.
        device: where the tensors go.
        augmentation: how rows are changed while they are learned; None: they are taken as they are.
    """

    def __init__(
        self, fold: FoldMaterial, part: str, size: int, device: torch.device, augmentation: Augmentation | None = None
    ) -> None:
        self._fold, self._size, self._device = fold, size, device
        augmenter = Augmenter(fold.inputs, augmentation, fold.copies) if augmentation is not None else None
        self._augmenter = augmenter if augmenter is not None and augmenter.needed else None
        copies = self._augmenter.rows_of_one if self._augmenter else 1
        made = [(*row, copy) for row in fold.rows(part) for copy in range(copies)]
        if fold.crossing and part == "train":  # a leak on purpose: copies of what is judged, never the sound itself
            made += [(*row, copy) for row in fold.rows("test") for copy in range(copies) if fold.copies[copy]]
        rows = np.array(made, np.intp).reshape(-1, 3)
        self.tracks, self._excerpts, self._copies = rows.T

    def sampler(self, settings: SamplingSettings, seed: int, processes: int = 1) -> Sampler:
        """What makes the steps of an epoch of these rows, which several processes share out."""
        fold = self._fold
        labelled = {n: np.asarray(~np.isnan(t[self.tracks]).all(axis=1)) for n, t in fold.targets.items()}
        units = units_of(labelled, fold.homes[self.tracks], fold.collections, settings)
        return Sampler(units, settings, self._size * processes, seed)

    @property
    def changing(self) -> bool:
        """Whether rows are learned otherwise than they are, each time anew."""
        return self._augmenter is not None

    def in_order(self) -> Iterator[Batch]:
        """Every row once."""
        for start in range(0, len(self.tracks), self._size):
            yield self.batch(Draw(np.arange(start, min(start + self._size, len(self.tracks)))))

    def batch(self, draw: Draw, luck: Sequence[int] = ()) -> Batch:
        """The rows of one step.

        Args:
            luck: what is drawn for augmentation depends on these numbers alone.
        """
        rng, tracks = np.random.default_rng([*luck]), self.tracks[draw.rows]
        arrays, mixture = self._arrays(draw.rows, rng)
        targets = {n: t[tracks] for n, t in self._fold.targets.items()}
        if draw.only is not None:
            for number, target in enumerate(targets.values()):
                target[draw.only != number] = np.nan
        present = tuple(n for n, t in targets.items() if not np.isnan(t).all())
        tensors, wanted = self._tensors(arrays), self._tensors(targets)
        if mixture is None:
            return Batch(tensors, wanted, present, tracks)
        partners = self._tensors({n: t[mixture.partner] for n, t in targets.items()})
        return Batch(tensors, wanted, present, tracks, partners, mixture.share)

    def _arrays(self, rows: NDArray[np.intp], rng: np.random.Generator) -> tuple[Arrays, Mixed | None]:
        places = zip(
            self.tracks[rows].tolist(), self._excerpts[rows].tolist(), self._copies[rows].tolist(), strict=True
        )
        change = self._augmenter
        if change is None:
            return batch_of(self._fold.inputs, [(self._fold.tracks[i], at) for i, at, _ in places]), None
        learned = [(change.excerpt(self._fold.tracks[i], at, copy, rng), 0) for i, at, copy in places]
        return change.mixed(batch_of(self._fold.inputs, learned), rng)

    def _tensors(self, arrays: Mapping[str, NDArray[np.generic]]) -> dict[str, Tensor]:
        return {n: torch.from_numpy(np.ascontiguousarray(a)).to(self._device) for n, a in arrays.items()}

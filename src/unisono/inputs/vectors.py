"""Vectors: ready-made features of each track, kept in files by track id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from unisono.inputs import Batch, Example, Source
from unisono.inputs.reading.dense import collate_dense
from unisono.inputs.reading.keyed import Keyed
from unisono.inputs.reading.row_files import RowFile
from unisono.inputs.reading.scaling import Scaler, Scaling, fit_scaler
from unisono.parts import Settings

_BLOCK = 1024  # rows that are made dense at a time


class Vectors(Keyed, Settings):
    """A row of numbers for each track, from one file or several, scaled by the training tracks.

    Args:
        scaling: `standard` (mean 0, deviation 1), `minmax` (0 to 1) or `none`.
        widths: learned by `fit`: numbers in a row of each file.
        scaler: learned: see `scaling`.
    """

    kind: Literal["vectors"] = "vectors"
    scaling: Scaling = "standard"
    widths: tuple[int, ...] | None = None
    scaler: Scaler | None = None

    @property
    def shapes(self) -> dict[str, tuple[int | None, ...]]:
        """One row, as long as those of all files together; None before `fit`."""
        return {"values": (None if self.widths is None else sum(self.widths),)}

    def fit(self, tracks: Iterable[Source]) -> Self:
        """Learn the width and the scale from the training tracks' rows.

        Raises: TableError when a file is damaged, or tracks have no row in it.
        """
        files = self._files()
        known = self._known(files, tracks)
        scaler = fit_scaler(self.scaling, lambda: _blocks(files, known))
        return self._copy({"widths": tuple(f.width for f in files), "scaler": scaler}, self._base)

    def read(self, track: Source) -> list[Example]:
        """One example, or none where a file has no row for the track and `missing = "lack"`.

        Raises: TableError where it has no row otherwise, and when a file's rows are not as long as those learned from.
        Shape: {"values": float32 (width,)}
        """
        files = self._same_files(self.widths)
        if self.missing == "lack" and self.why_missing(track) is not None:
            return []
        row = _rows(files, self._known(files, [track]))[0]
        values = row if self.scaler is None else self.scaler.apply(row)
        return [{"values": values.astype(np.float32)}]

    def collate(self, examples: Sequence[Example | None]) -> Batch:
        """Rows one below the other.

        Shape: {"values": float32 (examples, width)}
        """
        return collate_dense(examples, sum(self._learned_widths(self.widths)))


def _rows(files: Sequence[RowFile], ids: Sequence[str]) -> NDArray[np.float64]:
    return np.concatenate([f.rows(ids) for f in files], axis=1)


def _blocks(files: Sequence[RowFile], ids: Sequence[str]) -> Iterator[NDArray[np.float64]]:
    return (_rows(files, ids[at : at + _BLOCK]) for at in range(0, len(ids), _BLOCK))

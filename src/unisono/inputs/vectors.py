"""Vectors: ready-made features of each track, kept in files by track id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from unisono.inputs import Batch, Example, Labels, Source
from unisono.inputs.reading.dense import collate_dense
from unisono.inputs.reading.keyed import Keyed, expanded
from unisono.inputs.reading.row_files import RowFile
from unisono.inputs.reading.scaling import Scaler, Scaling, fit_scaler
from unisono.inputs.selection import Features, Selected, Selection, choose
from unisono.parts import Settings

_BLOCK = 1024  # rows that are made dense at a time


class Vectors(Keyed, Settings):
    """A row of numbers for each track, from one file or several, scaled by the training tracks.

    Args:
        scaling: `standard` (mean 0, deviation 1), `minmax` (0 to 1) or `none`.
        selection: which of the numbers to keep, see `selection.Selection`; default: all.
        widths: learned by `fit`: numbers in a row of each file.
        scaler: learned: see `scaling`.
        selected: learned: what `selection` has kept and why.
    """

    kind: Literal["vectors"] = "vectors"
    scaling: Scaling = "standard"
    selection: Selection | None = None
    widths: tuple[int, ...] | None = None
    scaler: Scaler | None = None
    selected: Selected | None = None

    @property
    def shapes(self) -> dict[str, tuple[int | None, ...]]:
        """One row, as long as those of all files together; None before `fit`."""
        return {"values": (None if self.widths is None else self._width,)}

    @property
    def learns_from_labels(self) -> bool:
        """Whether labels have a say in what is kept."""
        return self.selection is not None and self.selection.asks

    def fit(self, tracks: Iterable[Source]) -> Self:
        """Learn the width and the scale from the training tracks' rows.

        Raises: TableError when a file is damaged, or tracks have no row in it.
        """
        return self.fit_labelled(list(tracks), {})

    def fit_labelled(self, tracks: Sequence[Source], labels: Mapping[str, Labels]) -> Self:
        """Like `fit`, with the tracks' labels for the selection.

        Raises: as `fit`; LabelError when a task that selects has no two different labels.
        """
        files = self._files()
        known = self._known(files, tracks)
        there = [i for i, t in enumerate(tracks) if all(self._id_of(t) in f.index for f in files)]
        widths = tuple(f.width for f in files)
        selected = None
        if self.selection is not None:
            mine = {n: part.of(there) for n, part in labels.items()}
            selected = choose(self.selection, Features(_names(self.tables, widths), _rows(files, known)), mine)
        kept = None if selected is None else selected.positions
        scaler = fit_scaler(self.scaling, lambda: _blocks(files, known, kept))
        return self._copy({"widths": widths, "scaler": scaler, "selected": selected}, self._base)

    def read(self, track: Source) -> list[Example]:
        """One example, or none where a file has no row for the track and `missing = "lack"`.

        Raises: TableError where it has no row otherwise, and when a file's rows are not as long as those learned from.
        Shape: {"values": float32 (width,)}
        """
        files = self._same_files(self.widths)
        if self.missing == "lack" and self.why_missing(track) is not None:
            return []
        row = _rows(files, self._known(files, [track]), None if self.selected is None else self.selected.positions)[0]
        values = row if self.scaler is None else self.scaler.apply(row)
        return [{"values": values.astype(np.float32)}]

    def collate(self, examples: Sequence[Example | None]) -> Batch:
        """Rows one below the other.

        Shape: {"values": float32 (examples, width)}
        """
        return collate_dense(examples, self._width)

    @property
    def _width(self) -> int:
        whole = sum(self._learned_widths(self.widths))
        return whole if self.selected is None else len(self.selected.positions)


def _rows(files: Sequence[RowFile], ids: Sequence[str], kept: Sequence[int] | None = None) -> NDArray[np.float64]:
    whole = np.concatenate([f.rows(ids) for f in files], axis=1)
    return whole if kept is None else whole[:, list(kept)]


def _blocks(files: Sequence[RowFile], ids: Sequence[str], kept: Sequence[int] | None) -> Iterator[NDArray[np.float64]]:
    return (_rows(files, ids[at : at + _BLOCK], kept) for at in range(0, len(ids), _BLOCK))


def _names(tables: Sequence[str], widths: Sequence[int]) -> tuple[str, ...]:
    """A name for each number: the file's and the place in it, from 0."""
    stems = [Path(table).stem for table in expanded(tables)]
    return tuple(f"{stem}[{at}]" for stem, width in zip(stems, widths, strict=True) for at in range(width))

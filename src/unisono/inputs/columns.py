"""Columns: numbers that stand in the collection's table already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from unisono.errors import TableError
from unisono.inputs import Batch, Example, Labels, Needs, Source
from unisono.inputs.reading.cells import matching, numbers_of, table_of
from unisono.inputs.reading.dense import collate_dense
from unisono.inputs.reading.keys import key_of
from unisono.inputs.reading.scaling import Scaler, Scaling, fit_scaler
from unisono.inputs.selection import Features, Selected, Selection, choose
from unisono.parts import Settings


class Columns(Settings):
    """Numbers of a track's row, scaled by the training tracks.

    Args:
        columns: names of columns, or glob patterns such as "*m"; leave the columns of labels out.
        exclude: names or patterns of columns that the patterns shall not take.
        scaling: `standard` (mean 0, deviation 1), `minmax` (0 to 1) or `none`.
        missing: an empty cell becomes the training tracks' `mean`, or the track is said to `lack` this input.
        indicator: add a 0/1 value for each column that is empty in some training track: 1 where the cell is empty.
        selection: which of the columns to keep, see `selection.Selection`; default: all.
        names: learned by `fit`: the columns, in order.
        fill: learned: the training mean of each column.
        flagged: learned: columns that have an indicator.
        scaler: learned: see `scaling`.
        selected: learned: what `selection` has kept and why.
    """

    needs: ClassVar[Needs] = "values"
    costly: ClassVar[bool] = False

    kind: Literal["columns"] = "columns"
    columns: tuple[str, ...] = Field(min_length=1)
    exclude: tuple[str, ...] = ()
    scaling: Scaling = "standard"
    missing: Literal["mean", "lack"] = "mean"
    indicator: bool = False
    selection: Selection | None = None
    names: tuple[str, ...] | None = None
    fill: tuple[float, ...] = ()
    flagged: tuple[str, ...] = ()
    scaler: Scaler | None = None
    selected: Selected | None = None

    @property
    def shapes(self) -> dict[str, tuple[int | None, ...]]:
        """One number a column, and one an indicator; None before `fit`."""
        return {"values": (None if self.names is None else len(self.names) + len(self.flagged),)}

    def key(self) -> str:
        """Names the settings and what was learned."""
        return self._key

    @property
    def columns_needed(self) -> tuple[str, ...]:
        """The columns that a row must have, all or none, to be read."""
        return self._fitted

    @property
    def learns_from_labels(self) -> bool:
        """Whether labels have a say in what is kept."""
        return self.selection is not None and self.selection.asks

    def check_columns(self, columns: Sequence[str]) -> None:
        """Raises: ExperimentError when a pattern matches nothing."""
        matching(self.columns, self.exclude, columns)

    def fit(self, tracks: Iterable[Source]) -> Self:
        """Find the columns, their means and their scale in the training tracks.

        Raises: ExperimentError when a pattern matches nothing; TableError when a cell is no number, or all are empty.
        """
        return self.fit_labelled(list(tracks), {})

    def fit_labelled(self, tracks: Sequence[Source], labels: Mapping[str, Labels]) -> Self:
        """Like `fit`, with the tracks' labels for the selection.

        Raises: as `fit`; LabelError when a task that selects has no two different labels.
        """
        there = [i for i, t in enumerate(tracks) if t.values]
        tracks = [tracks[i] for i in there]
        known = tuple(dict.fromkeys(name for track in tracks for name in track.values))
        names = matching(self.columns, self.exclude, known)
        rows = table_of(tracks, names, "columns")
        empty = np.isnan(rows)
        for name in _where(names, np.all(empty, axis=0))[:1]:
            raise TableError(
                f'columns: column "{name}"', "has no number in the training tracks", "Leave it out with exclude."
            )
        selected = self._select(names, rows, {n: part.of(there) for n, part in labels.items()})
        if selected is not None:
            names, rows, empty = selected.names, rows[:, selected.positions], empty[:, selected.positions]
        flagged = _where(names, np.any(empty, axis=0)) if self.indicator else ()
        learned = {"names": names, "fill": tuple(np.nanmean(rows, axis=0).tolist()), "flagged": flagged}
        kept = {name: getattr(self, name) for name in type(self).model_fields}
        scaler = fit_scaler(self.scaling, lambda: [rows])
        return type(self)(**{**kept, **learned, "scaler": scaler, "selected": selected})

    def _select(
        self, names: tuple[str, ...], rows: NDArray[np.float64], labels: Mapping[str, Labels]
    ) -> Selected | None:
        if self.selection is None:
            return None
        whole = np.where(np.isnan(rows), np.nanmean(rows, axis=0), rows)
        return choose(self.selection, Features(names, whole), labels)

    def read(self, track: Source) -> list[Example]:
        """One example; none where no cell has a number, or with `missing = "lack"` where one is empty.

        Shape: {"values": float32 (columns + indicators,)}
        """
        if self.why_missing(track) is not None:
            return []
        row = numbers_of(track, self._fitted)
        empty = np.isnan(row)
        values = np.where(empty, np.array(self.fill), row)
        if self.scaler is not None:
            values = self.scaler.apply(values)
        return [{"values": np.concatenate([values, empty[self._flags]]).astype(np.float32)}]

    def why_missing(self, track: Source) -> str | None:
        """Why a track lacks this input, in words; None when it has it."""
        names = self._fitted
        if not any(name in track.values for name in names):
            return "its row has none of the columns"
        empty = np.isnan(numbers_of(track, names))
        if empty.all():
            return "all its cells are empty"
        if self.missing == "lack" and empty.any():
            return f'its cell of column "{names[int(np.argmax(empty))]}" is empty'
        return None

    def collate(self, examples: Sequence[Example | None]) -> Batch:
        """Rows one below the other.

        Shape: {"values": float32 (examples, columns + indicators)}
        """
        return collate_dense(examples, len(self._fitted) + len(self.flagged))

    @property
    def _fitted(self) -> tuple[str, ...]:
        if self.names is None:
            raise ValueError('the input "columns" is not fitted: call fit first')
        return self.names

    @cached_property
    def _flags(self) -> NDArray[np.intp]:
        return np.array([self._fitted.index(name) for name in self.flagged], dtype=np.intp)

    @cached_property
    def _key(self) -> str:
        return key_of(self)


def _where(names: Sequence[str], chosen: NDArray[np.bool_]) -> tuple[str, ...]:
    return tuple(name for name, yes in zip(names, chosen.tolist(), strict=True) if yes)

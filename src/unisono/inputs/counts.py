"""Counts: ready-made word counts (or other sparse counts) of each track, kept in files by track id; never dense."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from unisono.errors import TableError
from unisono.inputs import Batch, Example, Source
from unisono.inputs.reading.keyed import Keyed
from unisono.inputs.reading.row_files import RowFile
from unisono.inputs.reading.sparse import collate_sparse
from unisono.inputs.reading.weighting import Norm, Weighting, inverse_frequencies, weigh
from unisono.parts import Settings

RESERVED = 1  # 0 is padding


class Counts(Keyed, Settings):
    """Numbers and weights of the columns that are not 0 in a track's row; the number 0 is padding.

    Made for tables such as musiXmatch's bag of words, where the lyrics themselves may not be passed on.

    Args:
        weighting: `counts`, `binary`, `log` (ln(1 + count)) or `tfidf`.
        norm: `l2` makes the squares of a track's weights sum to 1.
        sublinear: 1 + ln(count) in place of the count; for `tfidf`.
        widths: learned by `fit`: columns of each file.
        idf: learned: inverse frequency of each column; for `tfidf`.
    """

    kind: Literal["counts"] = "counts"
    weighting: Weighting = "counts"
    norm: Norm = "none"
    sublinear: bool = False
    widths: tuple[int, ...] | None = None
    idf: tuple[float, ...] | None = None

    @property
    def shapes(self) -> dict[str, tuple[int | None, ...]]:
        """Two arrays of one length."""
        return {"ids": (None,), "weights": (None,)}

    @property
    def vocabulary_size(self) -> int:
        """Rows an embedding needs, the padding included."""
        return RESERVED + sum(self._learned_widths(self.widths))

    def fit(self, tracks: Iterable[Source]) -> Self:
        """Learn the width, and for `tfidf` how rare each column is, from the training tracks' rows.

        Raises: TableError when a file is damaged, tracks have no row in it, or a count is below 0.
        """
        files = self._files()
        known = self._known(files, tracks)
        widths = tuple(f.width for f in files)
        having = np.zeros(sum(widths), dtype=np.int64)
        for name in known:
            having[_row(files, name)[0]] += 1
        rare = inverse_frequencies(having.tolist(), len(known)) if self.weighting == "tfidf" else None
        return self._copy({"widths": widths, "idf": rare}, self._base)

    def read(self, track: Source) -> list[Example]:
        """One example, or none where a file has no row for the track and `missing = "lack"`.

        Raises: TableError where it has no row otherwise, and when a file's rows are not as long as those learned from.
        Shape: {"ids": int32 (columns,), "weights": float32 (columns,)}, ids ascending
        """
        files = self._same_files(self.widths)
        if self.missing == "lack" and self.why_missing(track) is not None:
            return []
        columns, counts = _row(files, self._known(files, [track])[0])
        idf = None if self._idf is None else self._idf[columns]
        weights = weigh(counts, self.weighting, self.norm, self.sublinear, idf)
        return [{"ids": (columns + RESERVED).astype(np.int32), "weights": weights}]

    def collate(self, examples: Sequence[Example | None]) -> Batch:
        """Pad to the longest with number 0 and weight 0.

        Shape: {"ids": int32 (examples, longest), "weights": float32 (examples, longest)}, longest at least 1
        """
        return collate_sparse(examples)

    @cached_property
    def _idf(self) -> NDArray[np.float64] | None:
        return None if self.idf is None else np.array(self.idf, dtype=np.float64)


def _row(files: Sequence[RowFile], name: str) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Columns, counted through all files, and counts of one track."""
    starts = np.cumsum([0, *(f.width for f in files)])
    rows = [f.nonzero(name) for f in files]
    columns = np.concatenate([columns + start for (columns, _), start in zip(rows, starts, strict=False)])
    counts = np.concatenate([values for _, values in rows])
    if (counts < 0).any():
        raise TableError(f'{files[0].path}, id "{name}"', "holds a count below 0")
    return columns, counts

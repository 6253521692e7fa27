"""Rows of a batch: the excerpts of tracks, input by input, the same when learning and when tagging."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from unisono.inputs import Batch, Example, Input

TrackExamples = Mapping[str, Sequence[Example]]  # input name -> the excerpts of one track, empty when it lacks it


def rows_of(track: TrackExamples) -> int:
    """How many rows a track makes: its largest number of excerpts, 0 when it has nothing to hear or read."""
    return max((len(excerpts) for excerpts in track.values()), default=0)


def batch_of(inputs: Mapping[str, Input], rows: Sequence[tuple[TrackExamples, int]]) -> Batch:
    """Collate excerpts of several tracks.

    Args:
        inputs: fitted inputs by name.
        rows: (examples of a track, which excerpt); an input with fewer excerpts repeats its last one.
    Returns: "<input>.<array>" -> array, and where the model has several inputs "<input>.present", 1 or 0 a row.
    """
    batch: Batch = {}
    for name, part in inputs.items():
        chosen = [_excerpt(track.get(name, ()), at) for track, at in rows]
        batch.update({f"{name}.{array}": values for array, values in part.collate(chosen).items()})
        if len(inputs) > 1:
            batch[f"{name}.present"] = np.array([e is not None for e in chosen], np.float32)
    return batch


def batches_of(
    inputs: Mapping[str, Input], tracks: Sequence[TrackExamples], size: int
) -> Iterator[tuple[NDArray[np.intp], Batch]]:
    """All excerpts of several tracks in order, `size` rows at a time, each with its tracks' positions."""
    rows = [(i, at) for i, track in enumerate(tracks) for at in range(rows_of(track))]
    for start in range(0, len(rows), size):
        chunk = rows[start : start + size]
        yield np.array([i for i, _ in chunk], np.intp), batch_of(inputs, [(tracks[i], at) for i, at in chunk])


def mean_of_tracks(scores: NDArray[np.float32], of_track: NDArray[np.intp], tracks: int) -> NDArray[np.float32]:
    """Scores of excerpts averaged a track.

    Shape: (rows, width), (rows,) -> (tracks, width), NaN rows for tracks without any excerpt
    """
    sums = np.zeros((tracks, scores.shape[1]), np.float64)
    np.add.at(sums, of_track, scores)
    counts = np.bincount(of_track, minlength=tracks)[:, None]
    return np.asarray(np.where(counts > 0, sums / np.maximum(counts, 1), np.nan), np.float32)


def _excerpt(excerpts: Sequence[Example], at: int) -> Example | None:
    return excerpts[min(at, len(excerpts) - 1)] if excerpts else None

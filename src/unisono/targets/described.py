"""What describes each track: columns of numbers, frames of sound, or labels; and the bag of words made of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from unisono.collection import Track
from unisono.collection.table import text_of
from unisono.errors import LabelError, TableError, nearest
from unisono.inputs.descriptors import Descriptors
from unisono.inputs.extraction import Extracted, extract
from unisono.inputs.reading.cells import columns_are, matching, table_of
from unisono.targets.codebook import Codebook, Rows, fit_codebook
from unisono.tasks.computed import ArtistGroups

Positions = NDArray[np.intp]


class Described(Protocol):
    """The descriptions of all tracks of a task."""

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which tracks are described."""
        ...

    def told(self) -> Iterator[bytes]:
        """All that is described, as bytes: what a cache entry is named by."""
        ...

    def bags(self, learners: Positions, settings: ArtistGroups) -> Rows:
        """A bag for each track, zeros where it is not described.

        Args:
            learners: the tracks that the words are made from.
        Shape: -> (tracks, words)
        """
        ...


def described(settings: ArtistGroups, tracks: Sequence[Track], where: str) -> Described:
    """Read what describes the tracks.

    Args:
        where: the key of the task, for messages.
    Raises: ExperimentError when a pattern matches no column; TableError for an absent column or a cell that is no
        number; MissingExtra without librosa.
    """
    if settings.labels is not None:
        return _Labelled([_labels(track, settings, f"{where}.target.labels") for track in tracks])
    if settings.columns:
        known = tuple(dict.fromkeys(name for track in tracks for name in track.values))
        names = matching(settings.columns, settings.exclude, known, f"{where}.target.")
        return _Numbered(table_of(tracks, names, f"{where}.target.columns"))
    part = Descriptors(descriptor=settings.frames or "mfcc", transposed=settings.transposed)
    return _Sounding(extract({"frames": part}, tracks), len(tracks))


@dataclass(frozen=True)
class _Numbered:
    """One vector a track, NaN where a cell is empty."""

    rows: Rows

    @property
    def known(self) -> NDArray[np.bool_]:
        return np.asarray(~np.isnan(self.rows).any(axis=1))

    def told(self) -> Iterator[bytes]:
        yield self.rows.tobytes()

    def bags(self, learners: Positions, settings: ArtistGroups) -> Rows:
        book = fit_codebook(self.rows[learners], settings.codebook, settings.scaling, settings.seed)
        bags = np.zeros((len(self.rows), settings.codebook))
        bags[self.known] = settings.words * book.shared(self.rows[self.known])
        return bags


@dataclass(frozen=True)
class _Sounding:
    """Frames of each track's sound, from the cache."""

    heard: Extracted
    tracks: int

    @property
    def known(self) -> NDArray[np.bool_]:
        return np.array([self.heard.has("frames", i) for i in range(self.tracks)], np.bool_)

    def told(self) -> Iterator[bytes]:
        return (self._frames(i).tobytes() for i in np.flatnonzero(self.known).tolist())

    def bags(self, learners: Positions, settings: ArtistGroups) -> Rows:
        rng = np.random.default_rng(settings.seed)
        picked = [_some(self._frames(i), settings.frames_a_track, rng) for i in learners.tolist()]
        book: Codebook = fit_codebook(np.concatenate(picked), settings.codebook, settings.scaling, settings.seed)
        bags = np.zeros((self.tracks, settings.codebook))
        for i in np.flatnonzero(self.known).tolist():
            bags[i] = book.counts(self._frames(i))
        return bags

    def _frames(self, index: int) -> Rows:
        return np.asarray(self.heard.examples("frames", index)[0]["frames"].T, np.float64)


@dataclass(frozen=True)
class _Labelled:
    """Labels of each track; every one is a word."""

    labels: list[list[str]]

    @property
    def known(self) -> NDArray[np.bool_]:
        return np.array([bool(mine) for mine in self.labels], np.bool_)

    def told(self) -> Iterator[bytes]:
        return ("\n".join(mine).encode() + b"\0" for mine in self.labels)

    def bags(self, learners: Positions, settings: ArtistGroups) -> Rows:
        names = sorted({label for i in learners.tolist() for label in self.labels[i]})
        if len(names) < 2:
            found = f"there are {len(names)} different labels in the training tracks but two are needed"
            raise LabelError(f"column {settings.labels}", found, "Take another column.")
        place = {name: at for at, name in enumerate(names)}
        bags = np.zeros((len(self.labels), len(names)))
        for row, mine in zip(bags, self.labels, strict=True):
            np.add.at(row, [place[label] for label in mine if label in place], 1.0)
        return bags


def _labels(track: Track, settings: ArtistGroups, where: str) -> list[str]:
    column = settings.labels or ""
    if column not in track.values:
        lacks = f'track "{track.id}" has no column "{column}"'
        raise TableError(where, lacks, nearest(column, track.values) or columns_are(track.values))
    found = [one.strip() for one in text_of(track.values[column]).split(settings.separator)]
    return [one for one in found if one and one != "-" and one not in settings.exclude]


def _some(frames: Rows, most: int, rng: np.random.Generator) -> Rows:
    if not most or len(frames) <= most:
        return frames
    return frames[np.sort(rng.choice(len(frames), most, replace=False))]

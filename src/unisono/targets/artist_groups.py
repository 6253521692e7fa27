"""Artist group factors of an experiment's tracks: learned from training artists, others folded in."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unisono.collection import Track
from unisono.collection.split_file import HELD_OUT
from unisono.collection.table import text_of
from unisono.collection.tracks import alike
from unisono.errors import LabelError, TableError, nearest
from unisono.inputs.extraction.cache import Cache, Entry
from unisono.inputs.reading.cells import columns_are
from unisono.inputs.reading.keys import key_of
from unisono.targets.codebook import Rows
from unisono.targets.described import Described, Positions, described
from unisono.targets.factors import ArtistFactors
from unisono.targets.topics import fit_topics, shares_of
from unisono.tasks import Array
from unisono.tasks.computed import ArtistGroups

_VERSION = "artist groups 1"  # of the computation: another one makes old cache entries worthless


class Computed(NamedTuple):
    """What was computed for one task.

    Args:
        targets: (tracks, topics), NaN rows for tracks whose artist has no factors.
        factors: of the artists.
    """

    targets: Array
    factors: ArtistFactors


class _Cast(NamedTuple):
    """Who is who.

    Args:
        of_track: number of each track's artist, -1 where the artist is not known or not described often enough.
        names: of the artists.
        counted: tracks that make an artist's bag.
        learned: which artists the topics are learned from.
    """

    of_track: Positions
    names: tuple[str, ...]
    counted: NDArray[np.bool_]
    learned: NDArray[np.bool_]


def leak_of(settings: ArtistGroups, task: str) -> str:
    """Why scores of a run with these targets flatter, a sentence; empty where they do not."""
    if settings.protocol == "train":
        return ""
    return f"the targets of {task} were computed from all tracks, those of validation and test too"


def compute(
    settings: ArtistGroups, tracks: Sequence[Track], parts: Sequence[str] | NDArray[np.str_], where: str,
    cache: Cache | None = None,
) -> Computed:  # fmt: skip
    """Targets of all tracks.

    An artist with training tracks is the bag of these alone, whatever else there is; an artist without any is folded
    in: the bag of the tracks that judge, in topics that were learned without them. So no target that is learned from
    depends on a track that judges. With `protocol = "published"` all tracks teach and all make the bags.

    Args:
        parts: "train", "validation" ... of each track.
        where: the key of the task, for messages.
        cache: where results are kept; None is the default folder.
    Raises: LabelError when fewer than two artists can be learned from, or the codebook has more words than there are
        descriptors; TableError for absent columns; MissingExtra without scikit-learn.
    """
    found = described(settings, tracks, where)
    cast = _cast(settings, tracks, np.asarray(parts), found.known, where)
    if cast.learned.sum() < 2:
        raise LabelError(where, _too_few(cast, settings), "Add tracks, lower min_tracks, or leave the task out.")
    shares = _kept(settings, found, cast, np.asarray(parts), cache or Cache())
    targets = np.full((len(tracks), settings.topics), np.nan, np.float32)
    named = cast.of_track >= 0
    targets[named] = shares[cast.of_track[named]]
    of_counted = np.bincount(cast.of_track[cast.counted & named], minlength=len(cast.names))
    factors = ArtistFactors(cast.names, tuple(of_counted.tolist()), tuple(cast.learned.tolist()), shares)
    return Computed(targets, factors)


def _too_few(cast: _Cast, settings: ArtistGroups) -> str:
    who = "1 artist has" if cast.learned.sum() == 1 else "no artist has"
    tracks = f"{settings.min_tracks} described training tracks or more"
    return f"{who} {tracks} but artist group factors need at least two such artists"


def _cast(
    settings: ArtistGroups, tracks: Sequence[Track], parts: NDArray[np.str_], known: NDArray[np.bool_], where: str
) -> _Cast:
    spelt = [_artist(track, settings.artist, f"{where}.target.artist") for track in tracks]
    keys = [alike(name) for name in spelt]
    place = {key: at for at, key in enumerate(dict.fromkeys(k for k in keys if k))}
    of_track = np.array([place.get(key, -1) for key in keys], np.intp)
    first = dict(reversed(list(zip(keys, spelt, strict=True))))  # as it is spelt first
    teaches = known & (np.ones(len(tracks), np.bool_) if settings.protocol == "published" else parts == "train")
    taught = np.zeros(len(place) + 1, np.bool_)  # the last one is that of the unknown, whom -1 names
    taught[of_track[teaches]] = True
    counted = known & np.where(taught[of_track], teaches, np.isin(parts, HELD_OUT)) & (of_track >= 0)
    often = np.bincount(of_track[counted], minlength=len(place)) >= settings.min_tracks
    number = np.append(np.where(often, np.cumsum(often) - 1, -1), -1)
    names = tuple(first[key] for key, at in place.items() if often[at])
    return _Cast(number[of_track].astype(np.intp), names, counted, taught[:-1][often])


def _artist(track: Track, column: str, where: str) -> str:
    if column not in track.values:
        found = f'track "{track.id}" has no column "{column}" but artist group factors need artists'
        raise TableError(where, found, nearest(column, track.values) or columns_are(track.values))
    return text_of(track.values[column]).strip()


def _kept(settings: ArtistGroups, found: Described, cast: _Cast, parts: NDArray[np.str_], cache: Cache) -> Array:
    """The artists' shares, from the cache where the same were computed before."""
    digest = hashlib.sha256(_VERSION.encode())
    for piece in (cast.of_track, cast.counted, cast.learned, parts == "train"):
        digest.update(piece.tobytes())
    for told in found.told():
        digest.update(told)
    content, key = digest.hexdigest()[:32], key_of(settings)
    entry = cache.read(content, key)
    if entry is None:
        entry = Entry([{"shares": _shares(settings, found, cast, parts)}])
        cache.write(content, key, entry)
    return np.array(entry.examples[0]["shares"])


def _shares(settings: ArtistGroups, found: Described, cast: _Cast, parts: NDArray[np.str_]) -> Array:
    teaches = found.known if settings.protocol == "published" else found.known & (parts == "train")
    tracks = found.bags(np.flatnonzero(teaches), settings)
    bags: Rows = np.zeros((len(cast.names), tracks.shape[1]))
    mine = np.flatnonzero(cast.counted & (cast.of_track >= 0))
    np.add.at(bags, cast.of_track[mine], tracks[mine])
    topics = fit_topics(bags[cast.learned], settings)
    return shares_of(topics, bags, settings)

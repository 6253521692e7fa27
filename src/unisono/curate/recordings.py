"""Tracks that are the same recording, whatever their codec, loudness and intro, by the fingerprints of their sound."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from unisono.curate.fingerprint import FINGERPRINT, Similar, Tokens, similar, summary_of, tokens_of
from unisono.inputs import Progress, Source
from unisono.inputs.extraction import Cache, Extracted, extract

ALIKE = 0.3  # agreement from which two tracks are one recording; others stay well below 0.2
_NEAREST = 8  # tracks that each is compared with
_KEPT = 4096  # tokens in memory
_NAME = "fingerprint"


@dataclass(frozen=True)
class Recording:
    """Tracks that sound the same.

    Args:
        tracks: their positions, the first one's sound is what the others are compared with.
        fits: how each of them fits the first.
    """

    tracks: tuple[int, ...]
    fits: tuple[Similar, ...]


def recordings(
    tracks: Sequence[Source], progress: Progress | None = None, workers: int | None = None, cache: Cache | None = None
) -> list[Recording]:
    """Groups of two tracks or more; tracks without sound, unreadable or shorter than ten seconds are in none.

    Args:
        progress: called with (done, all) files.
        workers: processes that read sound.
        cache: of what was heard.
    """
    heard = extract({_NAME: FINGERPRINT}, tracks, cache=cache, workers=workers, progress=progress, on_bad="use")
    usable = [i for i in range(len(tracks)) if heard.has(_NAME, i)]
    if len(usable) < 2:
        return []
    tokens = _tokens(heard)
    pairs = {pair: fit for pair in _near(heard, usable) if (fit := similar(*map(tokens, pair))).agreement >= ALIKE}
    return list(_grouped(pairs, len(tracks), tokens))


def differing(recording: Recording, cells: Mapping[str, Sequence[object]]) -> tuple[str, ...]:
    """Tasks whose labels differ between tracks that are one recording; tracks without a label do not count."""
    found = []
    for task, labels in cells.items():
        known = {labels[i] for i in recording.tracks if labels[i] not in (None, "") and not _empty(labels[i])}
        found += [task] if len(known) > 1 else []
    return tuple(found)


def _empty(cell: object) -> bool:
    return isinstance(cell, tuple) and all(value in (None, "") for value in cell)


def _tokens(heard: Extracted) -> Callable[[int], Tokens]:
    @lru_cache(_KEPT)
    def tokens(index: int) -> Tokens:
        return tokens_of(heard.examples(_NAME, index)[0]["mel"])

    return tokens


def _near(heard: Extracted, usable: Sequence[int]) -> list[tuple[int, int]]:
    """Pairs of tracks whose summaries are alike, each pair once."""
    summaries = np.array([summary_of(heard.examples(_NAME, i)[0]["mel"]) for i in usable])
    spread = summaries.std(axis=0)
    tree = KDTree(summaries / np.where(spread > 0, spread, 1))
    near = np.atleast_2d(tree.query(tree.data, k=min(_NEAREST + 1, len(usable)))[1])
    pairs = {(min(a, int(b)), max(a, int(b))) for a, row in enumerate(near) for b in row if a != b}
    return [(usable[a], usable[b]) for a, b in sorted(pairs)]


def _grouped(
    pairs: Mapping[tuple[int, int], Similar], count: int, tokens: Callable[[int], Tokens]
) -> Iterator[Recording]:
    if not pairs:
        return
    ends = np.array(list(pairs))
    links = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(count, count))
    groups = connected_components(links, directed=False)[1]
    for group in dict.fromkeys(groups[ends[:, 0]].tolist()):
        members = np.flatnonzero(groups == group).tolist()
        first = members[0]
        fits = [Similar(1.0, 0.0), *(pairs.get((first, m)) or similar(tokens(first), tokens(m)) for m in members[1:])]
        yield Recording(tuple(members), tuple(fits))

"""Tracks that are one recording, whatever their codec, loudness, intro, key and tempo, by their fingerprints."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from unisono.curate.fingerprint import FINGERPRINT, Similar, picture_of, similar, summary_of, tokens_of, version
from unisono.inputs import Progress, Source
from unisono.inputs.extraction import Cache, Extracted, extract

ALIKE = 0.3  # agreement from which two tracks are one recording; others stay well below 0.2
VERSION = 0.5  # the same at another key or tempo, of which the best of many is taken
_NEAREST = 8  # tracks that each is compared with
_CLOSE = 4  # of these at other keys and tempos, too, which takes twenty times as long
_KEYS = 4  # semitones up and down in which a neighbour is looked for
_KEPT = 512  # pictures in memory
_NAME = "fingerprint"
Pair = tuple[int, int]


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
        progress: called with (done, all) files, then with (done, all) pairs of them.
        workers: processes that read sound.
        cache: of what was heard.
    """
    heard = extract({_NAME: FINGERPRINT}, tracks, cache=cache, workers=workers, progress=progress, on_bad="use")
    usable = [i for i in range(len(tracks)) if heard.has(_NAME, i)]
    if len(usable) < 2:
        return []
    ear = _Ear(heard)
    pairs = _paired(ear, usable, progress)
    return list(_grouped(pairs, len(tracks), ear.fit))


def differing(recording: Recording, cells: Mapping[str, Sequence[object]]) -> tuple[str, ...]:
    """Tasks whose labels differ between tracks that are one recording; tracks without a label do not count."""
    found = []
    for task, labels in cells.items():
        known = {labels[i] for i in recording.tracks if labels[i] not in (None, "") and not _empty(labels[i])}
        found += [task] if len(known) > 1 else []
    return tuple(found)


def _empty(cell: object) -> bool:
    return isinstance(cell, tuple) and all(value in (None, "") for value in cell)


class _Ear:
    """Compares tracks, and keeps what it has heard of the last ones."""

    def __init__(self, heard: Extracted) -> None:
        self.picture = lru_cache(_KEPT)(lambda i: picture_of(heard.examples(_NAME, i)[0]["mel"]))
        self.tokens = lru_cache(4 * _KEPT)(lambda i: tokens_of(self.picture(i)))

    def fit(self, pair: Pair, close: bool = True) -> Similar:
        """How two tracks fit: as they are, else, where they are close, at another key or tempo."""
        plain = similar(*map(self.tokens, pair))
        if plain.agreement >= ALIKE or not close:
            return plain
        other = version(*map(self.picture, pair))
        return other if other.agreement >= VERSION else plain


def _fits(fit: Similar) -> bool:
    return fit.agreement >= (ALIKE if (fit.semitones, fit.tempo) == (0.0, 1.0) else VERSION)


def _paired(ear: _Ear, usable: Sequence[int], progress: Progress | None) -> dict[Pair, Similar]:
    """Pairs that fit. A group's first track then stands for all, or many copies would hide what else is near."""
    summaries, compared, pairs = _summaries(ear, usable), dict[Pair, bool](), dict[Pair, Similar]()
    asked, size = np.arange(len(usable)), max(usable) + 1
    while len(asked) > 1:
        near = ((usable[a], usable[b], close) for (a, b), close in _near(summaries[:, asked], asked).items())
        new = {(a, b): close for a, b, close in near if close > compared.get((a, b), -1)}
        before, known = len(pairs), len(compared)
        compared |= new
        for done, (pair, close) in enumerate(new.items(), 1 + known):
            if _fits(fit := ear.fit(pair, close)):
                pairs[pair] = fit
            if progress is not None:
                progress(done, known + len(new))
        if len(pairs) == before:
            break
        groups = _groups(pairs, size)[np.array(usable)]
        asked = np.sort(np.unique(groups, return_index=True)[1])
    return pairs


def _summaries(ear: _Ear, usable: Sequence[int]) -> NDArray[np.float64]:
    """Each track's summary in every key, in which its spread over all tracks is one.

    Shape: (keys, tracks, 102), the track's own key in the middle
    """
    kept = np.array([[summary_of(ear.picture(i), s) for s in range(-_KEYS, _KEYS + 1)] for i in usable])
    spread = kept[:, _KEYS].std(axis=0)
    return np.asarray(np.swapaxes(kept / np.where(spread > 0, spread, 1), 0, 1))


def _near(summaries: NDArray[np.float64], names: NDArray[np.integer]) -> dict[Pair, bool]:
    """Pairs of tracks whose summaries are alike, in some key, each pair once, and whether they are close."""
    tree, k = KDTree(summaries[_KEYS]), min(_NEAREST + 1, len(names))
    asked = [tree.query(one, k=k) for one in summaries]
    far, near = (np.concatenate([np.reshape(one[j], (len(names), -1)) for one in asked], axis=1) for j in (0, 1))
    pairs: dict[Pair, bool] = {}
    for a, (distances, others) in enumerate(zip(far, near, strict=True)):
        closest = dict.fromkeys(int(b) for b in others[np.argsort(distances, kind="stable")] if b != a)
        for place, b in enumerate(list(closest)[:_NEAREST]):
            pair = (int(names[min(a, b)]), int(names[max(a, b)]))
            pairs[pair] = pairs.get(pair, False) or place < _CLOSE
    return dict(sorted(pairs.items()))


def _groups(pairs: Iterable[Pair], count: int) -> NDArray[np.integer]:
    """The number of each track's group."""
    ends = np.array(list(pairs))
    links = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(count, count))
    return np.asarray(connected_components(links, directed=False)[1])


def _grouped(pairs: Mapping[Pair, Similar], count: int, fit: Callable[[Pair], Similar]) -> Iterator[Recording]:
    if not pairs:
        return
    groups = _groups(pairs, count)
    for group in dict.fromkeys(groups[[pair[0] for pair in pairs]].tolist()):
        members = np.flatnonzero(groups == group).tolist()
        first = members[0]
        fits = [Similar(1.0, 0.0), *(pairs.get((first, m)) or fit((first, m)) for m in members[1:])]
        yield Recording(tuple(members), tuple(fits))

"""Which tracks would teach most: those that many unsure tracks are like and no labelled one is yet."""

from __future__ import annotations

import heapq
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from unisono.tasks import Task

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_HEARERS = 4096  # tracks whose doubt counts; of more, so many are drawn
_BLOCK = 256  # candidates compared at once
_NEIGHBOUR = 3  # its distance, in the middle, is the distance at which tracks are half alike
_TINY = 1e-12


def doubts(tasks: Mapping[str, Task], scores: Mapping[str, NDArray[np.floating]]) -> dict[str, Floats]:
    """How unsure each task's answer for each track is, 1 on average.

    Multiclass: the square of one less the margin between the two most probable labels; multilabel: the same of each
    label and its absence. Numbers and shares say nothing of how sure they are: all their tracks count the same.

    Args:
        scores: by task, calibrated or not.
    Shape: (tracks, width) each -> (tracks,) each
    """
    found = {}
    for name, task in tasks.items():
        unsure = _unsure(task, np.asarray(scores[name], np.float64))
        found[name] = unsure / max(float(unsure.mean()) if len(unsure) else 0.0, _TINY)
    return found


def chosen(
    doubt: Mapping[str, Floats], missing: Mapping[str, Flags], seen: NDArray[np.floating], number: int, seed: int = 0
) -> NDArray[np.int64]:
    """Tracks without a label that speak for the most doubt that no labelled track speaks for, the best first.

    A track speaks for another as far as they are alike. The picks are the greedy ones of facility location (Minoux,
    1978; Wei et al., 2015) with a track's doubt as its weight, so that neither one odd track nor ten copies of one
    doubtful track are picked.

    Args:
        doubt: of `doubts`, by task.
        missing: task -> whether a track lacks its label.
        seen: what the heads read of each track, labelled ones too.
        number: how many, at most as many as lack a label.
        seed: of the draw of those who are asked in collections of more than 4,096 tracks.
    Shape: (tracks,) each, (tracks,) each, (tracks, d) -> (number,)
    """
    room = _Room(_directions(seen), doubt, missing, np.random.default_rng(seed))
    open_ = np.flatnonzero(np.any(list(missing.values()), axis=0))
    queue = [(-gain, int(track)) for gain, track in zip(room.gains(open_), open_, strict=True)]
    heapq.heapify(queue)
    picked: list[int] = []
    while queue and len(picked) < number:
        _, track = heapq.heappop(queue)
        gain = float(room.gains(np.array([track]))[0])
        if queue and gain < -queue[0][0]:  # others have taken its place since: it waits for its new turn
            heapq.heappush(queue, (-gain, track))
        else:
            room.label(track)
            picked.append(track)
    return np.array(picked, np.int64)


class _Room:
    """Tracks with their doubt, and how well each is spoken for by labelled ones, task by task."""

    def __init__(
        self, places: Floats, doubt: Mapping[str, Floats], missing: Mapping[str, Flags], rng: np.random.Generator
    ) -> None:
        self._places = places
        hearers = np.arange(len(places))
        if len(places) > _HEARERS:
            hearers = np.sort(rng.choice(len(places), _HEARERS, replace=False))
        self._hearers = places[hearers]
        self._near = _near(self._hearers)
        self._missing = np.array(list(missing.values()))
        self._doubt = np.array([doubt[name][hearers] for name in missing])
        self._spoken = np.zeros_like(self._doubt)
        for track in np.flatnonzero((~self._missing).any(axis=0)):
            self._speak(int(track), ~self._missing[:, track])

    def gains(self, tracks: NDArray[np.integer]) -> Floats:
        """How much doubt is newly spoken for if a track is labelled, for each of some tracks."""
        found = np.zeros(len(tracks))
        for start in range(0, len(tracks), _BLOCK):
            some = tracks[start : start + _BLOCK]
            alike = self._alike(some)
            for doubt, spoken, missing in zip(self._doubt, self._spoken, self._missing, strict=True):
                found[start : start + _BLOCK] += missing[some] * (np.maximum(alike - spoken, 0) @ doubt)
        return found

    def label(self, track: int) -> None:
        """Take a track as labelled in all tasks."""
        self._speak(track, self._missing[:, track])

    def _speak(self, track: int, tasks: Flags) -> None:
        self._spoken[tasks] = np.maximum(self._spoken[tasks], self._alike(np.array([track])))

    def _alike(self, tracks: NDArray[np.integer]) -> Floats:
        """From 0 to 1, of each of some tracks to each hearer."""
        return np.asarray(np.exp(-_squares(self._places[tracks], self._hearers) / self._near))


def _unsure(task: Task, scores: Floats) -> Floats:
    if task.kind == "multilabel":
        return np.asarray(((1 - np.abs(2 * scores - 1)) ** 2).mean(axis=1))
    if task.kind == "multiclass" and scores.shape[1] > 1:
        best = np.sort(scores, axis=1)[:, -2:]
        return np.asarray((1 - (best[:, 1] - best[:, 0])) ** 2)
    return np.ones(len(scores))


def _directions(seen: NDArray[np.floating]) -> Floats:
    """Each track's representation, every number of it in its own deviations, with length 1."""
    values = np.asarray(seen, np.float64)
    spread = values.std(axis=0)
    values = (values - values.mean(axis=0)) / np.where(spread > _TINY, spread, 1)
    return np.asarray(values / np.maximum(np.sqrt((values**2).sum(axis=1, keepdims=True)), _TINY))


def _near(places: Floats) -> float:
    """Twice the squared distance of a track's third neighbour, in the middle of all tracks."""
    at = min(_NEIGHBOUR, len(places) - 1)
    found = [
        np.partition(_squares(places[start : start + _BLOCK], places), at, axis=1)[:, at]
        for start in range(0, len(places), _BLOCK)
    ]
    return max(2 * float(np.median(np.concatenate(found))), _TINY) if found else 1.0


def _squares(some: Floats, others: Floats) -> Floats:
    """Squared distances.

    Shape: (a, d), (b, d) -> (a, b)
    """
    lengths = (some**2).sum(axis=1)[:, None] + (others**2).sum(axis=1)
    return np.asarray(np.maximum(lengths - 2 * some @ others.T, 0))

"""Tracks that some task has no label for, as a model that learned from the others sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unisono.curate.choosing import chosen, doubts
from unisono.inputs import Progress
from unisono.inputs.batching import TrackExamples, batches_of, mean_of_tracks, rows_of
from unisono.inputs.extraction import Failure, extract
from unisono.model import Model
from unisono.model.sureness import answered, calibrated, confidence
from unisono.tasks import Cell
from unisono.training.corpus import Corpus

_TOGETHER = 256


@dataclass(frozen=True)
class Candidate:
    """A track that is worth a label.

    Args:
        index: its position in the corpus.
        missing: tasks that it has no label for.
        guesses: what the model would say, a text a missing task.
    """

    index: int
    missing: tuple[str, ...]
    guesses: tuple[str, ...]


def candidates(
    model: Model, corpus: Corpus, number: int, seed: int = 0, progress: Progress | None = None
) -> tuple[list[Candidate], list[Failure]]:
    """The tracks whose labels would teach the model most, the best first; and those that could not be read.

    Args:
        corpus: its tracks with their labels.
        number: how many.
        seed: of the draw.
        progress: called with (done, all) files.
    """
    tasks = {n: t for n, t in model.tasks.items() if t.role == "target" and t.columns and n in corpus.cells}
    missing = {n: np.array([_empty(cell) for cell in corpus.cells[n]]) for n in tasks}
    if not missing or not np.any(list(missing.values())):
        return [], []
    heard = extract(model.inputs, corpus.tracks, progress=progress)
    examples = [{n: heard.examples(n, i) for n in model.inputs} for i in range(len(corpus.tracks))]
    rows = np.array([i for i, one in enumerate(examples) if rows_of(one)], np.intp)
    if not len(rows):
        return [], heard.failures
    scores, seen = _seen(model, [examples[i] for i in rows])
    facts = model.facts.get("calibration", {})
    sure = {n: calibrated(scores[n], facts.get(n, {})) for n in tasks}
    open_ = {n: missing[n][rows] for n in tasks}
    found = []
    for at in chosen(doubts(tasks, sure), open_, seen, number, seed):
        asked = tuple(n for n in tasks if open_[n][at])
        row = {n: confidence(tasks[n], scores[n][at : at + 1], facts.get(n, {}))[0] for n in asked}
        said = [answered(tasks[n], scores[n][at], row[n]).given for n in asked]
        texts = tuple(", ".join(g.label or f"{g.value:.4g}" for g in given[:3]) or "-" for given in said)
        found.append(Candidate(int(rows[at]), asked, texts))
    return found, heard.failures


def _seen(
    model: Model, examples: Sequence[TrackExamples]
) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.float32]]:
    """Scores and representation of each track, the mean over its excerpts."""
    scores: dict[str, list[NDArray[np.float32]]] = {n: [] for n in model.tasks}
    seen: list[NDArray[np.float32]] = []
    for start in range(0, len(examples), _TOGETHER):
        chunk = examples[start : start + _TOGETHER]
        positions, parts = [], []
        for of_track, batch in batches_of(model.inputs, chunk, 32):
            positions.append(of_track)
            parts.append(model.logits(batch)["representation"])
        where = np.concatenate(positions)
        seen.append(mean_of_tracks(np.concatenate(parts), where, len(chunk)))
        for name, values in model.predict(chunk).items():
            scores[name].append(values)
    return {n: np.concatenate(s) for n, s in scores.items() if s}, np.concatenate(seen)


def _empty(cell: Cell) -> bool:
    if isinstance(cell, tuple):
        return all(_empty(value) for value in cell)
    return cell is None or (isinstance(cell, str) and not cell.strip())

"""What a run learns from: its tracks, what was heard of them, and one fold's fitted parts and rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from unisono.collection import Fold
from unisono.collection.faults import quoted
from unisono.errors import AudioError, ExperimentError, LabelError, TableError
from unisono.experiment import Experiment
from unisono.inputs import Input, Labels, LearnsFromExamples, LearnsFromHeard, LearnsFromLabels
from unisono.inputs.augmenting import copies_of
from unisono.inputs.batching import rows_of
from unisono.inputs.extraction import Extracted, Failure, extract
from unisono.targets import ArtistFactors
from unisono.tasks import Array, Task
from unisono.training.computing import labels_of, targets_of
from unisono.training.corpus import Corpus, gather
from unisono.training.tracks import Excerpts, Tracks
from unisono.training.transfer import Source, taken_inputs

Progress = Callable[[str, int, int], None]  # (what, done, all)


@dataclass(frozen=True)
class Material:
    """All of a run that does not depend on the fold.

    Args:
        corpus: the tracks, in order, with their labels and split.
        heard: the costly inputs' examples, from the cache.
        failures: costly inputs of tracks that could not be read; a track without any example is in no part.
        sources: model folders that stages copy from, by the name they are given there.
        taken: inputs that are used as such a model has fitted them.
    """

    experiment: Experiment
    corpus: Corpus
    heard: Extracted
    failures: tuple[Failure, ...]
    sources: Mapping[str, Source]
    taken: Mapping[str, Input]


@dataclass(frozen=True)
class FoldMaterial:
    """One fold: parts fitted on its training tracks, targets, and the tracks of each part.

    Args:
        targets: task -> float32 (tracks, k), NaN where not labelled.
        tracks: examples of each track, in the corpus's order.
        parts: "train", "validation", "calibration", "test" -> positions of usable tracks.
        names: the tracks' ids.
        homes: number of each track's collection.
        collections: their names.
        failures: inputs of tracks that could not be read, by name and reason.
        factors: of the artists, for tasks whose targets are computed from them.
        copies: semitones of each copy that a training track is learned as.
        crossing: altered copies of test tracks are learned too: a leak on purpose.
        sole: test track -> the one excerpt that judges it while its others teach: a leak on purpose.
    """

    inputs: Mapping[str, Input]
    tasks: Mapping[str, Task]
    targets: Mapping[str, Array]
    tracks: Tracks
    parts: Mapping[str, NDArray[np.intp]]
    names: tuple[str, ...]
    homes: NDArray[np.intp]
    collections: tuple[str, ...]
    failures: tuple[Failure, ...]
    factors: Mapping[str, ArtistFactors] = field(default_factory=dict)
    copies: tuple[float, ...] = (0.0,)
    crossing: bool = False
    sole: Mapping[int, int] = field(default_factory=dict)

    def rows(self, part: str) -> list[tuple[int, int]]:
        """(track, excerpt) of every excerpt of a part's tracks that have a label."""
        known = np.zeros(len(self.names), np.bool_)
        for target in self.targets.values():
            known |= ~np.isnan(target).all(axis=1)
        every = [(int(i), at) for i in self.parts[part] if known[i] for at in range(rows_of(self.tracks[i]))]
        made = [(i, at) for i, at in every if self.sole.get(i, at) == at]
        if part == "train":
            crossing = [(i, at) for i, one in self.sole.items() for at in range(rows_of(self.tracks[i])) if at != one]
            made += [(i, at) for i, at in crossing if known[i]]
        return made

    def judged(self, track: int) -> Excerpts:
        """The examples by which a track is judged: all of them, but for a leak on purpose."""
        if track not in self.sole:
            return self.tracks[track]
        at = self.sole[track]
        return {n: one[min(at, len(one) - 1) :][:1] for n, one in self.tracks[track].items()}

    def learning(self, tasks: Sequence[str]) -> FoldMaterial:
        """The same tracks with the labels of some tasks alone."""
        kept = {n: self.tasks[n] for n in tasks}
        return replace(self, tasks=kept, targets={n: self.targets[n] for n in tasks})


def prepare(
    experiment: Experiment, seed: int, progress: Progress | None = None, workers: int | None = None
) -> Material:
    """Read the collections, check their labels, split them and hear their tracks.

    Raises: TableError, LabelError, ExperimentError, ModelError: everything that can be said before training.
    """
    corpus = gather(experiment, seed)
    _check_sounds(experiment, corpus)
    sources, taken = taken_inputs(experiment)
    costly = {n: part for n, part in experiment.inputs.items() if part.costly}
    on_bad = experiment.training.on_bad
    heard = extract(costly, corpus.tracks, progress=_named(progress, "hearing"), workers=workers, on_bad=on_bad)
    return Material(experiment, corpus, heard, _failures(corpus, heard), sources, taken)


def _check_sounds(experiment: Experiment, corpus: Corpus) -> None:
    """An input that hears needs a track with a sound; that none has one is a slip in `[collection]`."""
    deaf = [name for name, part in experiment.inputs.items() if part.needs == "audio"]
    if not deaf or any(track.audio is not None for track in corpus.tracks):
        return
    named = [s.audio for s in experiment.collections.values() if s.audio is not None]
    where = f"{experiment.name}:inputs.{deaf[0]}"
    kind = experiment.inputs[deaf[0]].kind
    if named:
        found = f'{kind} hears sounds but every cell of the column "{named[0]}" of {corpus.where} is empty'
        raise ExperimentError(where, found, "Write paths of sound files there, or leave this input out.")
    columns = quoted([c for one in corpus.collections.values() for c in one.frame.columns])
    found = f"{kind} hears sounds but no column of their paths is named; {corpus.where} has the columns {columns}"
    advice = 'Set audio = "COLUMN" under [collection], or leave this input out.'
    raise ExperimentError(where, found, advice)


def fold_material(material: Material, fold: Fold) -> FoldMaterial:
    """Fit inputs and tasks on a fold's training tracks and make its targets.

    Raises: LabelError when a task has no labelled track to learn from; TableError when a part is empty.
    """
    corpus, everyone = material.corpus, material.corpus.tracks
    train = fold.part == "train"
    tasks = {n: t.fit(corpus.cells[n], train) for n, t in material.experiment.tasks.items()}
    learners = [int(i) for i in np.flatnonzero(train)]
    targets, factors = targets_of(corpus, tasks, material.experiment, fold)
    leaks = {leak for name in corpus.collections for leak in material.experiment.split_of(name).on_purpose}
    seen = [int(i) for i in np.flatnonzero(train | (fold.part == "test"))] if "fit_on_all" in leaks else learners
    labels = labels_of(tasks, targets, seen)
    inputs = {n: _fitted(material, n, part, seen, labels) for n, part in material.experiment.inputs.items()}
    read = extract({n: part for n, part in inputs.items() if not part.costly}, everyone)
    memory = round(material.experiment.training.memory * 2**30)
    tracks = Tracks(len(everyone), lambda i: _examples(material, read, inputs, i), memory)
    usable = np.array([rows_of(t) > 0 for t in tracks], np.bool_)
    parts = {p: np.flatnonzero((fold.part == p) & usable) for p in ("train", "validation", "calibration", "test")}
    _check_parts(material, fold, parts)
    if "select_on_test" in leaks:
        parts["validation"] = parts["test"]
    _check_labels(material, tasks, targets, parts["train"])
    failures = (*material.failures, *_failures(corpus, read))
    names, homes, collections = corpus.names, corpus.homes, tuple(corpus.collections)
    copies = copies_of(material.experiment.inputs, f"{material.experiment.name}:inputs")
    check_leaks(material.experiment, leaks)
    crossing = "copies_cross" in leaks
    sole = _sole(tracks, parts["test"], material.experiment.name) if "excerpts_cross" in leaks else {}
    return FoldMaterial(
        inputs, tasks, targets, tracks, parts, names, homes, collections, failures, factors, copies, crossing, sole
    )


def check_leaks(experiment: Experiment, leaks: Container[str]) -> None:
    """Refuse leaks on purpose for which an experiment has nothing that could leak.

    Raises: ExperimentError.
    """
    where = f"{experiment.name}:split.on_purpose"
    learned = experiment.training.augmentation.copies == "all"
    if "copies_cross" in leaks and not (learned and any(copies_of(experiment.inputs, f"{experiment.name}:inputs"))):
        found = 'lets "copies_cross" but no input makes copies that are all learned'
        raise ExperimentError(where, found, 'Set for example pitch = [-2, 0, 2] in the input, and copies = "all".')
    if "excerpts_cross" in leaks and not any(map(_has_several, experiment.inputs.values())):
        _refuse_excerpts(where)


def _has_several(part: Input) -> bool:
    """Whether an input may give several excerpts of a track; most kinds know of one only."""
    return getattr(part, "excerpts", 1) > 1 and getattr(part, "join", "separate") == "separate"


def _refuse_excerpts(where: str) -> NoReturn:
    wrong = 'lets "excerpts_cross" but no test track has several excerpts'
    raise ExperimentError(where, wrong, "Set `excerpts` of an input.")


def _sole(tracks: Tracks, judged: NDArray[np.intp], name: str) -> dict[int, int]:
    """One excerpt of each track that judges, the first, second ... in turn."""
    found = {int(i): place % rows_of(tracks[i]) for place, i in enumerate(judged)}
    if all(rows_of(tracks[i]) < 2 for i in found):
        _refuse_excerpts(f"{name}:split.on_purpose")
    return found


def _fitted(material: Material, name: str, part: Input, learners: Sequence[int], labels: Mapping[str, Labels]) -> Input:
    """Fit on the training tracks; what a key of the input says wrong is told with its place."""
    if name in material.taken:
        return material.taken[name]
    try:
        return _learnt(material, name, part, learners, labels)
    except (AudioError, ExperimentError, TableError) as error:
        key, where = re.split(r"\W", error.where)[0], f"{material.experiment.name}:inputs.{name}"
        if key not in ("inputs", *type(part).model_fields):  # type: ignore[attr-defined]
            raise
        where = where if key == "inputs" else f"{where}.{error.where}"
        raise type(error)(where, error.found, error.advice, error.problems) from error


def _learnt(material: Material, name: str, part: Input, learners: Sequence[int], labels: Mapping[str, Labels]) -> Input:
    """Fit on the training tracks; a costly input learns from what was heard already."""
    if isinstance(part, LearnsFromHeard):
        return part.fit_heard([material.heard.examples(name, i) for i in learners], labels)
    if isinstance(part, LearnsFromExamples):
        return part.fit_examples(material.heard.examples(name, i) for i in learners)
    everyone = material.corpus.tracks
    if isinstance(part, LearnsFromLabels) and part.learns_from_labels:
        return part.fit_labelled([everyone[i] for i in learners], labels)
    return part.fit(everyone[i] for i in learners)


def _examples(material: Material, read: Extracted, inputs: Mapping[str, Input], index: int) -> Excerpts:
    return {n: (material.heard if part.costly else read).examples(n, index) for n, part in inputs.items()}


def _failures(corpus: Corpus, extracted: Extracted) -> tuple[Failure, ...]:
    """With the ids that are unique over all collections."""
    return tuple(replace(f, id=corpus.names[f.index]) for f in extracted.failures)


def _check_parts(material: Material, fold: Fold, parts: Mapping[str, NDArray[np.intp]]) -> None:
    """Every part that the split fills must keep a track of which something is heard or read."""
    for part, usable in parts.items():
        wanted = int((fold.part == part).sum())
        if len(usable) or not (wanted or part == "train"):
            continue
        where = material.corpus.where
        bad = [f for f in material.failures if fold.part[f.index] == part]
        if not wanted:
            raise TableError(where, "the split leaves no track to learn from", "Use more tracks, or another split.")
        first = f'; {len(bad)} are damaged, "{bad[0].id}" for one: {bad[0].reason.rstrip(".")}' if bad else ""
        found = f"none of the {wanted:,} {part} tracks has anything that can be heard or read{first}"
        if wanted == 1:
            found = f"the only {part} track has nothing that can be heard or read{first}"
        advice = "Look at the paths and texts with `unisono inspect`, or split with another seed."
        raise TableError(where, found, advice)


def _check_labels(
    material: Material, tasks: Mapping[str, Task], targets: Mapping[str, Array], train: NDArray[np.intp]
) -> None:
    where = material.corpus.where
    for name, task in tasks.items():
        known = targets[name][train]
        if np.isnan(known).all():
            found = "no training track is labelled but the task needs some"
            raise LabelError(f"{where}: task {name}", found, "Label tracks, or leave the task out.")
        if task.kind == "multiclass" and len(np.unique(known[~np.isnan(known)])) < 2:
            found = "all training tracks have the same label but two are needed"
            raise LabelError(f"{where}: task {name}", found, "Label more tracks, or leave the task out.")


def _named(progress: Progress | None, what: str) -> Callable[[int, int], None] | None:
    return None if progress is None else lambda done, of: progress(what, done, of)


def facts_of(fold: FoldMaterial) -> dict[str, Any]:
    """Counts of a fold for its model card: tracks a part and labelled tracks a task."""
    labelled = {n: int((~np.isnan(t[fold.parts["train"]])).any(axis=1).sum()) for n, t in fold.targets.items()}
    return {"tracks": {p: len(i) for p, i in fold.parts.items()}, "labelled": labelled}

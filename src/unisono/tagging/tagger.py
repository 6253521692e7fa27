"""The tagger: an opened model that is given files, folders and tables, and gives tags."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np

from unisono.collection.faults import several
from unisono.collection.tracks import Track
from unisono.errors import UserError
from unisono.inputs import Progress
from unisono.inputs.batching import TrackExamples
from unisono.inputs.extraction import OnBad, Workers
from unisono.inputs.hearing.decoding import misnomer
from unisono.model import Model
from unisono.model import open_model as open_folder
from unisono.model.sureness import Limits, Numeric, answered, confidence, half_width, limits_of
from unisono.tagging.gathering import Columns, Gathered, gather
from unisono.tagging.reading import InPart, read_all
from unisono.tagging.tagged import Skipped, Tagged, Tags
from unisono.tasks import Task

TOGETHER = 32  # tracks whose excerpts share batches; bounds what is in memory
SOUNDS = 4  # of them where sound is heard: the next ones are heard meanwhile, and nobody waits long
USUAL = Columns()
Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


class Tagger:
    """Tags tracks with one model.

    Args:
        model: an opened model folder.
        limits: from which confidence the labels of each task are given; None gives every answer.
    """

    def __init__(self, model: Model, limits: Mapping[str, Limits] | None = None) -> None:
        self.model, self.limits = model, limits

    def half_widths(self, level: float) -> dict[str, float]:
        """How far each task's numbers are from the truth at most, in so large a share of the tracks, where known.

        A tagger that gives only what is sure has one level, and says how far off its own answers are.
        """
        vouched = self.limits is not None or not self.model.facts.get("thresholds", {}).get("tasks")
        by = self if vouched else self.at_least(level)
        widths = {task.name: by._half_width(task.name, level) for task in self.tasks}
        return {name: width for name, width in widths.items() if width is not None}

    def at_least(self, precision: float) -> Tagger:
        """A tagger that gives only labels of which so large a share is right, and else says nothing.

        A number is right where the level nearest to it is, or without levels where its interval holds the truth.

        Raises: UserError when the model has no thresholds, or none for this precision.
        """
        limits = limits_of(self.model.facts.get("thresholds", {}), precision)
        for task in self.tasks:  # models of earlier versions have no thresholds for numbers
            if isinstance(task, Numeric) and task.name not in limits:
                limits[task.name] = Limits({}, {}, self._half_width(task.name, precision))
        return Tagger(self.model, limits)

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks that are answered; auxiliary ones only helped to learn."""
        return tuple(task for task in self.model.tasks.values() if task.role == "target")

    def tag(
        self,
        paths: Paths,
        *,
        progress: Progress | None = None,
        workers: int | None = None,
        columns: Columns = USUAL,
        on_bad: OnBad = "skip",
    ) -> Tagged:
        """Tag files, all sound below folders, and the rows of tables, each path once.

        A file that cannot be read, or lacks what the model needs, is in `skipped` with the reason; the rest goes on.

        Args:
            progress: called with (done, all) now and then.
            workers: processes that read sound; default: the processors this process may use.
            columns: which columns of a table hold what.
            on_bad: damaged files are skipped ("skip"), tagged by what can be heard of them and told of in `in_part`
                ("use"), or the end ("stop").
        Raises: UserError when there is nothing to tag; TableError for a damaged table; UserError for the first file
            that cannot be read in full when `on_bad` is "stop".
        """
        found = self.gather(paths, columns, on_bad)
        tagged = self.tag_tracks(found.tracks, progress=progress, workers=workers, on_bad=on_bad)
        return replace(tagged, skipped=(*found.skipped, *tagged.skipped), passed_over=tuple(found.passed_over))

    def gather(self, paths: Paths, columns: Columns = USUAL, on_bad: OnBad = "skip") -> Gathered:
        """The tracks below what was asked for.

        Raises: UserError when there is nothing to tag, or when `on_bad` is "stop" and something is not to be had;
            TableError for a damaged table, or one without columns that the model reads.
        """
        columns = replace(columns, known=self.model.facts.get("columns", {}))
        found = gather([paths] if isinstance(paths, str | os.PathLike) else paths, columns)
        for table, there in found.tables.items():
            self.model.check_columns(there, table)
        if not found.tracks:
            raise _nothing(found.skipped, found.passed_over)
        if found.skipped and on_bad == "stop":
            raise UserError(found.skipped[0].id, found.skipped[0].reason.rstrip("."))
        return found

    def tag_file(self, path: str | os.PathLike[str]) -> Tags:
        """Tag one sound file.

        Raises: UserError saying why it cannot be tagged.
        """
        found = gather([path], USUAL)
        if len(found.tracks) != 1 or not Path(path).is_file():
            why = found.skipped[0].reason if found.skipped else "is no sound file"
            raise UserError(os.fspath(path), why.rstrip("."))
        tagged = self.tag_tracks(found.tracks)
        if tagged.skipped:
            raise UserError(os.fspath(path), tagged.skipped[0].reason.rstrip("."))
        return tagged.tracks[0]

    def tag_tracks(
        self,
        tracks: Sequence[Track],
        *,
        progress: Progress | None = None,
        workers: int | None = None,
        on_bad: OnBad = "skip",
    ) -> Tagged:
        """Tag tracks of your own making, such as a collection's."""
        given: list[Tags] = []
        skipped: list[Skipped] = []
        for done, (_, tags) in enumerate(self.stream(tracks, workers=workers, on_bad=on_bad), 1):
            if isinstance(tags, Tags):
                given.append(tags)
            else:
                skipped.append(tags)
            if progress is not None and (done % SOUNDS == 0 or done == len(tracks)):
                progress(done, len(tracks))
        in_part = tuple(Skipped(tags.id, tags.damage) for tags in given if tags.damage)
        misnamed = tuple(Skipped(tags.id, tags.misnamed) for tags in given if tags.misnamed)
        return Tagged(self.tasks, tuple(given), tuple(skipped), in_part=in_part, misnamed=misnamed)

    def stream(
        self, tracks: Sequence[Track], *, workers: int | None = None, on_bad: OnBad = "skip"
    ) -> Iterator[tuple[Track, Tags | Skipped]]:
        """Tag tracks one after the other, in their order; only a few of them are in memory at a time."""
        read = zip(tracks, read_all(self.model.inputs, tracks, Workers(workers), on_bad), strict=True)
        together = SOUNDS if any(part.costly for part in self.model.inputs.values()) else TOGETHER
        while chunk := list(islice(read, together)):
            heard = [(track, examples) for track, examples in chunk if not isinstance(examples, str)]
            answered = self._answered(heard)
            for track, examples in chunk:
                yield track, Skipped(track.id, examples) if isinstance(examples, str) else _finite(next(answered))

    def _half_width(self, task: str, level: float) -> float | None:
        if self.limits is not None:
            return self.limits[task].half_width if task in self.limits else None
        return half_width(self.model.facts.get("calibration", {}).get(task, {}), level)

    def _answered(self, read: Sequence[tuple[Track, TrackExamples | InPart]]) -> Iterator[Tags]:
        heard = [(track, one if isinstance(one, InPart) else InPart(one, "")) for track, one in read]
        scores = self.model.predict([one.examples for _, one in heard]) if heard else {}
        facts, limits = self.model.facts.get("calibration", {}), self.limits or {}
        hears = any(part.needs == "audio" for part in self.model.inputs.values())
        sure = {t.name: confidence(t, scores[t.name], facts.get(t.name, {})) for t in self.tasks if t.name in scores}
        for row, (track, one) in enumerate(heard):
            told = [(task, scores[task.name][row], sure[task.name][row]) for task in self.tasks]
            answers = tuple(answered(task, said, is_sure, limits.get(task.name)) for task, said, is_sure in told)
            audio = None if track.audio is None else os.fspath(track.audio)
            values = {task.name: said if isinstance(task, Numeric) else is_sure for task, said, is_sure in told}
            yield Tags(track.id, answers, values, audio, one.damage, misnomer(track.audio) if hears else "")


def _finite(tags: Tags) -> Tags | Skipped:
    if all(np.isfinite(values).all() for values in tags.scores.values()):
        return tags
    return Skipped(tags.id, "the model answers with something that is no number")


def open_model(folder: str | os.PathLike[str]) -> Tagger:
    """Open a model folder, or a run's, after checking it against its manifest.

    Raises: ModelError when it is damaged, incomplete or of another format.
    Example:
        >>> tagger = open_model("run")  # doctest: +SKIP
        >>> tagger.tag("Music")  # doctest: +SKIP
    """
    return Tagger(open_folder(Path(folder)))


def _nothing(skipped: Sequence[Skipped], passed_over: Sequence[str]) -> UserError:
    if skipped:
        more = f" (and {len(skipped) - 1} more)" if len(skipped) > 1 else ""
        return UserError(skipped[0].id, f"{skipped[0].reason}{more}", "There is nothing to tag.")
    found = f"{several(len(passed_over), 'file')}, none of them sound," if passed_over else "no file"
    return UserError("paths", f"{found} found but a sound file, a folder of them or a table is needed")

"""Reads many tracks: costly inputs by guarded processes and the cache, the others at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from unisono.errors import AudioError, TooShort, UserError
from unisono.inputs import Example, Input, LearnsFromExamples, LearnsFromHeard, Progress, Source
from unisono.inputs.extraction.cache import Cache
from unisono.inputs.extraction.content import Content, Contents
from unisono.inputs.extraction.extracted import Extracted, error_of, job_of, setup_of
from unisono.inputs.extraction.failures import OnBad, failure_of
from unisono.inputs.extraction.pool import Job, Workers, computed_by_pool
from unisono.inputs.hearing.decoding import DAMAGED

_FILE_IS_BAD = (AudioError, TooShort)  # every other error is the run's: a full disk, a missing package


def extract(
    inputs: Mapping[str, Input],
    tracks: Sequence[Source],
    *,
    cache: Cache | None = None,
    workers: Workers | int | None = None,
    progress: Progress | None = None,
    on_bad: OnBad = "skip",
) -> Extracted:
    """Read all inputs of all tracks; a file that cannot be read is named in `failures`, never the end of the run.

    Args:
        inputs: fitted inputs by name.
        tracks: in the order in which results are indexed.
        cache: where costly results are kept; None is the default folder.
        workers: processes for costly inputs, or how they are to work.
        progress: called with (done, all) files.
        on_bad: "skip" leaves out damaged files, "use" takes what can be heard of them, "stop" raises at the first.
    Raises: AudioError or TooShort when `on_bad` is "stop"; DiskFull; MissingExtra.
    """
    crew = workers if isinstance(workers, Workers) else Workers(workers)
    kept = cache or Cache()
    costly = [name for name, part in inputs.items() if part.costly and part.needs in ("audio", "lyrics")]
    task = _Extraction(Extracted(inputs, tracks, kept, crew), tracks, on_bad)
    for name in inputs:
        if name not in costly:
            task.read(name, inputs[name])
    if any(inputs[name].needs == "audio" for name in costly):
        task.contents.take(tracks, crew.count(len(tracks)))
    jobs = [job for name in costly for job in task.survey(name, inputs[name], kept)]
    done, total = task.found, task.found + len(jobs)
    if progress:
        progress(done, total)
    for job, reply in computed_by_pool(jobs, setup_of(inputs, costly, kept), crew):
        task.take(job["input"], job["content"], error_of(reply), reply.get("damage", ""))
        done += 1
        if progress:
            progress(done, total)
    task.extracted.failures.sort(key=lambda f: (f.index, f.input))
    return task.extracted


def fit(
    inputs: Mapping[str, Input],
    tracks: Sequence[Source],
    *,
    cache: Cache | None = None,
    workers: Workers | int | None = None,
    progress: Progress | None = None,
) -> dict[str, Input]:
    """Fit all inputs on the training tracks; what has to be heard for that goes through the cache.

    Args:
        inputs: by name.
        tracks: the training tracks.
        cache: as for `extract`; likewise `workers` and `progress`.
    """
    hearing = {n: p for n, p in inputs.items() if isinstance(p, LearnsFromExamples) and p.learns_from_examples}
    heard = extract(hearing, tracks, cache=cache, workers=workers, progress=progress) if hearing else None
    fitted: dict[str, Input] = {}
    for name, part in inputs.items():
        if heard is not None and isinstance(part, LearnsFromExamples) and name in hearing:
            rows = [heard.examples(name, i) for i in range(len(tracks))]
            fitted[name] = part.fit_heard(rows, {}) if isinstance(part, LearnsFromHeard) else part.fit_examples(rows)
        else:
            fitted[name] = part.fit(tracks)
    return fitted


@dataclass
class _Extraction:
    """One call of `extract`: who waits for which content, and what became of it."""

    extracted: Extracted
    tracks: Sequence[Source]
    on_bad: OnBad
    found: int = 0  # contents whose entries were in the cache
    contents: Contents = field(default_factory=Contents)
    waiting: dict[tuple[str, str], list[tuple[int, Content]]] = field(default_factory=dict)

    def read(self, name: str, part: Input) -> None:
        """Read a cheap input of all tracks here and now."""
        for index, track in enumerate(self.tracks):
            try:
                examples: list[Example] = part.read(track)
            except _FILE_IS_BAD as error:
                self._failed(name, index, error)
            else:
                self.extracted.keep(name, index, examples)

    def survey(self, name: str, part: Input, cache: Cache) -> list[Job]:
        """What of a costly input is still to be computed; what the cache has is taken at once."""
        for index, track in enumerate(self.tracks):
            try:
                content = self.contents.of(part, track)
            except AudioError as error:
                self._failed(name, index, error)
                continue
            if content is not None and content.misnamed:
                self.extracted.misnamed[str(track.audio)] = content.misnamed
            if content is not None:
                self.waiting.setdefault((name, content.digest), []).append((index, content))
        jobs, key = [], part.key()
        for digest in [d for n, d in self.waiting if n == name]:
            entry = cache.read(digest, key)
            index, content = self.waiting[name, digest][0]
            if entry is None:
                jobs.append(job_of(name, self.tracks[index], content))
            else:
                self.found += 1
                self.take(name, digest, None, entry.damage)
        return jobs

    def take(self, name: str, digest: str, error: UserError | None, damage: str) -> None:
        """What became of one content, for all tracks that have it."""
        if error is not None and not isinstance(error, _FILE_IS_BAD):
            raise error
        for index, content in self.waiting.pop((name, digest)):
            track = self.tracks[index]
            bad = AudioError(str(track.audio or track.id), damage, DAMAGED) if damage else error
            if bad is not None:
                self._failed(name, index, bad, used=bool(damage) and self.on_bad == "use")
            if bad is None or (damage and self.on_bad == "use"):
                self.extracted.keep(name, index, content)

    def _failed(self, name: str, index: int, error: UserError, used: bool = False) -> None:
        if self.on_bad == "stop":
            raise error
        self.extracted.failures.append(failure_of(error, index, self.tracks[index], name, used))

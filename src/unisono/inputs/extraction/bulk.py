"""Fills the cache for a large collection: a stream of tracks, of which nothing but failures is held in memory."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from unisono.errors import AudioError, TooShort, UserError
from unisono.inputs import Input, Progress, Source
from unisono.inputs.extraction.cache import Cache, Entry
from unisono.inputs.extraction.content import Content, Contents
from unisono.inputs.extraction.crew import Crew
from unisono.inputs.extraction.extracted import error_of, job_of, setup_of
from unisono.inputs.extraction.failures import Failure, OnBad, failure_of
from unisono.inputs.extraction.pool import Reply, Workers
from unisono.inputs.hearing.decoding import DAMAGED

_FILE_IS_BAD = (AudioError, TooShort)  # every other error is the run's: a full disk, a missing package


class Shard(NamedTuple):
    """One of several parts of a collection, each for a machine of its own.

    Args:
        number: of this part, from 1.
        of: how many parts there are.
    """

    number: int = 1
    of: int = 1

    @classmethod
    def parse(cls, text: str) -> Self:
        """A part as it is written on a command line.

        Raises: UserError.
        Example:
            >>> list(Shard.parse("2/3").positions(8))
            [1, 4, 7]
        """
        number, slash, of = text.partition("/")
        if slash and number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of):
            return cls(int(number), int(of))
        found = f'"{text}" is no part of a whole but i/n with i from 1 to n is needed'
        raise UserError("--shard", found, "Write --shard 1/4 on the first of four machines.")

    def positions(self, tracks: int) -> range:
        """The positions of its tracks: every n-th, so that parts of a sorted table cost about the same."""
        return range(self.number - 1, tracks, self.of)


@dataclass(frozen=True)
class Plan:
    """How a collection is heard.

    Args:
        workers: how many files at a time, and what each may take.
        shard: the part of the collection.
        resume: take what is in the cache; else everything is computed again.
        on_bad: "skip" leaves damaged files out, "use" counts what can be heard of them, "stop" ends at the first.
    """

    workers: Workers = field(default_factory=Workers)
    shard: Shard = field(default_factory=Shard)
    resume: bool = True
    on_bad: OnBad = "skip"


@dataclass
class Counts:
    """What became of the tracks so far: each counts once, at the costliest that happened to it."""

    done: int = 0
    computed: int = 0
    found: int = 0
    failed: int = 0
    absent: int = 0


class _Outcome(NamedTuple):
    computed: bool
    error: UserError | None
    used: bool = False  # what could be heard of a damaged file counts


class Bulk:
    """One filling of the cache; `counts` and `failures` tell how far it is, also after it was stopped.

    `misnamed` says of sound files whose names say another format what they hold: they are read all the same.
    """

    def __init__(self, inputs: Mapping[str, Input], tracks: Sequence[Source], cache: Cache, plan: Plan) -> None:
        self.counts, self.failures = Counts(), list[Failure]()
        self.misnamed: dict[str, str] = {}
        self.cache, self.plan, self._inputs, self._tracks = cache, plan, dict(inputs), tracks
        self._keys = {name: part.key() for name, part in inputs.items()}
        self._contents = Contents()
        self._claims: dict[tuple[str, str], Future[_Outcome] | _Outcome] = {}
        self._lock = threading.Lock()

    @property
    def tracks(self) -> int:
        """How many tracks its shard has."""
        return len(self.plan.shard.positions(len(self._tracks)))

    def run(self, progress: Progress | None = None) -> None:
        """Hear every track that is not in the cache yet; stopped anywhere, the next run goes on there.

        Threads take digests and look entries up; what decodes sound runs in guarded processes, one a thread.

        Args:
            progress: called with (done, all) tracks.
        Raises: DiskFull; MissingExtra; AudioError or TooShort when `on_bad` is "stop".
        """
        results: queue.SimpleQueue[tuple[int, dict[str, _Outcome | None]] | Exception] = queue.SimpleQueue()
        waiting = iter(self.plan.shard.positions(len(self._tracks)))
        setup = setup_of(self._inputs, list(self._inputs), self.cache)
        crews = [Crew(self._inputs, setup, self.plan.workers) for _ in range(self.plan.workers.count(self.tracks))]
        threads = [threading.Thread(target=self._serve, args=(c, waiting, results), daemon=True) for c in crews]
        for thread in threads:
            thread.start()
        try:
            for _ in range(self.tracks):
                result = results.get()
                if isinstance(result, Exception):
                    raise result
                self._take(*result)
                if progress:
                    progress(self.counts.done, self.tracks)
        finally:
            with self._lock:
                for _ in waiting:  # nothing is left for the others
                    pass
            for crew in crews:
                crew.stop()
            for thread in threads:
                thread.join()
            self.failures.sort(key=lambda f: (f.index, f.input))

    def heard(self, name: str, index: int) -> tuple[str, Entry] | None:
        """After `run`, what an input gave for a track: the content's digest and the entry; None where it has nothing.

        Args:
            name: the input's.
            index: the track's position; it must not be one of `failures`.
        Raises: UserError when the cache has lost it since.
        """
        content = self._contents.of(self._inputs[name], self._tracks[index])
        if content is None:
            return None
        entry = self.cache.read(content.digest, self._keys[name])
        if entry is None:
            advice = "Set UNISONO_CACHE to another disk."
            raise UserError(str(self.cache.folder), "loses what is written to it", advice)
        return content.digest, entry

    def _serve(
        self,
        crew: Crew,
        waiting: Iterator[int],
        results: queue.SimpleQueue[tuple[int, dict[str, _Outcome | None]] | Exception],
    ) -> None:
        try:
            while True:
                with self._lock:
                    index = next(waiting, None)
                if index is None:
                    return
                results.put((index, {name: self._of(crew, name, self._tracks[index]) for name in self._inputs}))
        except Exception as error:  # handed to the caller's thread
            results.put(error)
        finally:
            crew.close()

    def _of(self, crew: Crew, name: str, track: Source) -> _Outcome | None:
        """What becomes of one input of one track; None where the track lacks it."""
        try:
            content = self._contents.of(self._inputs[name], track)
        except AudioError as error:
            return _Outcome(False, error)
        if content is None:
            return None
        if content.misnamed:
            self.misnamed[str(track.audio)] = content.misnamed
        key, mine = (name, content.digest), Future[_Outcome]()
        with self._lock:
            claim = self._claims.setdefault(key, mine)
        if claim is not mine:  # the same sound under another name: whoever came first computes it
            return (claim.result() if isinstance(claim, Future) else claim)._replace(computed=False)
        try:
            outcome = self._computed(crew, name, track, content)
        except Exception as error:
            mine.set_exception(error)
            raise
        mine.set_result(outcome)
        self._claims[key] = outcome  # of millions of tracks only this stays
        return outcome

    def _computed(self, crew: Crew, name: str, track: Source, content: Content) -> _Outcome:
        entry = self.cache.read(content.digest, self._keys[name]) if self.plan.resume else None
        reply: Reply = {"damage": entry.damage} if entry else crew.ask(job_of(name, track, content))
        error, damage = error_of(reply), reply.get("damage", "")
        if error is not None and not isinstance(error, _FILE_IS_BAD):
            raise error
        bad = AudioError(str(track.audio or track.id), damage, DAMAGED) if damage else error
        return _Outcome(entry is None and error is None, bad, bool(damage) and self.plan.on_bad == "use")

    def _take(self, index: int, outcomes: Mapping[str, _Outcome | None]) -> None:
        heard = {name: outcome for name, outcome in outcomes.items() if outcome is not None}
        for name, outcome in heard.items():
            if outcome.error is not None:
                if self.plan.on_bad == "stop":
                    raise outcome.error
                self.failures.append(failure_of(outcome.error, index, self._tracks[index], name, outcome.used))
        counts = self.counts
        counts.done += 1
        if any(outcome.error and not outcome.used for outcome in heard.values()):
            counts.failed += 1
        elif not heard:
            counts.absent += 1
        elif any(outcome.computed for outcome in heard.values()):
            counts.computed += 1
        else:
            counts.found += 1

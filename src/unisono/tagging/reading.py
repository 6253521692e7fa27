"""Tracks to examples, here or in guarded processes: in order, few ahead, and a bad file costs only itself."""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from unisono.errors import AudioError, TooShort, UserError
from unisono.inputs import Example, Input, Source
from unisono.inputs.batching import TrackExamples, rows_of
from unisono.inputs.extraction import OnBad, Workers
from unisono.inputs.extraction.cache import unpacked
from unisono.inputs.extraction.content import stamp_of
from unisono.inputs.extraction.extracted import error_of, setup_of
from unisono.inputs.extraction.pool import Job, Worker
from unisono.inputs.extraction.salvaging import salvaged
from unisono.inputs.hearing.decoding import DAMAGED

_GET_IT_AGAIN = "It is damaged: get it again."  # of inputs that cannot hear a part
AHEAD = 3  # tracks read ahead, a process
FEW = 4  # so few costly tracks are read sooner here than processes start
_FILE_IS_BAD = (AudioError, TooShort)  # every other user error is the run's: a missing column, a full disk


@dataclass(frozen=True)
class InPart:
    """What could be read of a damaged file.

    Args:
        damage: what is wrong with it.
    """

    examples: TrackExamples
    damage: str


@dataclass(frozen=True)
class Asked:
    """What is to be read of tracks.

    Args:
        on_bad: damaged files give a reason ("skip"), what can be heard of them ("use"), or are the end ("stop").
    """

    inputs: Mapping[str, Input]
    on_bad: OnBad = "skip"


Read = TrackExamples | InPart | str  # what was read, in full or in part, or the reason why not
_Heard = tuple[dict[str, list[Example]], str]  # examples by input, and what is wrong with the file


def read_all(
    inputs: Mapping[str, Input], tracks: Sequence[Source], workers: Workers, on_bad: OnBad = "skip"
) -> Iterator[Read]:
    """What `read_one` gives for every track, in their order; costly inputs of many tracks by guarded processes."""
    if len(tracks) > FEW and any(part.costly for part in inputs.values()):
        yield from _by_processes(Asked(inputs, on_bad), tracks, workers)
    else:
        for track in tracks:
            yield read_one(inputs, track, on_bad)


def read_one(inputs: Mapping[str, Input], track: Source, on_bad: OnBad = "skip") -> Read:
    """The examples of one track for every input, or the reason why there are none.

    Any exception of a reader is this track's, never the run's.

    Raises: AudioError for a file that cannot be read in full when `on_bad` is "stop".
    """
    return _complete(Asked(inputs, on_bad), track, _here(inputs, track))


def _here(inputs: Mapping[str, Input], track: Source) -> _Heard | str:
    examples: dict[str, list[Example]] = {}
    damages = list[str]()
    try:
        for name, part in inputs.items():
            examples[name], damage = salvaged(part, track)
            damages += [damage] * bool(damage)
    except _FILE_IS_BAD as error:
        return _reason(error)
    except UserError:
        raise
    except Exception as error:  # whatever a reader does wrong is this file's failure, never the run's
        return f"cannot be read ({type(error).__name__}: {error})."
    return examples, " and ".join(dict.fromkeys(damages))


def _complete(asked: Asked, track: Source, read: _Heard | str) -> Read:
    """Examples in the inputs' order, unless there are none at all or they may not be used."""
    if not isinstance(read, str):
        heard, damage = read
        examples = {name: heard[name] for name in asked.inputs}
        if not damage:
            return examples if rows_of(examples) else _lacking(asked.inputs, track)
        if asked.on_bad == "use" and rows_of(examples):
            return InPart(examples, damage)
        read = f"{damage}."
    if asked.on_bad == "stop":
        raise AudioError(str(track.audio or track.id), read.rstrip("."))
    return read


class _Readers:
    """Guarded processes, each busy with one track; what they compute comes through their pipes."""

    def __init__(self, asked: Asked, workers: Workers, number: int) -> None:
        inputs = asked.inputs
        self._cheap = {name: part for name, part in inputs.items() if not part.costly}
        self._costly = {name: part for name, part in inputs.items() if part.costly}
        self._wanted = asked
        setup = setup_of(inputs, list(self._costly), None)
        self._staff = [Worker(setup, workers) for _ in range(number)]
        self._idle: queue.SimpleQueue[Worker] = queue.SimpleQueue()
        for worker in self._staff:
            self._idle.put(worker)

    def read(self, track: Source) -> Read:
        """Like `read_one`; may be called from as many threads as there are processes."""
        worker = self._idle.get()
        try:
            heard = self._heard(worker, track)
        finally:
            self._idle.put(worker)
        if not isinstance(heard, str):
            rest = _here(self._cheap, track)
            heard = rest if isinstance(rest, str) else (heard[0] | rest[0], heard[1] or rest[1])
        return _complete(self._wanted, track, heard)

    def stop(self) -> None:
        """End all processes, whatever they are doing."""
        for worker in self._staff:
            worker.stop()

    def close(self) -> None:
        """Give back what they held."""
        for worker in self._staff:
            worker.close()

    def _heard(self, worker: Worker, track: Source) -> _Heard | str:
        heard: dict[str, list[Example]] = {}
        damages = list[str]()
        for name, part in self._costly.items():
            job = _job(name, part, track)
            given = self._asked(worker, part, job) if isinstance(job, dict) else job
            if isinstance(given, str):
                return given
            heard[name], damage = given
            damages += [damage] * bool(damage)
        return heard, " and ".join(dict.fromkeys(damages))

    def _asked(self, worker: Worker, part: Input, job: Job) -> tuple[list[Example], str] | str:
        if part.needs == "audio" and job["audio"] is None:
            return [], ""
        reply = worker.ask(job)
        error = error_of(reply)
        if isinstance(error, _FILE_IS_BAD):
            return _reason(error)
        if error is not None:
            raise error
        return unpacked(reply["entry"]).examples, reply["damage"]


def _by_processes(asked: Asked, tracks: Sequence[Source], workers: Workers) -> Iterator[Read]:
    number = workers.count(len(tracks))
    readers = _Readers(asked, workers, number)
    threads = ThreadPoolExecutor(number, thread_name_prefix="reading")
    try:
        yield from _in_order(threads, readers, tracks, number * AHEAD)
    finally:
        readers.stop()
        threads.shutdown(cancel_futures=True)
        readers.close()


def _in_order(threads: ThreadPoolExecutor, readers: _Readers, tracks: Iterable[Source], ahead: int) -> Iterator[Read]:
    begun: deque[Future[Read]] = deque()
    for track in tracks:
        if len(begun) >= ahead:
            yield begun.popleft().result()
        begun.append(threads.submit(readers.read, track))
    while begun:
        yield begun.popleft().result()


def _job(name: str, part: Input, track: Source) -> Job | str:
    """What a process is told of a track, or why the file cannot be had."""
    try:
        written = list(stamp_of(track.audio))
    except OSError as error:
        return f"cannot be opened ({error.strerror})."
    lyrics = track.lyrics if part.needs == "lyrics" else None
    audio = None if track.audio is None else str(track.audio)
    return {"input": name, "id": track.id, "audio": audio, "lyrics": lyrics, "content": "", "stamp": written}


def _lacking(inputs: Mapping[str, Input], track: Source) -> str:
    """Why nothing was read of a track, in the inputs' own words where they have some."""
    told = [getattr(part, "why_missing", _no_sound)(track) for part in inputs.values()]
    return " and ".join(dict.fromkeys(why for why in told if why)) or "there is nothing to hear or read"


def _no_sound(track: Source) -> str | None:
    return "it has no sound" if track.audio is None else None


def _reason(error: AudioError | TooShort) -> str:
    advice = _GET_IT_AGAIN if error.advice == DAMAGED else error.advice
    return f"{error.found}. {advice}".strip()

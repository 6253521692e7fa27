"""Tracks to examples, here or in guarded processes: in order, few ahead, and a bad file costs only itself."""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from unisono.errors import AudioError, TooShort, UserError
from unisono.inputs import Example, Input, Source
from unisono.inputs.batching import TrackExamples, rows_of
from unisono.inputs.extraction import Workers
from unisono.inputs.extraction.cache import unpacked
from unisono.inputs.extraction.content import stamp_of
from unisono.inputs.extraction.extracted import error_of, setup_of
from unisono.inputs.extraction.pool import Job, Worker
from unisono.inputs.extraction.salvaging import salvaged
from unisono.inputs.hearing.decoding import DAMAGED

Read = TrackExamples | str  # what was read, or the reason why not
_GET_IT_AGAIN = "It is damaged: get it again."  # half a file is never tagged
AHEAD = 3  # tracks read ahead, a process
FEW = 4  # so few costly tracks are read sooner here than processes start
_FILE_IS_BAD = (AudioError, TooShort)  # every other user error is the run's: a missing column, a full disk


def read_all(inputs: Mapping[str, Input], tracks: Sequence[Source], workers: Workers) -> Iterator[Read]:
    """What `read_one` gives for every track, in their order; costly inputs of many tracks by guarded processes."""
    if len(tracks) > FEW and any(part.costly for part in inputs.values()):
        yield from _by_processes(inputs, tracks, workers)
    else:
        for track in tracks:
            yield read_one(inputs, track)


def read_one(inputs: Mapping[str, Input], track: Source) -> Read:
    """The examples of one track for every input, or the reason why there are none.

    Any exception of a reader is this track's, never the run's.
    """
    return _complete(inputs, track, _here(inputs, track))


def _here(inputs: Mapping[str, Input], track: Source) -> dict[str, list[Example]] | str:
    examples: dict[str, list[Example]] = {}
    try:
        for name, part in inputs.items():
            examples[name], damage = salvaged(part, track)
            if damage:
                return f"{damage}."
    except _FILE_IS_BAD as error:
        return _reason(error)
    except UserError:
        raise
    except Exception as error:  # whatever a reader does wrong is this file's failure, never the run's
        return f"cannot be read ({type(error).__name__}: {error})."
    return examples


def _complete(inputs: Mapping[str, Input], track: Source, read: dict[str, list[Example]] | str) -> Read:
    """Examples in the inputs' order, unless there are none at all."""
    if isinstance(read, str):
        return read
    examples = {name: read[name] for name in inputs}
    return examples if rows_of(examples) else _lacking(inputs, track)


class _Readers:
    """Guarded processes, each busy with one track; what they compute comes through their pipes."""

    def __init__(self, inputs: Mapping[str, Input], workers: Workers, number: int) -> None:
        self._cheap = {name: part for name, part in inputs.items() if not part.costly}
        self._costly = {name: part for name, part in inputs.items() if part.costly}
        self._inputs = inputs
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
            heard = rest if isinstance(rest, str) else heard | rest
        return _complete(self._inputs, track, heard)

    def stop(self) -> None:
        """End all processes, whatever they are doing."""
        for worker in self._staff:
            worker.stop()

    def close(self) -> None:
        """Give back what they held."""
        for worker in self._staff:
            worker.close()

    def _heard(self, worker: Worker, track: Source) -> dict[str, list[Example]] | str:
        heard: dict[str, list[Example]] = {}
        for name, part in self._costly.items():
            job = _job(name, part, track)
            given = self._asked(worker, part, job) if isinstance(job, dict) else job
            if isinstance(given, str):
                return given
            heard[name] = given
        return heard

    def _asked(self, worker: Worker, part: Input, job: Job) -> list[Example] | str:
        if part.needs == "audio" and job["audio"] is None:
            return []
        reply = worker.ask(job)
        error = error_of(reply)
        if isinstance(error, _FILE_IS_BAD):
            return _reason(error)
        if error is not None:
            raise error
        if reply["damage"]:
            return f"{reply['damage']}."
        return unpacked(reply["entry"]).examples


def _by_processes(inputs: Mapping[str, Input], tracks: Sequence[Source], workers: Workers) -> Iterator[Read]:
    number = workers.count(len(tracks))
    readers = _Readers(inputs, workers, number)
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

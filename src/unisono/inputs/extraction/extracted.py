"""What inputs gave for every track, read from the cache when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from unisono import errors
from unisono.errors import UserError
from unisono.inputs import Example, Input, Source
from unisono.inputs.extraction.cache import Cache, Entry
from unisono.inputs.extraction.content import Content
from unisono.inputs.extraction.failures import Failure
from unisono.inputs.extraction.pool import Job, Reply, Workers, computed_by_pool


class Extracted:
    """Examples by input and by the track's position; `failures` names every track that an input could not read.

    `misnamed` says of sound files whose names say another format what they hold: they are read all the same.
    """

    def __init__(self, inputs: Mapping[str, Input], tracks: Sequence[Source], cache: Cache, workers: Workers) -> None:
        self.inputs, self.failures = dict(inputs), list[Failure]()
        self.misnamed: dict[str, str] = {}
        self._tracks, self._cache, self._workers = tracks, cache, workers
        self._contents: dict[tuple[str, int], Content] = {}
        self._read: dict[tuple[str, int], list[Example]] = {}

    @property
    def recomputed(self) -> int:
        """Cache entries that were found damaged and computed again."""
        return self._cache.damaged

    def has(self, name: str, index: int) -> bool:
        """Whether a track has this input: it is there and could be read."""
        return (name, index) in self._contents or (name, index) in self._read

    def examples(self, name: str, index: int) -> list[Example]:
        """The excerpts of one track; an empty list where it lacks this input or failed.

        Args:
            name: the input's.
            index: the track's position.
        """
        content = self._contents.get((name, index))
        if content is None:
            return self._read.get((name, index), [])
        entry = self._cache.read(content.digest, self.inputs[name].key())
        return (entry or self._again(name, index, content)).examples

    def keep(self, name: str, index: int, kept: Content | list[Example]) -> None:
        """Take what an input gave for a track: its content, whose entry is in the cache, or the examples."""
        if isinstance(kept, Content):
            self._contents[name, index] = kept
        elif kept:
            self._read[name, index] = kept

    def _again(self, name: str, index: int, content: Content) -> Entry:
        """Compute an entry that was damaged or removed since."""
        job = job_of(name, self._tracks[index], content)
        for _, reply in computed_by_pool([job], setup_of(self.inputs, [name], self._cache), self._workers):
            if error := error_of(reply):
                raise error
        entry = self._cache.read(content.digest, self.inputs[name].key())
        if entry is None:
            raise UserError(
                str(self._cache.folder), "loses what is written to it", "Set UNISONO_CACHE to another disk."
            )
        return entry


def job_of(name: str, track: Source, content: Content) -> Job:
    """What a worker is told of a track."""
    audio = None if track.audio is None else str(track.audio)
    lyrics = None if content.stamp else track.lyrics  # a file's own lyrics are not read for its sound's sake
    job: Job = {"input": name, "id": track.id, "audio": audio, "lyrics": lyrics}
    return job | {"content": content.digest, "stamp": list(content.stamp)}


def setup_of(inputs: Mapping[str, Any], names: Sequence[str], cache: Cache | None) -> dict[str, Any]:
    """What a worker is told first: the inputs, and where entries go; without a cache they come with the replies."""
    folder = None if cache is None else str(cache.folder.resolve())
    return {"inputs": {n: inputs[n].model_dump(mode="json") for n in names}, "cache": folder}


def error_of(reply: Reply) -> UserError | None:
    """The error that a worker's reply tells of, or None."""
    words = reply.get("error")
    if words is None:
        return None
    kind: type[UserError] = getattr(errors, words["kind"], UserError)
    return kind(words["where"], words["found"], words["advice"])

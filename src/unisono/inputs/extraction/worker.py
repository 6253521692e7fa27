"""One guarded process: computes examples of one file after another, keeps them in the cache and answers in a line.

Runs as `python -m unisono.inputs.extraction.worker`; lines of JSON come in and go out, nothing is pickled. Without a
cache the examples' bytes follow the line.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from unisono.errors import AudioError, UserError
from unisono.inputs import Input, Source, input_of
from unisono.inputs.extraction.cache import Cache, Entry, packed
from unisono.inputs.extraction.content import stamp_of
from unisono.inputs.extraction.salvaging import salvaged


@dataclass(frozen=True)
class Heard:
    """As much of a track as a costly input reads."""

    id: str
    audio: Path | None
    lyrics: str | None
    values: dict[str, Any] = field(default_factory=dict)


def main() -> None:
    """Serve until the parent closes its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not stand between the lines
    setup = json.loads(sys.stdin.buffer.readline())
    _bound_memory(setup["memory"])
    inputs = {name: input_of(settings) for name, settings in setup["inputs"].items()}
    cache = None if setup["cache"] is None else Cache(Path(setup["cache"]), ram=0)
    _answer(replies, {"ready": os.getpid()})
    for line in sys.stdin.buffer:
        job = json.loads(line)
        _answer(replies, *computed(inputs[job["input"]], job, cache))


def computed(part: Input, job: dict[str, Any], cache: Cache | None) -> tuple[dict[str, Any], Entry | None]:
    """Compute one job and keep its entry.

    Args:
        part: the input.
        job: id, audio, lyrics, the content's digest, and the file's stamp when that digest was taken.
        cache: where the entry goes; None gives it to the caller.
    Returns: {"damage": ...} or {"error": ...} with the words of a `UserError`, and the entry that is not in the cache.
    """
    audio = Path(job["audio"]) if job["audio"] is not None else None
    track = Heard(job["id"], audio, job["lyrics"])
    try:
        entry = _entry(part, track)
        if list(stamp_of(audio)) != job["stamp"]:
            raise AudioError(str(audio), "was changed while it was read", "Run it again.")
        if cache is not None:
            cache.write(job["content"], part.key(), entry)
    except UserError as error:
        return told(error), None
    except Exception as error:  # whatever a reader does wrong is this file's failure, never the run's
        return told(AudioError(str(audio or job["id"]), f"cannot be read ({type(error).__name__}: {error})")), None
    return {"damage": entry.damage}, entry if cache is None else None


def _entry(part: Input, track: Source) -> Entry:
    examples, damage = salvaged(part, track)
    return Entry(examples, damage)


def told(error: UserError) -> dict[str, Any]:
    """The words of an error, as `extracted.error_of` reads them."""
    words = {"kind": type(error).__name__, "where": error.where, "found": error.found, "advice": error.advice}
    return {"error": words}


def _answer(replies: BinaryIO, reply: dict[str, Any], entry: Entry | None = None) -> None:
    pieces = [] if entry is None else packed(entry)
    replies.write(json.dumps(reply | {"follows": sum(map(len, pieces))}).encode() + b"\n")
    for piece in pieces:
        replies.write(piece)
    replies.flush()


def _bound_memory(size: int) -> None:
    """A header that asks for 100 GB gets a MemoryError instead of the machine."""
    if sys.platform == "win32" or not size:
        return
    import resource

    in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() if _has_proc() else 0
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    wanted = in_use + size
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard < 0 else min(wanted, hard), hard))


def _has_proc() -> bool:
    return Path("/proc/self/statm").exists()


if __name__ == "__main__":
    main()

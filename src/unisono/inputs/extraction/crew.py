"""Who computes a job: what decodes a file a guarded process, since a decoder may crash; all else this very thread."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unisono.inputs import Input
from unisono.inputs.extraction.cache import Cache
from unisono.inputs.extraction.pool import Job, Reply, Worker, Workers
from unisono.inputs.extraction.worker import computed


class Crew:
    """One thread's share of the work; its process is started when the first sound has to be heard.

    Args:
        inputs: by name.
        setup: what a process is told first; see `extracted.setup_of`.
        workers: what a process may take.
    """

    def __init__(self, inputs: Mapping[str, Input], setup: Mapping[str, Any], workers: Workers) -> None:
        self._inputs, self._cache = inputs, Cache(Path(setup["cache"]), ram=0)
        self._worker = Worker(setup, workers)

    def ask(self, job: Job) -> Reply:
        """The reply to a job, whose entry is in the cache then."""
        part = self._inputs[job["input"]]
        if part.needs == "audio":
            return self._worker.ask(job)
        return computed(part, job, self._cache)[0]

    def stop(self) -> None:
        """End the process, whatever it is doing; may be called from another thread."""
        self._worker.stop()

    def close(self) -> None:
        """End the process and give back what it held."""
        self._worker.close()

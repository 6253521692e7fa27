"""The history of a run as JSON lines, without a clock in it; times go to a file of their own."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unisono.files import commit_bytes


class History:
    """Lines that are on disk once they are written.

    Args:
        path: of history.jsonl; timings.jsonl stands beside it.
        lines: what an earlier, interrupted run has written up to its checkpoint.
    """

    def __init__(self, path: Path, lines: list[dict[str, Any]]) -> None:
        self.path, self.lines = path, lines
        timings = path.with_name("timings.jsonl")
        before = timings.read_text("utf-8").splitlines(keepends=True) if lines and timings.is_file() else []
        self._timings = before[: len(lines)]  # of an earlier run; each run counts its own seconds
        self._last, self._seconds, self._written = time.monotonic(), 0.0, len(lines)

    @classmethod
    def resumed(cls, path: Path, lines: int) -> History:
        """Keep the first lines of a file, as many as the checkpoint knew."""
        known = path.read_text("utf-8").splitlines()[:lines] if lines else []
        return cls(path, [json.loads(line) for line in known])

    def add(self, line: Mapping[str, Any], together: int = 1) -> None:
        """Take one more line, and the seconds since the start beside it; `write` puts them on disk.

        Args:
            together: runs that are learned as one program: each is told its share of the seconds.
        """
        self.lines.append(dict(line))
        now = time.monotonic()
        self._seconds, self._last = self._seconds + (now - self._last) / together, now
        timing: dict[str, Any] = {"line": len(self.lines), "seconds": round(self._seconds, 3)}
        self._timings.append(json.dumps(timing | ({"together": together} if together > 1 else {})) + "\n")

    def write(self) -> None:
        """Put the lines on disk, unless they are there."""
        if self._written == len(self.lines):
            return
        text = "".join(json.dumps(entry, allow_nan=False) + "\n" for entry in self.lines)
        commit_bytes(self.path, text.encode())
        commit_bytes(self.path.with_name("timings.jsonl"), "".join(self._timings).encode())
        self._written = len(self.lines)

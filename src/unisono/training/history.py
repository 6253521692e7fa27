"""The history of a run as JSON lines, without a clock in it; times go to a file of their own."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unisono.files import commit_bytes


class History:
    """Lines that are on disk as soon as they are added.

    Args:
        path: of history.jsonl; timings.jsonl stands beside it.
        lines: what an earlier, interrupted run has written up to its checkpoint.
    """

    def __init__(self, path: Path, lines: list[dict[str, Any]]) -> None:
        self.path, self.lines = path, lines
        timings = path.with_name("timings.jsonl")
        before = timings.read_text("utf-8").splitlines(keepends=True) if lines and timings.is_file() else []
        self._timings = before[: len(lines)]  # of an earlier run; each run counts its own seconds
        self._started = time.monotonic()

    @classmethod
    def resumed(cls, path: Path, lines: int) -> History:
        """Keep the first lines of a file, as many as the checkpoint knew."""
        known = path.read_text("utf-8").splitlines()[:lines] if lines else []
        return cls(path, [json.loads(line) for line in known])

    def add(self, line: Mapping[str, Any]) -> None:
        """Write one more line, and the seconds since the start beside it."""
        self.lines.append(dict(line))
        text = "".join(json.dumps(entry, allow_nan=False) + "\n" for entry in self.lines)
        commit_bytes(self.path, text.encode())
        seconds = round(time.monotonic() - self._started, 3)
        self._timings.append(json.dumps({"line": len(self.lines), "seconds": seconds}) + "\n")
        commit_bytes(self.path.with_name("timings.jsonl"), "".join(self._timings).encode())

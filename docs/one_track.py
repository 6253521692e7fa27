"""Writes one-track.md, the path of one track from file to tag, by tagging a file of the demo: `make docs` runs it."""

from __future__ import annotations

import ast
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import unisono

DOCS = Path(__file__).parent
PACKAGE = Path(unisono.__file__ or "").parent


@dataclass
class Journey:
    """What was called while something ran.

    Args:
        functions: file -> functions in the order they were first called.
        calls: pairs of files of which the first called the second.
    """

    functions: dict[str, list[str]] = field(default_factory=dict)
    calls: set[tuple[str, str]] = field(default_factory=set)

    @property
    def both_ways(self) -> list[tuple[str, str]]:
        """Pairs of files that call each other."""
        return sorted(p for p in self.calls if p[0] < p[1] and (p[1], p[0]) in self.calls)


def record(run: Callable[[], object]) -> Journey:
    """Note every file of the package that has a part in a run, in the order of their first calls."""
    journey = Journey()

    def note(frame: FrameType, event: str, _: object) -> None:
        here = _ours(frame)
        if event != "call" or here is None or frame.f_code.co_name.startswith("<"):
            return
        known = journey.functions.setdefault(here, [])
        if frame.f_code.co_name not in known:
            known.append(frame.f_code.co_name)
        caller = frame.f_back
        while caller is not None and _ours(caller) is None:
            caller = caller.f_back
        if caller is not None and _ours(caller) != here:
            journey.calls.add((str(_ours(caller)), here))

    sys.setprofile(note)
    threading.setprofile(note)
    try:
        run()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return journey


def _ours(frame: FrameType) -> str | None:
    path = frame.f_code.co_filename
    return str(Path(path).relative_to(PACKAGE)) if path.startswith(str(PACKAGE)) else None


def one_track_page(model: Path, song: Path) -> str:
    """The files that one track passes on its way to its tags."""
    tagger = unisono.open_model(model)
    tagger.tag_file(song)  # what is opened only once is no part of the way
    journey = record(lambda: tagger.tag_file(song))
    lines = [
        "# One track",
        "",
        "What happens to one file between `unisono tag` and its tags: the files of the package in the order in which",
        "they are first called, and what of them. Recorded while the demo's model, which hears audio and reads",
        f"lyrics, tagged one track; {len(journey.functions)} files.",
        "",
        "*This page is made by `make docs`.*",
        "",
        "| file | is for | called of it |",
        "|---|---|---|",
    ]
    for file, called in journey.functions.items():
        purpose = (ast.get_docstring(ast.parse((PACKAGE / file).read_text("utf8"))) or "").split("\n")[0]
        lines.append(f"| [{file}](../src/unisono/{file}) | {purpose} | {', '.join(f'`{c}`' for c in called)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the page from the demo's model and its first new track."""
    demo = DOCS.parent / "demo"
    songs = sorted((demo / "new").glob("*.flac"))
    if not songs:
        sys.exit("there is no demo: run make demo first")
    (DOCS / "one-track.md").write_text(one_track_page(demo / "run" / "model", songs[0]), "utf8")


if __name__ == "__main__":
    main()

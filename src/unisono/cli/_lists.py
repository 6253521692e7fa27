"""Lists that commands leave behind: CSV for spreadsheets, M3U8 for players, and what they were made from."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from unisono.errors import ExperimentError
from unisono.experiment import Experiment
from unisono.files import commit_bytes
from unisono.tagging.exports.m3u8 import entry


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table; None is an empty cell."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    commit_bytes(path, text.getvalue().encode("utf-8", "backslashreplace"))


def write_playlist(path: Path, title: str, sounds: Iterable[Path]) -> None:
    """A playlist of sound files, absolute paths."""
    lines = ["#EXTM3U", f"#PLAYLIST:{title}", *(entry(str(sound.absolute())) for sound in sounds)]
    commit_bytes(path, ("\n".join(lines) + "\n").encode())


def run_or_experiment(given: str, changes: Sequence[str] | None) -> tuple[Experiment, Path | None]:
    """The experiment, and the folder of the finished run that was named in its place.

    Raises: ExperimentError for changes to a run that is finished.
    """
    folder = Path(given).expanduser()
    finished = (folder / "scores.json").is_file()
    if finished and changes:
        raise ExperimentError("--set", "changes an experiment but this is a finished run", "Name its experiment file.")
    return Experiment.load(given, changes or ()), folder if finished else None

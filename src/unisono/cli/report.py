"""(Re)makes the HTML page of a run or study."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from unisono.cli._console import Console
from unisono.cli._options import Json, Quiet
from unisono.errors import TrainingError
from unisono.report import write_report, write_studies_report, write_study_report


def report(
    folders: Annotated[list[Path], typer.Argument(metavar="RUN...", help="A run or study folder, or several studies.")],
    out: Annotated[
        Path | None, typer.Option("--output", "-o", help="The page of several studies; one study's is in its folder.")
    ] = None,
    everything: Annotated[
        bool,
        typer.Option("--all", help="Of a study: draw every matrix, answer and size, also where they are hundreds."),
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """(Re)make the HTML page of a run or study, or one of several studies side by side.

    One file with its figures inside: data and split, scores beside chance, learning curves, confusions, the worst
    mistakes by name. Of a study: comparisons, figures and tables. It needs no network and can be sent as it is.
    Studies that were run apart share no splits: their page tests nothing between them.

    Examples:
      unisono report run
      unisono report cnn-study features-study -o both.html
    """
    with Console(as_json, quiet) as console:
        page = _page(folders, out, everything)
        console.say(f"Report: {page}")
        console.result({"report": page})
    return 0


def _page(folders: list[Path], out: Path | None, everything: bool) -> Path:
    for folder in folders:
        if not folder.is_dir():
            raise TrainingError(str(folder), "there is no such folder", "Name the folder of a run or study.")
    if len(folders) > 1 and out is not None:
        return write_studies_report(folders, out, everything)
    if len(folders) > 1:
        raise TrainingError("report", "has several studies but no page to write", "Name it: -o both.html.")
    if out is not None:
        raise TrainingError("--output", "is for several studies; the page of one is in its folder", "Leave it out.")
    (folder,) = folders
    is_study = any((folder / name).is_file() for name in ("study.json", "study.toml"))
    return write_study_report(folder, everything) if is_study else write_report(folder)

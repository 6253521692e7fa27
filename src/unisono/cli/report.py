"""(Re)makes the HTML page of a run or study."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from unisono.cli._console import Console
from unisono.cli._options import Json, Quiet
from unisono.report import write_report, write_study_report


def report(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="A run or study folder.")],
    everything: Annotated[
        bool,
        typer.Option("--all", help="Of a study: draw every matrix, answer and size, also where they are hundreds."),
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """(Re)make the HTML page of a run or study.

    One file with its figures inside: data and split, scores beside chance, learning curves, confusions, the worst
    mistakes by name. Of a study: comparisons, figures and tables. It needs no network and can be sent as it is.

    Examples:
      unisono report run
    """
    with Console(as_json, quiet) as console:
        page = write_study_report(folder, everything) if (folder / "study.json").is_file() else write_report(folder)
        console.say(f"Report: {page}")
        console.result({"report": page})
    return 0

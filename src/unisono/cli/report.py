"""(Re)makes the HTML page of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from unisono.cli._console import Console
from unisono.cli._options import Json, Quiet
from unisono.report import write_report


def report(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")],
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """(Re)make the HTML page of a run.

    One file with its figures inside: data and split, scores beside chance, learning curves, confusions, the worst
    mistakes by name. It needs no network and can be sent as it is.

    Examples:
      unisono report run
    """
    with Console(as_json, quiet) as console:
        page = write_report(folder)
        console.say(f"Report: {page}")
        console.result({"report": page})
    return 0

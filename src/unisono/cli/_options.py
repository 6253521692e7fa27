"""Options that several commands share, and how a shell completes files and formats."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from unisono.parts import names


def export_names(incomplete: str) -> list[str]:
    """The export formats: the files of `tagging/exports`."""
    return [name for name in names("tagging.exports") if name.startswith(incomplete)]


def files(incomplete: str, *suffixes: str) -> list[str]:
    """Files of the given suffixes, and folders with a slash behind them, that begin with what was typed."""
    typed = incomplete.rpartition("/")[0]
    folder = Path(typed + "/") if "/" in incomplete else Path()
    if not folder.is_dir():
        return []
    prefix = incomplete[: len(incomplete) - len(incomplete.rpartition("/")[2])]
    found = (f"{prefix}{p.name}/" if p.is_dir() else f"{prefix}{p.name}" for p in sorted(folder.iterdir()))
    return [name for name in found if name.startswith(incomplete) and name.endswith((*suffixes, "/"))]


Seed = Annotated[int | None, typer.Option("--seed", min=0, help="Fix what is drawn at random.")]
Workers = Annotated[
    int | None, typer.Option("--workers", "-j", min=1, help="Processes that read sound; default: all processors.")
]
OnBad = Annotated[
    Literal["skip", "use", "stop"] | None,
    typer.Option("--on-bad", metavar="skip|use|stop", help="Damaged files: left out, used in part, or the end."),
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on stdout, and nothing else there.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no tables; only warnings and errors.")]

"""Renders a small collection, learns its tags, reports, and tags new tracks: the whole story in a minute."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from unisono.cli._console import Console
from unisono.cli._options import Json, Quiet, Seed
from unisono.parts import part

DONE = 0


def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder of its own, made anew.")] = Path("demo"),
    seed: Seed = 0,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Render a small collection, learn its tags, report, and tag new tracks: the whole story in a minute.

    The tracks come from our own synthesiser. What is done is told on the way; look at run/report.html and tags.csv.

    Examples:
      unisono demo
      unisono demo my-demo --seed 3
    """
    with Console(as_json, quiet) as console:
        training, story = part("training", "run"), part("demo", "story")
        with console.progress("demo") as advance:
            watching = training.Watching(lambda what, done, of: advance(done, of))
            told = story.tell(folder, seed or 0, console.say, watching)
        console.result(
            {
                "folder": folder,
                "run": told.run.folder,
                "model": told.run.model,
                "report": told.report,
                "scores": told.run.scores,
                "tagged": len(told.tagged),
                "right": {task: check.right for task, check in told.checks.items()},
                "seconds": dict(told.seconds),
            }
        )
    return DONE

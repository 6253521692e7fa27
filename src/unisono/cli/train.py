"""Learns tags from labelled tracks: one run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

import unisono
from unisono.cli._console import Console
from unisono.cli._experiments import Experiment, Set
from unisono.cli._options import Json, OnBad, Quiet, Seed
from unisono.cli._scores import show_scores
from unisono.cli._watching import Watcher
from unisono.parts import part

DONE, SKIPS = 0, 3


def train(
    experiment: Experiment,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="RUN", help="The run folder.")] = Path("run"),
    changes: Set = None,
    seed: Seed = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run that was stopped in RUN.")] = False,
    devices: Annotated[
        int | None, typer.Option("--devices", min=1, metavar="N", help="Processes that learn together on this machine.")
    ] = None,
    on_bad: OnBad = None,
    report: Annotated[bool, typer.Option("--report/--no-report", help="Make report.html at the end.")] = True,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Learn tags from labelled tracks.

    Reads the collection, splits it by group, trains, judges the exported model on held-out tracks and leaves all of it
    in the run folder; tag with RUN/model. Stop it with Ctrl-C or pull the plug: --resume gives the very same result.

    Examples:
      unisono train mine.toml -o run
      unisono train lyrics-genre --set collection.table=songs.csv -o run --seed 1
      unisono train mine.toml -o run --resume
      unisono train mine.toml -o run --devices 2
    """
    with Console(as_json, quiet or _follows()) as console:
        more = [f"training.{key}={value}" for key, value in (("devices", devices), ("on_bad", on_bad)) if value]
        asked = unisono.Experiment.load(experiment, (*(changes or ()), *more))
        run = _run(console, asked, (output, seed or 0, resume))
        if _follows():
            return DONE
        page = part("report", "page").write_report(run.folder) if report else None
        for failure in run.failures:
            console.warn(f"skipped {failure}")
        show_scores(console, run.scores)
        if run.parity is not None:
            console.say(f"Exported model and trained network differ by at most {run.parity:.1e} in any logit.")
        console.say(_kept(run.model) + (f"   Report: {page}" if page else ""))
        console.result(
            {
                "run": run.folder,
                "model": run.model if run.model.is_dir() else None,
                "report": page,
                "scores": run.scores,
                "skipped": list(run.failures),
                "warnings": list(run.warnings),
                "parity": run.parity,
            }
        )
    return SKIPS if run.failures else DONE


def _follows() -> bool:
    """Whether `torchrun` has started this process beside another one that writes and tells everything."""
    return "WORLD_SIZE" in os.environ and os.environ.get("RANK", "0") != "0"


def _run(console: Console, asked: unisono.Experiment, how: tuple[Path, int, bool]) -> unisono.Run:
    """Train with a bar for what is heard and one for the epochs. Torch is opened only now."""
    training = part("training", "run")
    output, seed, resume = how
    with console.progress(asked.name) as advance:
        watcher = Watcher(console, advance, asked)
        watching = training.Watching(watcher.progress, watcher.line, watcher.note, console.warn)
        run: unisono.Run = training.train(asked, output, seed, resume, watching)
    return run


def _kept(model: Path) -> str:
    """Where the model is, or why there is none."""
    return f"Model: {model}" if model.is_dir() else "No model is kept: the split has folds but no final one."

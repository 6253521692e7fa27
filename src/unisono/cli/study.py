"""Runs a study: configurations x seeds x sizes, compared in pairs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from unisono.cli._console import Console
from unisono.cli._experiments import Set, experiments
from unisono.cli._options import Json, Quiet
from unisono.cli._study_table import StudyTable
from unisono.collection.faults import several
from unisono.parts import part

DONE, SKIPS = 0, 3

Protocols = Annotated[
    str | None, typer.Option("--protocols", metavar="A,B", help="How tracks are parted: grouped,random,published ...")
]
Seeds = Annotated[int | None, typer.Option("--seeds", min=1, help="How many seeds, instead of the file's.")]
Jobs = Annotated[int | None, typer.Option("--jobs", "-j", min=1, help="Cells that run at once; default: processors.")]


def study(
    study: Annotated[
        str,
        typer.Argument(metavar="STUDY", help="A study file, an experiment, or a recipe.", autocompletion=experiments),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="The study folder.")] = Path("study"),
    changes: Set = None,
    seeds: Seeds = None,
    protocols: Protocols = None,
    jobs: Jobs = None,
    resume: Annotated[bool, typer.Option("--resume", help="Run only those cells of DIR that are missing.")] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Show the configurations and stop.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Run a study: configurations x seeds x sizes, compared in pairs.

    Every cell is an ordinary run in a folder of its own; all configurations share splits and seeds. Leaves study.json,
    tables (CSV, Markdown, LaTeX) and report.html in DIR. Stop it whenever you like: --resume runs what is missing.

    Examples:
      unisono study mine-study.toml -o study -j 4
      unisono study mine.toml --protocols grouped,random,published --seeds 5 -o leaks
      unisono study mine-study.toml -o study --resume
    """
    with Console(as_json, quiet) as console:
        asked = part("study", "plan").Study.load(study, _overrides(changes or [], seeds, protocols))
        if plan:
            part("study", "splits").check_protocols(asked)
            _show_plan(console, asked)
            return DONE
        run = _run(console, asked, output, (resume, jobs or _processors()))
        page = part("report", "study_page").write_study_report(output)
        for note in run.summary["notes"]:
            console.warn(note)
        for failure in run.failures:
            console.warn(f"failed: {failure}")
        for row in run.summary["comparisons"]:
            console.say(row["sentence"])
        console.say(f"Study: {output}   Report: {page}")
        console.result({"study": output, "report": page, "ran": run.ran, "failed": list(run.failures), **run.summary})
    return SKIPS if run.failures else DONE


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _overrides(changes: list[str], seeds: int | None, protocols: str | None) -> list[str]:
    """Options as changes of the study file."""
    more = [f"study.seeds={seeds}"] if seeds else []
    if protocols is not None:
        named = ", ".join(f'"{one.strip()}"' for one in protocols.split(","))
        more.append(f"study.protocols=[{named}]")
    return [*changes, *more]


def _show_plan(console: Console, asked: Any) -> None:
    factors = list(dict.fromkeys(f for c in asked.configurations.values() for f in c.levels))
    rows = [
        (n, *(c.levels[f] for f in factors), ", ".join(c.experiment.tasks)) for n, c in asked.configurations.items()
    ]
    console.table(("configuration", *factors, "tasks"), rows)
    cells = len(list(part("study", "cells").places(asked)))
    seeds = several(len(asked.settings.all_seeds), "seed")
    console.say(f"{several(len(rows), 'configuration')}, {seeds}: {several(cells, 'cell')}")
    console.result({"configurations": [dict(zip(("configuration", *factors, "tasks"), r, strict=True)) for r in rows]})


def _run(console: Console, asked: Any, output: Path, how: tuple[bool, int]) -> Any:
    """Run the cells with a live table. Torch is opened only now."""
    running, table = part("study", "run"), StudyTable(console)
    resume, jobs = how
    with table.shown():
        watching = running.StudyWatching(planned=table.planned, event=table.event, note=console.say)
        return running.run_study(asked, output, resume, jobs, watching)

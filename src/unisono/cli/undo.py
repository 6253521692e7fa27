"""Gives files back the exact bytes they had before `tag --write`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from unisono.cli._console import Console
from unisono.cli._options import Json, Quiet
from unisono.tagging.rows import text_of
from unisono.tagging.writing import journal_named, journals_folder, listed
from unisono.tagging.writing import undo as undo_journal

DONE, SKIPS = 0, 3


def undo(
    journal: Annotated[str, typer.Argument(metavar="[JOURNAL|last]", help="A journal's name or file.")] = "last",
    show: Annotated[bool, typer.Option("--list", help="Show the runs that can be undone, and stop.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Give files back the exact bytes they had before `tag --write`.

    A file that was edited, moved or deleted since keeps what it has and is named; the exit status is then 3. Runs are
    undone one by one, the last one first: called again, undo goes on to the run before, and only a run's name tries
    again the files that stayed.

    Examples:
      unisono undo
      unisono undo --list
      unisono undo 20260314-201500-a1b2c3
    """
    with Console(as_json, quiet) as console:
        return _list(console) if show else _undo(console, journal)


def _list(console: Console) -> int:
    runs = listed()
    console.table(
        ("run", "began", "profile", "files", "stayed"),
        ((run.name, run.facts.get("began"), run.facts.get("profile_name"), run.writes, run.left) for run in runs),
    )
    if not runs:
        console.say(f"no run to undo; journals are kept in {journals_folder()}")
    console.result({"runs": [{"run": run.name, "files": run.writes, "stayed": run.left, **run.facts} for run in runs]})
    return DONE


def _told(path: Path) -> str:
    return path.stem if path.parent == journals_folder() else str(path)


def _undo(console: Console, name: str) -> int:
    restored, already, refused = 0, 0, list[dict[str, str]]()
    with journal_named(name) as journal, console.progress("undoing") as advance:
        of, path = journal.count(), journal.path
        for done, outcome in enumerate(undo_journal(journal), 1):
            restored += outcome.state == "written"
            already += outcome.state == "unchanged"
            if outcome.state == "skipped":
                refused.append({"path": text_of(outcome.path), "reason": outcome.reason})
            advance(done, of)
    for one in refused:
        console.warn(f"not undone {one['path']}: {one['reason']}")
    told = [f"{restored:,} given back"] + [f"{already:,} as before"] * bool(already)
    console.say(", ".join([*told, *[f"{len(refused):,} not undone"] * bool(refused)]))
    if refused:
        console.say(f"what was not undone stays as it is; `unisono undo {_told(path)}` tries it again")
    console.result({"journal": str(path), "restored": restored, "unchanged": already, "refused": refused})
    return SKIPS if refused else DONE

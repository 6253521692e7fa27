"""Shows what a table, folder or experiment holds, and writes a first experiment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from unisono.cli._console import Console
from unisono.cli._experiments import experiments
from unisono.cli._options import Json, Quiet, files
from unisono.collection.findings import Findings
from unisono.collection.first_experiment import write_experiment
from unisono.collection.inspection import Progress
from unisono.collection.inspection import inspect as look
from unisono.errors import UserError
from unisono.experiment import Experiment
from unisono.experiment.toml import recipe_names
from unisono.files import commit_bytes

DONE, SKIPS = 0, 3


def _sources(incomplete: str) -> list[str]:
    tables = files(incomplete, ".csv", ".tsv", ".parquet", ".jsonl")
    return list(dict.fromkeys(experiments(incomplete) + tables))


def inspect(
    source: Annotated[
        str,
        typer.Argument(metavar="SOURCE", help="A table, a folder of sound, or an experiment.", autocompletion=_sources),
    ],
    written: Annotated[
        Path | None, typer.Option("--write-experiment", metavar="FILE", help="Write a first experiment here.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace FILE if it is there.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Show what a table, folder or experiment holds, and what would go wrong.

    Labels and their counts, typos, classes too rare to learn, duplicates, leaks, files that cannot be read. The exit
    status is 3 when something must be mended before training.

    Examples:
      unisono inspect songs.csv
      unisono inspect ~/Music --write-experiment mine.toml
      unisono inspect mine.toml --json
    """
    with Console(as_json, quiet) as console:
        if written is not None and written.exists() and not overwrite:
            raise UserError(str(written), "is there already", "Name another file, or add --overwrite.")
        with console.progress("opening") as advance:
            findings = _found(source, advance)
        for line in findings.lines():
            console.say(line)
        if written is not None:
            commit_bytes(written, write_experiment(findings, written.parent).encode())
            console.say()
            console.say(f"Written: {written}. Look through it, then: unisono train {written} -o run")
        console.result(findings.as_dict() | ({"experiment": str(written)} if written else {}))
    return SKIPS if findings.problems or findings.sounds.get("bad") else DONE


def _found(source: str, progress: Progress) -> Findings:
    path = Path(source).expanduser()
    is_run = path.is_dir() and (path / "experiment.toml").is_file()
    if path.suffix.lower() == ".toml" or is_run or (source in recipe_names() and not path.exists()):
        experiment = Experiment.load(source if source in recipe_names() else path)
        return look(experiment.collection, experiment.base, experiment.tasks, progress)
    if not path.exists():
        raise UserError(source, "there is no such file, folder or recipe")
    return look(path, progress=progress)

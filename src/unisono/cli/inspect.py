"""Shows what a table, folder or experiment holds, and writes a first experiment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from unisono.cli._console import Console
from unisono.cli._experiments import Set, experiments
from unisono.cli._options import Json, Quiet, files
from unisono.collection.faults import several
from unisono.collection.findings import Findings
from unisono.collection.first_experiment import write_experiment
from unisono.collection.folding import fold_spellings
from unisono.collection.inspection import Inspected, Progress, inspected
from unisono.collection.unlearnable import between
from unisono.errors import UserError
from unisono.experiment import Experiment
from unisono.experiment.toml import recipe_names
from unisono.files import check_place, commit_bytes
from unisono.parts import part
from unisono.study.near import Near, near_columns

DONE, SKIPS = 0, 3
NEAR = 15  # columns that are shown


def _sources(incomplete: str) -> list[str]:
    tables = files(incomplete, ".csv", ".tsv", ".parquet", ".jsonl", ".xml", ".db")
    return list(dict.fromkeys(experiments(incomplete) + tables))


_HELP = "A table, folder, Rekordbox XML, beets library, or experiment."
_NEAR = "Which columns go with a task's labels, on training tracks."
Source = Annotated[str, typer.Argument(metavar="SOURCE", help=_HELP, autocompletion=_sources)]
Written = Annotated[
    Path | None, typer.Option("--write-experiment", metavar="FILE", help="Write a first experiment here.")
]
Fixed = Annotated[
    Path | None, typer.Option("--fix", metavar="CSV", help="Write a copy with one spelling a label here.")
]
Task = Annotated[str | None, typer.Option("--near", metavar="TASK", help=_NEAR)]
Page = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="PAGE", help="Write an HTML page with figures here.")
]
Seed = Annotated[int, typer.Option("--seed", metavar="N", help="Of the split that --near and the page look at.")]
_OVERWRITE = "Replace FILE, CSV or PAGE if it is there."


class Asked(NamedTuple):
    """What was looked at, and the experiment if it is one.

    Args:
        seen: of each collection of an experiment, by its name; of anything else under "".
    """

    seen: Mapping[str, Inspected]
    experiment: Experiment | None = None

    @property
    def findings(self) -> list[Findings]:
        """Of each."""
        return [one.findings for one in self.seen.values()]

    def between(self, seed: int) -> list[str]:
        """What there is to say of several collections together, once there is nothing to mend in each."""
        if self.experiment is None or len(self.seen) < 2 or any(one.problems for one in self.findings):
            return []
        known = {name: (one.collection, one.tasks) for name, one in self.seen.items()}
        return between(known, self.experiment.split_of, seed, self.experiment.base)

    def as_dict(self, between: Sequence[str]) -> dict[str, Any]:
        """What `--json` prints: the findings, or those of each collection."""
        if len(self.seen) == 1:
            return self.findings[0].as_dict()
        told = {name: one.findings.as_dict() for name, one in self.seen.items()}
        return {"collections": told, "between": list(between)}


def inspect(
    source: Source,
    written: Written = None,
    fixed: Fixed = None,
    page: Page = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help=_OVERWRITE)] = False,
    near: Task = None,
    changes: Set = None,
    seed: Seed = 0,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Show what a table, folder, DJ library or experiment holds, and what would go wrong.

    Labels and their counts, typos, classes too rare to learn, duplicates, leaks, files that cannot be read. The exit
    status is 3 when something must be mended before training. -o draws it: labels before and after an experiment
    chooses its rows and in its split, spectrograms as the network gets them, before and after each augmentation.

    Examples:
      unisono inspect songs.csv
      unisono inspect ~/Music --write-experiment mine.toml
      unisono inspect songs.csv --fix songs-fixed.csv
      unisono inspect mine.toml --json
      unisono inspect mine.toml -o data.html
      unisono inspect mine.toml --near genre
    """
    with Console(as_json, quiet) as console:
        _check_written((written, fixed, page), overwrite)
        with console.progress("opening") as advance:
            asked = _found(source, changes or (), advance, near)
        _check_asked(source, asked, near, (written, fixed))
        together = asked.between(seed)
        _say(console, asked, together)
        findings = asked.findings[0]
        told: dict[str, Any] = {}
        if written is not None:
            commit_bytes(written, write_experiment(findings, written.parent).encode())
            console.say()
            console.say(f"Written: {written}. Look through it, then: unisono train {written} -o run")
            told["experiment"] = str(written)
        if fixed is not None:
            told |= {"fixed": str(fixed), "folded": _fix(console, findings, fixed)}
        if near is not None and asked.experiment is not None:
            told["near"] = _show_near(console, near_columns(asked.experiment, near, seed), near)
        if page is not None:
            told["page"] = str(_draw(console, asked, page, seed, together))
        console.result(asked.as_dict(together) | told)
    return SKIPS if any(one.problems or one.sounds.get("bad") for one in asked.findings) else DONE


def _check_asked(source: str, asked: Asked, near: str | None, written: Sequence[Path | None]) -> None:
    if near is not None and asked.experiment is None:
        raise UserError(source, "--near looks at an experiment's task but this is none", "Name an experiment.")
    if len(asked.seen) > 1 and any(written):
        found = f"has the collections {', '.join(n or '[collection]' for n in asked.seen)} but one is needed here"
        raise UserError(source, found, "Name a table in place of the experiment for --write-experiment and --fix.")


def _say(console: Console, asked: Asked, together: Sequence[str]) -> None:
    for name, one in asked.seen.items():
        if len(asked.seen) > 1:
            console.say(f"[collections.{name}]" if name else "[collection]")
        for line in one.findings.lines():
            console.say(line)
        if len(asked.seen) > 1:
            console.say()
    for sentence in together:
        console.say(sentence)


def _check_written(paths: Sequence[Path | None], overwrite: bool) -> None:
    """Say before the work what cannot be written; the last one is the page."""
    for path in paths:
        if path is not None and path.exists() and not overwrite:
            raise UserError(str(path), "is there already", "Name another file, or add --overwrite.")
    page = paths[-1]
    if page is not None:
        if page.suffix.lower() not in (".html", ".htm"):
            found = f"the page is HTML but the name ends in {page.suffix or 'nothing'}"
            raise UserError(str(page), found, f"Write -o {page.with_suffix('.html')}.")
        check_place(page)
        part("report", "data_page")  # what draws it may not be installed


def _draw(console: Console, asked: Asked, page: Path, seed: int, together: Sequence[str]) -> Path:
    drawing, experiment = part("report", "data_page"), asked.experiment
    views: dict[str, Any] = {name: (one, None) for name, one in asked.seen.items()}
    if experiment is not None:
        about = (experiment.name, experiment.description, experiment.inputs, experiment.training.augmentation)
        rules = {name: experiment.split_of(name) for name in views}
        views = {
            name: (one, drawing.Plan(*about, rules[name], experiment.base, seed)) for name, (one, _) in views.items()
        }
    with console.progress("drawing") as advance:
        drawing.write_data_page(page, views, together, advance)
    console.say()
    console.say(f"Page: {page}")
    return page


def _fix(console: Console, findings: Findings, path: Path) -> list[dict[str, Any]]:
    folded = fold_spellings(findings, path)
    console.say()
    for one in folded:
        console.say(f'  {one.column}: "{one.found}" becomes "{one.meant}" in {several(one.rows, "row")}')
    console.say(
        f"Written: {path}, a copy with {several(len(folded), 'spelling')} folded. What it was made from is as it was."
    )
    return [vars(one) for one in folded]


def _show_near(console: Console, found: Sequence[Near], task: str) -> list[dict[str, Any]]:
    console.say()
    console.say(f"Columns that go with {task}, on training tracks:" if found else f"No column goes with {task}.")
    rows = [
        (one.column, one.strength, "-" if one.correlation is None else f"{one.correlation:+.3f}", one.tracks)
        for one in found[:NEAR]
    ]
    console.table(("column", "strength", "correlation", "tracks"), rows)
    if len(found) > NEAR:
        console.say(f"... and {several(len(found) - NEAR, 'weaker column')}; --json lists all")
    return [vars(one) for one in found]


def _found(source: str, changes: Sequence[str], progress: Progress, near: str | None) -> Asked:
    """What there is to say of it."""
    path = Path(source).expanduser()
    is_run = path.is_dir() and (path / "experiment.toml").is_file()
    if path.suffix.lower() == ".toml" or is_run or (source in recipe_names() and not path.exists()):
        experiment = Experiment.load(source if source in recipe_names() else path, changes)
        return Asked(_of_experiment(experiment, progress, near), experiment)
    if not path.exists():
        raise UserError(source, "there is no such file, folder or recipe")
    if changes:
        raise UserError(
            "--set", f"changes keys of an experiment but {source} is none", "Write one first: --write-experiment."
        )
    return Asked({"": inspected(path, progress=progress)})


def _of_experiment(experiment: Experiment, progress: Progress, near: str | None) -> dict[str, Inspected]:
    """Each of its collections; or only that of the task `near`."""
    names = list(experiment.collections)
    if near is not None and near in experiment.tasks:
        names = list(experiment.homes[near][:1])
    found = {}
    for name in names:
        tasks = {n: t for n, t in experiment.tasks.items() if name in experiment.homes[n]}
        inputs = experiment.inputs if len(experiment.collections) == 1 else {}
        settings, rule = experiment.collections[name], experiment.split_of(name)
        found[name] = inspected(settings, experiment.base, tasks, progress, rule, inputs)
    return found

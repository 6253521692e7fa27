"""Tags sound files, whole folders, or the rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from unisono.cli._catalog import BlockSize, Engine, Insecure, Into, RayAddress, Wanted, refuse_with_into
from unisono.cli._console import Console
from unisono.cli._options import Json, OnBad, Quiet, Workers, export_names
from unisono.cli._tables import AudioColumn, IdColumn, LyricsColumn
from unisono.cli._tag_shards import tag_shards
from unisono.cli._writing import (
    Asked,
    Diff,
    Failures,
    Job,
    ProfileName,
    Resume,
    Set,
    Write,
    asked_for,
    finished,
    job_of,
    through,
    undoable,
)  # fmt: skip
from unisono.collection.faults import several
from unisono.collection.folder import AUDIO_SUFFIXES
from unisono.errors import UserError
from unisono.files import check_place
from unisono.inputs.catalog import Order
from unisono.inputs.extraction import OnBad as Bad
from unisono.inputs.extraction import Workers as Processes
from unisono.tagging import Columns, Layout, Tagged, Tags, export_for, is_folder, open_model, steps_of, write
from unisono.tagging.rows import records, table, text_of
from unisono.tasks import Given

DONE, SKIPS = 0, 3
LISTED = 50  # skipped files named one by one
DRAWN = 100  # tracks shown on a terminal


Paths = Annotated[list[str], typer.Argument(metavar="PATH...", help="Sound files, folders, tables (.csv ...).")]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the tags here; the suffix says how.")
]
Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help="csv, json, jsonl, parquet, jams, m3u8, rekordbox, labelstudio.",
        autocompletion=export_names,
    ),
]

MinPrecision = Annotated[
    float | None,
    typer.Option("--min-precision", metavar="P", help="Give only tags of which so large a share is right: 0.9."),
]


def tag(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model folder, or a run's.")],
    paths: Paths,
    output: Output = None,
    form: Format = None,
    wide: Annotated[bool, typer.Option("--wide", help="One row a track instead of one a label.")] = False,
    all_labels: Annotated[bool, typer.Option("--all-labels", help="The probability of every label.")] = False,
    min_precision: MinPrecision = None,
    workers: Workers = None,
    on_bad: OnBad = None,
    id_column: IdColumn = None,
    audio_column: AudioColumn = None,
    lyrics_column: LyricsColumn = None,
    as_json: Json = False,
    write_files: Write = False,
    profile: ProfileName = "plain",
    changes: Set = None,
    diff: Diff = None,
    failures: Failures = None,
    resume: Resume = False,
    into: Into = None,
    engine: Engine = "local",
    block: BlockSize = Order.block,
    ray_address: RayAddress = None,
    insecure_cluster: Insecure = False,
    quiet: Quiet = False,
) -> int:
    """Tag sound files, whole folders, or the rows of a table.

    Nothing is written into your files without --write: what would be is shown, old -> new. Folders are searched
    through; what cannot be read is skipped and named, the rest goes on, and the exit status is 3. Without -o the tags
    are shown, or printed as CSV into a pipe. With --on-bad use, damaged sound is tagged by what can be heard of it, and
    the column "damage" says so.

    Examples:
      unisono tag run/model ~/Music -o tags.csv
      unisono tag run/model new.mp3 old.flac
      unisono tag lyrics-model songs.csv -o tags.parquet --wide
      unisono tag run/model ~/Music --json | jq .skipped
      unisono tag run/model ~/Music -o tags.csv --min-precision 0.9
      unisono tag run/model ~/Music -o rekordbox.xml
      unisono tag run/model ~/Music --profile rekordbox --diff changes.html
      unisono tag run/model ~/Music --profile rekordbox --write
      unisono tag run/model /music --into s3://bucket/tags --engine ray --ray-address 10.0.0.1:6379
    """
    asked = asked_for(write_files, resume, (diff, failures), (profile, changes or ()))
    what = (model, paths, Columns(id_column, audio_column, lyrics_column))
    how = (wide, all_labels, min_precision)
    with Console(as_json, quiet) as console:
        order = Wanted(into, engine, block, ray_address, insecure_cluster).order(Processes(workers))
        if order is not None:
            refuse_with_into([("--on-bad", on_bad not in (None, "skip"))])
            skipped = tag_shards(console, what, how, order, (asked, output, failures))
        else:
            skipped = _tag(console, what, how, asked, (output, form, workers, on_bad or "skip"))
    return SKIPS if skipped else DONE


def _tag(
    console: Console,
    what: tuple[str, list[str], Columns],
    how: tuple[bool, bool, float | None],
    asked: Asked,
    where: tuple[Path | None, str | None, int | None, Bad],
) -> bool:
    """Tag into a table, onto the screen or into the files; whether something was skipped.

    Args:
        what: the model, the paths and their tables' columns.
        how: wide, all labels, and the precision.
        asked: what is asked of the files.
        where: the tags go and in which form, how many processes read sound, and what becomes of damaged files.
    """
    (model, paths, columns), (wide, all_labels, min_precision), (output, form, workers, on_bad) = what, how, where
    form = _checked(output, form, paths)
    tagger = open_model(model) if min_precision is None else open_model(model).at_least(min_precision)
    widths = {} if min_precision is None else tagger.half_widths(min_precision)
    layout = Layout(wide, all_labels, widths, damage=on_bad == "use")
    found = tagger.gather(paths, columns, on_bad)
    shown = output is None and (console.on_terminal or console.as_json)
    job = job_of(tagger, found.named, asked) if asked.files or shown else Job(asked)
    keep_tags = output is not None or not asked.files
    with undoable(job, console):
        with console.progress("writing" if asked.write else "tagging") as advance:
            keep = (keep_tags, console.as_json)
            tagged, ledger = through(tagger, found, job, (advance, workers, on_bad), keep)
        if keep_tags:
            output = _give(console, tagged, (output, form), layout)
        count = len(tagged) if keep_tags else sum(ledger.states.values())
        _sum_up(console, tagged, (output, form), count)
        told = finished(console, job, ledger)
    console.result({**_result(model, tagged, output, layout), "tracks": count, **told})
    return bool(tagged.skipped or (asked.files and ledger.states["skipped"]))


def _checked(output: Path | None, form: str | None, paths: Sequence[str]) -> str | None:
    """The export to write with; what is wrong with it is said before the work, not after."""
    if output is None:
        if form is not None:
            raise UserError("--format", "says how to write but not where", "Add -o FILE.")
        return None
    if output.is_dir() and not (form is not None and is_folder(form)):
        raise UserError(str(output), "is a folder but a file is needed", f"Write for example -o {output}/tags.csv.")
    if output.suffix.lower() in AUDIO_SUFFIXES or any(_same(output, Path(path)) for path in paths):
        found = "is a sound, or what is to be tagged, but a file for the tags is needed"
        raise UserError(str(output), found, f"Write for example -o {output.with_name('tags.csv')}.")
    if not output.is_dir():
        check_place(output)
    return form or export_for(output)


def _same(one: Path, other: Path) -> bool:
    return one.is_file() and other.is_file() and one.samefile(other)


def _give(console: Console, tagged: Tagged, where: tuple[Path | None, str | None], layout: Layout) -> Path | None:
    """Write the tags where they were asked for, or show them; gives the place."""
    output, form = where
    if output is not None:
        return write(tagged, output, form, layout)
    _show(console, tagged, layout)
    return None


def _show(console: Console, tagged: Tagged, layout: Layout) -> None:
    if not console.on_terminal:
        console.show(table(tagged, layout).write_csv().rstrip("\n"))
        return
    names = [task.name for task in tagged.tasks]
    drawn = tagged.tracks[:DRAWN]
    console.table(("path", *names), ([text_of(tags.id), *(_answer(tags, name) for name in names)] for tags in drawn))
    if len(tagged) > DRAWN:
        console.say(f"... and {len(tagged) - DRAWN:,} more; write them all with -o tags.csv")


def _answer(tags: Tags, task: str) -> str:
    """One answer as a person reads it: labels with their confidence, or the number."""
    given = tags[task].given
    shown = (f"{_number(g)} {g.confidence:.0%}" if g.confidence is not None else _number(g) for g in given)
    return ", ".join(shown) or ("" if tags[task].unsure else "-")


def _number(given: Given) -> str:
    """A label, a label's share, or a number."""
    if given.value is None:
        return given.label
    return f"{given.label} {given.value:.2f}" if given.label else f"{given.value:.4g}"


def _sum_up(console: Console, tagged: Tagged, where: tuple[Path | None, str | None], count: int) -> None:
    output, form = where
    for what, named in (("skipped", tagged.skipped), ("used in part", tagged.in_part), ("misnamed", tagged.misnamed)):
        for one in named[:LISTED]:
            console.warn(f"{what} {text_of(one.id)}: {one.reason}")
        if len(named) > LISTED:
            console.warn(f"... and {len(named) - LISTED:,} more {what}; --failures FILE lists them all")
    if console.on_terminal or output is not None:
        of_them = [f"{len(tagged.in_part):,} of them in part"] * bool(tagged.in_part)
        of_them += [f"{len(tagged.misnamed):,} of them misnamed"] * bool(tagged.misnamed)
        parts = [f"{count:,} tagged", *of_them]
        parts += [f"{len(tagged.skipped):,} skipped"] if tagged.skipped else []
        no_sound = several(len(tagged.passed_over), "file")
        parts += [f"{no_sound} passed over, no sound"] if tagged.passed_over else []
        console.say(", ".join(parts) + (f"; written to {output}" if output is not None else ""))
    for step in steps_of(form) if form is not None else ():
        console.say(step)


def _result(model: str, tagged: Tagged, output: Path | None, layout: Layout) -> dict[str, Any]:
    where: dict[str, Any] = {"output": str(output)} if output is not None else {"tags": list(records(tagged, layout))}
    return {
        "model": model,
        "tracks": len(tagged),
        **where,
        "skipped": [{"path": text_of(s.id), "reason": s.reason} for s in tagged.skipped],
        "used_in_part": [{"path": text_of(s.id), "reason": s.reason} for s in tagged.in_part],
        "misnamed": [{"path": text_of(s.id), "reason": s.reason} for s in tagged.misnamed],
        "passed_over": [text_of(path) for path in tagged.passed_over],
    }

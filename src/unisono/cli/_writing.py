"""What `tag` does with files: shows old -> new, or writes, with a journal to go back by."""

from __future__ import annotations

import importlib.metadata
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from unisono.cli._console import Advance, Console
from unisono.cli._outcomes import DRAWN, Ledger
from unisono.collection.faults import several
from unisono.errors import Stopped, UserError
from unisono.files import check_place, commit_bytes
from unisono.inputs.extraction import OnBad
from unisono.tagging import Skipped, Tagged, Tagger, Tags
from unisono.tagging.failures import check_suffix, write_failed
from unisono.tagging.gathering import Gathered
from unisono.tagging.rows import text_of
from unisono.tagging.silence import Silences
from unisono.tagging.writing import (
    Journal,
    Profile,
    Writer,
    check_named,
    journal_named,
    new_journal,
    profile_of,
    roots_of,
    showing,
    signed_by,
)  # fmt: skip

LISTED = 50  # files that were not written, named one by one
TABLE = "-"
_STAGES = ("reading", "used in part", "misnamed")  # in the table of failures

Write = Annotated[bool, typer.Option("--write", help="Write into the files; `unisono undo` takes it back.")]
ProfileName = Annotated[
    str,
    typer.Option("--profile", metavar="NAME|FILE", help="plain, rekordbox, serato, traktor, mixxx, beets, or a .toml."),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change the profile: energy.as=stars, genre=both."),
]
Diff = Annotated[
    str | None,
    typer.Option("--diff", metavar="FILE", help='Old -> new of every field: .html, .json, or "-" to show it.'),
]
Failures = Annotated[
    Path | None,
    typer.Option("--failures", metavar="FILE", help="A table of what was skipped, and why: .csv or .parquet."),
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the last --write that was stopped.")]


@dataclass(frozen=True)
class Asked:
    """What the options say of files: write them, go on writing, where diff and failures go, how tags are written."""

    write: bool
    resume: bool
    diff: str | None
    profile_name: str
    profile: Profile
    failures: Path | None = None
    changes: Sequence[str] = ()

    @property
    def files(self) -> bool:
        """Whether the files are what this is about, not the table of tags."""
        return self.write or self.diff is not None


@dataclass(frozen=True)
class Job:
    """What is done with the files; without a writer they are not looked at."""

    asked: Asked
    writer: Writer | None = None
    journal: Journal | None = None


def asked_for(
    write: bool, resume: bool, files: tuple[str | None, Path | None], profile: tuple[str, Sequence[str]]
) -> Asked:
    """The options together; what is wrong with them is said before the work.

    Args:
        files: where the diff goes, and the table of failures.
    """
    diff, failures = files
    if failures is not None:
        check_suffix(failures)
        check_place(failures)
    if resume and not write:
        raise UserError("--resume", "there is nothing to go on with but a --write", "Add --write.")
    if diff is not None and diff != TABLE and Path(diff).suffix.lower() not in (".html", ".json"):
        raise UserError(f"--diff {diff}", 'the suffix must be .html or .json, or "-" given')
    if diff not in (None, TABLE):
        check_place(Path(diff or ""))
    return Asked(write, resume, diff, profile[0], profile_of(*profile), failures, profile[1])


def job_of(tagger: Tagger, named: Sequence[str], asked: Asked) -> Job:
    """A job that looks at the files, or writes them.

    Args:
        named: the folders and files that were named.
    """
    check_named(asked.changes, tagger.tasks)
    signed = signed_by(tagger.model.facts)
    facts = {"model": signed.model, "profile": asked.profile.model_dump_json(), "profile_name": asked.profile_name}
    facts["version"] = importlib.metadata.version("unisono")
    journal = (_resumed(facts) if asked.resume else None) or (new_journal(facts) if asked.write else None)
    return Job(asked, Writer(tagger.tasks, asked.profile, signed, roots_of(named), journal), journal)


def through(
    tagger: Tagger, found: Gathered, job: Job, pace: tuple[Advance, int | None, OnBad], keep: tuple[bool, bool]
) -> tuple[Tagged, Ledger]:
    """Tag all tracks, each looked at or written as soon as it is tagged.

    Args:
        pace: what shows the progress, how many processes read sound, and what becomes of damaged files.
        keep: give all tags back; a program wants every file. Without them and a diff memory stays small.
    """
    (advance, workers, on_bad), (keep_tags, keep_files) = pace, keep
    tracks = [t for t in found.tracks if not (job.writer and t.audio and job.writer.done(os.fspath(t.audio)))]
    before, given, ledger = (
        len(found.tracks) - len(tracks),
        list[Tags](),
        Ledger(keep_files or job.asked.diff is not None, Silences(tagger.limits)),
    )
    skipped, in_part, misnamed = list[Skipped](found.skipped), list[Skipped](), list[Skipped]()
    with _listed(job.asked.failures, (skipped, in_part, misnamed), ledger):
        for done, (track, tags) in enumerate(tagger.stream(tracks, workers=workers, on_bad=on_bad), 1 + before):
            if isinstance(tags, Skipped):
                skipped.append(tags)
            else:
                in_part += [Skipped(tags.id, tags.damage)] * bool(tags.damage)
                misnamed += [Skipped(tags.id, tags.misnamed)] * bool(tags.misnamed)
                ledger.silences.add(tags)
                given += [tags] if keep_tags else []
                if job.writer is not None and track.audio is not None:
                    ledger.add(job.writer.write(os.fspath(track.audio), tags))
            advance(done, len(found.tracks))
    told = (tuple(skipped), tuple(found.passed_over), tuple(in_part), tuple(misnamed))
    return Tagged(tagger.tasks, tuple(given), *told), ledger


@contextmanager
def _listed(path: Path | None, read: tuple[list[Skipped], ...], ledger: Ledger) -> Iterator[None]:
    """Write the table of failures at the end, also when the run is stopped or the disk is full."""

    def listing() -> None:
        if path is not None:
            told = [(one.id, stage, one.reason) for stage, bad in zip(_STAGES, read, strict=True) for one in bad]
            write_failed([*told, *((one.path, "writing", one.reason) for one in ledger.skipped)], path)

    try:
        yield
    except (KeyboardInterrupt, UserError):
        with suppress(UserError, OSError):  # why it stopped is what is told
            listing()
        raise
    listing()


@contextmanager
def undoable(job: Job, console: Console) -> Iterator[None]:
    """Whatever stops the work: what was written until then is said, with the way back."""
    try:
        yield
    except KeyboardInterrupt as stop:
        if not job.asked.write:
            raise Stopped("stopped", "nothing was written into the files") from stop
        raise Stopped("stopped", _written(job) or "no file was written", "Run again with --resume.") from stop
    except Exception:
        if told := _written(job):
            console.warn(told)
        raise


def _written(job: Job) -> str:
    if job.journal is None or not job.journal.count():
        return ""
    return f"{several(job.journal.count(), 'file')} written, `unisono undo {job.journal.path.stem}` takes it back"


def finished(console: Console, job: Job, ledger: Ledger) -> dict[str, Any]:
    """Show what was left silent and what became of the files, write the diff, and give both for programs."""
    diff = job.asked.diff
    for line in ledger.silences.lines():
        console.aside(line)
    silence = {"silence": ledger.silences.records()} if ledger.silences.tasks else {}
    if not (ledger.states or job.asked.files):
        return silence
    if diff not in (None, TABLE):
        _write_diff(Path(diff or ""), ledger)
    elif diff == TABLE or console.on_terminal:
        _show(console, ledger, diff == TABLE and not console.on_terminal)
    for outcome in ledger.skipped[:LISTED]:
        console.warn(f"not written {text_of(outcome.path)}: {outcome.reason}")
    if len(ledger.skipped) > LISTED:
        console.warn(f"... and {len(ledger.skipped) - LISTED:,} more not written; --failures FILE lists them all")
    for name, count in ledger.stays.items():
        told = (
            f"{several(count, 'file')} still {'holds' if count == 1 else 'hold'} what an earlier run wrote into {name}"
        )
        console.say(f"{told}, which this profile does not write; undo that run to take it back")
    console.say(_summary(job, ledger))
    journal = {"journal": str(job.journal.path)} if job.journal else {}
    return {
        **silence,
        "writing": {
            **ledger.states,
            **journal,
            "stays": dict(ledger.stays),
            "files": list(showing.records(ledger.kept)),
        },
    }


def _show(console: Console, ledger: Ledger, whole: bool) -> None:
    changed = showing.rows(ledger.kept)
    shown = list(changed if whole else islice(changed, DRAWN))
    if shown or whole:
        console.table(showing.HEADER, shown)
    if ledger.fields > len(shown):
        console.say(f"... and {ledger.fields - len(shown):,} more; --diff changes.html shows them all")


def _summary(job: Job, ledger: Ledger) -> str:
    found = dict(ledger.states)
    parts = [f"{several(found.pop(state, 0), 'file')} {state}" for state in ("written", "planned") if state in found]
    parts += [f"{number:,} {'not written' if state == 'skipped' else state}" for state, number in found.items()]
    told = ", ".join(parts) or ("nothing was left to do" if job.asked.resume else "no files")
    if job.journal is None:
        return f"dry run: {told.replace('planned', 'would change')}; --write writes them"
    back = f"; `unisono undo {job.journal.path.stem}` takes it back" if job.journal.count() else ""
    return f"{told}{back}"


def _write_diff(path: Path, ledger: Ledger) -> None:
    if path.suffix.lower() == ".json":
        text = json.dumps(list(showing.records(ledger.kept)), indent=2) + "\n"
    else:
        text = showing.page(ledger.kept, "What changes in the tags")
    commit_bytes(path, text.encode())


def _resumed(facts: dict[str, str]) -> Journal | None:
    """The last journal, if it is of a run like this one."""
    try:
        journal = journal_named()
    except UserError:
        return None
    if all(journal.facts.get(key) == facts[key] for key in ("model", "profile")):
        return journal
    journal.close()
    return None

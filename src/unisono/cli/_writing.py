"""What `tag` does with files: shows old -> new, or writes, with a journal to go back by."""

from __future__ import annotations

import datetime
import hashlib
import importlib.metadata
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from unisono.cli._console import Advance, Console
from unisono.collection.tracks import Track
from unisono.errors import UserError
from unisono.files import commit_bytes
from unisono.tagging import Skipped, Tagged, Tagger, Tags
from unisono.tagging.gathering import Gathered
from unisono.tagging.rows import text_of
from unisono.tagging.writing import (
    Journal,
    Outcome,
    Profile,
    Signed,
    Writer,
    journal_named,
    new_journal,
    profile_of,
    roots_of,
    showing,
)  # fmt: skip

DRAWN = 100  # changed fields shown on a terminal
LISTED = 50  # files that were not written, named one by one
TABLE = "-"

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
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the last --write that was stopped.")]


@dataclass(frozen=True)
class Asked:
    """What the options say of files: write them, go on writing, where the diff goes, how tags are written."""

    write: bool
    resume: bool
    diff: str | None
    profile_name: str
    profile: Profile

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


def asked_for(write: bool, resume: bool, diff: str | None, profile: tuple[str, Sequence[str]]) -> Asked:
    """The options together; what is wrong with them is said before the work."""
    if resume and not write:
        raise UserError("--resume", "there is nothing to go on with but a --write", "Add --write.")
    if diff is not None and diff != TABLE and Path(diff).suffix.lower() not in (".html", ".json"):
        raise UserError(f"--diff {diff}", 'the suffix must be .html or .json, or "-" given')
    return Asked(write, resume, diff, profile[0], profile_of(*profile))


def job_of(tagger: Tagger, paths: Sequence[str], asked: Asked) -> Job:
    """A job that looks at the files, or writes them."""
    model = _name_of(tagger)
    facts = {"model": model, "profile": asked.profile.model_dump_json(), "profile_name": asked.profile_name}
    facts["version"] = importlib.metadata.version("unisono")
    journal = (_resumed(facts) if asked.resume else None) or (new_journal(facts) if asked.write else None)
    signed = Signed(model, datetime.date.today().isoformat())
    return Job(asked, Writer(tagger.tasks, asked.profile, signed, roots_of(paths), journal), journal)


def through(
    tagger: Tagger, found: Gathered, job: Job, pace: tuple[Advance, int | None], keep: bool
) -> tuple[Tagged, list[Outcome]]:
    """Tag all tracks, each looked at or written as soon as it is tagged.

    Args:
        pace: what shows the progress, and how many processes read sound.
        keep: give the tags back; else only what became of the files, so that memory stays small.
    """
    advance, workers = pace
    tracks = [t for t in found.tracks if not (job.writer and t.audio and job.writer.done(os.fspath(t.audio)))]
    before, given = len(found.tracks) - len(tracks), list[Tags]()
    skipped, outcomes = list[Skipped](found.skipped), list[Outcome]()
    for done, (track, tags) in enumerate(tagger.stream(tracks, workers=workers), 1 + before):
        if isinstance(tags, Skipped):
            skipped.append(tags)
        else:
            given += [tags] if keep else []
            outcomes += _dealt_with(job.writer, track, tags)
        advance(done, len(found.tracks))
    return Tagged(tagger.tasks, tuple(given), tuple(skipped), tuple(found.passed_over)), outcomes


def finished(console: Console, job: Job, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Show what became of the files, write the diff, and give the files' part of the result for programs."""
    diff = job.asked.diff
    if not (outcomes or job.asked.files):
        return {}
    if diff not in (None, TABLE):
        _write_diff(Path(diff or ""), outcomes)
    elif diff == TABLE or console.on_terminal:
        _show(console, list(showing.rows(outcomes)), diff == TABLE and not console.on_terminal)
    for number, outcome in enumerate(o for o in outcomes if o.state == "skipped"):
        if number < LISTED:
            console.warn(f"not written {text_of(outcome.path)}: {outcome.reason}")
    console.say(_summary(job, outcomes))
    journal = {"journal": str(job.journal.path)} if job.journal else {}
    return {"writing": {**counts(outcomes), **journal, "files": list(showing.records(outcomes))}}


def counts(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """How many files came to which state."""
    states = [outcome.state for outcome in outcomes]
    return {state: states.count(state) for state in dict.fromkeys(states)}


def _dealt_with(writer: Writer | None, track: Track, tags: Tags) -> list[Outcome]:
    if writer is None or track.audio is None:
        return []
    return [writer.write(os.fspath(track.audio), tags)]


def _show(console: Console, changed: Sequence[showing.Row], whole: bool) -> None:
    shown = changed if whole else changed[:DRAWN]
    if shown or whole:
        console.table(showing.HEADER, shown)
    if len(changed) > len(shown):
        console.say(f"... and {len(changed) - len(shown):,} more; --diff changes.html shows them all")


def _summary(job: Job, outcomes: Sequence[Outcome]) -> str:
    found = counts(outcomes)
    parts = [f"{found.pop(state, 0):,} files {state}" for state in ("written", "planned") if state in found]
    parts += [f"{number:,} {'not written' if state == 'skipped' else state}" for state, number in found.items()]
    told = ", ".join(parts) or "no files"
    if job.journal is None:
        return f"dry run: {told.replace('planned', 'would change')}; --write writes them"
    return f"{told}; `unisono undo {job.journal.path.stem}` takes it back"


def _write_diff(path: Path, outcomes: Sequence[Outcome]) -> None:
    if path.suffix.lower() == ".json":
        text = json.dumps(list(showing.records(outcomes)), indent=2) + "\n"
    else:
        text = showing.page(outcomes, "What changes in the tags")
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


def _name_of(tagger: Tagger) -> str:
    """Twelve hex digits of the model's facts, for the tag that says who wrote it."""
    facts = {key: value for key, value in tagger.model.facts.items() if key != "folder"}
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()[:12]

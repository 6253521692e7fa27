"""The writer: tags into files, one after the other, each safely, with a journal."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from unisono.errors import UserError
from unisono.files import disk_error
from unisono.tagging.tagged import Tags
from unisono.tagging.writing import committing, editing, recipe
from unisono.tagging.writing.admission import Refused, admitted
from unisono.tagging.writing.anatomy import Damaged, Unsupported
from unisono.tagging.writing.committing import Changed, Copy, Source
from unisono.tagging.writing.journal import WRITTEN, Entry, Journal
from unisono.tagging.writing.profiles import Profile
from unisono.tagging.writing.wishes import Change, Wish, wishes_of
from unisono.tasks import Task

State = Literal["planned", "written", "unchanged", "skipped"]
TRIES = 3


@dataclass(frozen=True)
class Outcome:
    """What became of one file.

    Args:
        path: as it was given.
        state: "planned" in a dry run, "written", "unchanged" when it already held all, "skipped".
        changes: fields that become or became other ones.
        reason: why it was skipped, or what is to be said of a written one.
        stays: fields that this profile does not write and that still hold what an earlier run of ours wrote.
    """

    path: str
    state: State
    changes: tuple[Change, ...] = ()
    reason: str = ""
    stays: tuple[str, ...] = ()


@dataclass(frozen=True)
class Signed:
    """What tells our values from the user's: which model wrote them, and when."""

    model: str
    date: str


def signed_by(facts: Mapping[str, Any]) -> Signed:
    """Twelve hex digits of a model's facts, and today."""
    told = {key: value for key, value in facts.items() if key != "folder"}
    name = hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:12]
    return Signed(name, datetime.date.today().isoformat())


class Writer:
    """Writes a model's answers into files.

    Args:
        tasks: those that were answered.
        roots: `admission.roots_of` what the user named; files that links lead to elsewhere are skipped.
        journal: None for a dry run: nothing is written.
    """

    def __init__(
        self, tasks: Sequence[Task], profile: Profile, signed: Signed, roots: Collection[str], journal: Journal | None
    ) -> None:
        self._tasks, self._profile, self._signed = tuple(tasks), profile, signed
        self._roots, self._journal = frozenset(roots), journal
        self._swept: set[str] = set()
        if journal is not None and sys.platform == "win32":
            raise UserError("--write", "files are written on Linux and macOS only", "Use -o tags.csv here.")

    def write(self, path: str, tags: Tags) -> Outcome:
        """Write one file's tags, or say what would be written when there is no journal.

        Raises: DiskFull, and UserError when the journal cannot be written: then nothing more is.
        """
        return self.fill(path, wishes_of(tags, self._tasks, self._profile))

    def fill(self, path: str, wishes: Mapping[str, Wish]) -> Outcome:
        """Write what is wished for in one file's fields, or say what would be written when there is no journal.

        Args:
            wishes: field -> what it shall hold; fields that are not named stay.
        Raises: as `write`.
        """
        try:
            real = admitted(path, self._roots)
            return self._preview(path, real, wishes) if self._journal is None else self._written(path, real, wishes)
        except (Refused, Damaged, Unsupported, editing.Unverified) as error:
            return Outcome(path, "skipped", reason=_reason(error))
        except Changed:
            return Outcome(path, "skipped", reason="it is being changed by another program")
        except UserError:
            raise
        except OSError as error:
            told = disk_error(error, Path(path), 0)
            if isinstance(told, UserError):
                raise told from error
            return Outcome(path, "skipped", reason=f"the system refuses: {(error.strerror or str(error)).lower()}")
        except Exception as error:  # whatever a reader or writer of tags does wrong is this file's, never the run's
            return Outcome(path, "skipped", reason=f"cannot be written ({type(error).__name__}: {error})")

    def done(self, path: str) -> bool:
        """Whether this journal already dealt with a file that has not changed since."""
        if self._journal is None:
            return False
        try:
            status = os.stat(path)  # noqa: PTH116
        except OSError:
            return False
        return self._journal.seen(os.fsencode(os.path.realpath(path)), committing.stamp_of(status))

    def _preview(self, path: str, real: str, wishes: Mapping[str, Wish]) -> Outcome:
        with open(real, "rb") as stream:  # noqa: PTH123
            what = editing.decided(editing.examined(stream, self._profile), wishes, self._profile)
        return Outcome(path, "planned" if what.changes else "unchanged", what.changes, stays=what.stays)

    def _written(self, path: str, real: str, wishes: Mapping[str, Wish]) -> Outcome:
        self._sweep(os.path.dirname(real))  # noqa: PTH120
        for attempt in range(TRIES):
            try:
                with committing.opened(real) as source:
                    outcome = self._committed(path, source, wishes)
                break
            except Changed:
                if attempt == TRIES - 1:
                    raise
        assert self._journal is not None
        self._journal.see(os.fsencode(real), committing.stamp_of(os.stat(real)), outcome.state)  # noqa: PTH116
        return outcome

    def _committed(self, path: str, source: Source, wishes: Mapping[str, Wish]) -> Outcome:
        before = editing.examined(source.stream, self._profile)
        what = editing.decided(before, wishes, self._profile)
        if not what.changes:
            return Outcome(path, "unchanged", stays=what.stays)
        fields = editing.fields_of(what, self._signed.model, self._signed.date)
        with committing.copy_beside(source) as copy:
            editing.edit(source.stream, copy.stream, before, fields)
            entry = _entry(source, copy, what.changes)
            number = list[int]()
            assert self._journal is not None
            journal = self._journal
            told = committing.replace(source, copy, lambda: number.append(journal.intend(entry)))
        journal.note(number[0], WRITTEN)
        return Outcome(path, "written", what.changes, told, what.stays)

    def _sweep(self, folder: str) -> None:
        """Once a folder: remove what a killed run left."""
        if folder not in self._swept:
            self._swept.add(folder)
            committing.sweep(folder)


def _entry(source: Source, copy: Copy, changes: Sequence[Change]) -> Entry:
    """What the journal must know to give back the exact bytes; the way back is tried before it is needed.

    Raises: Unverified when the way back does not work.
    """
    back = recipe.recipe_of(source.stream, copy.stream)
    if not recipe.gives(back, copy.stream, source.stream):
        raise editing.Unverified("it could not be undone")
    told = {change.field: [list(change.old), list(change.new)] for change in changes}
    old, new = committing.sha256_of(source.stream), committing.sha256_of(copy.stream)
    status = source.status
    return Entry(os.fsencode(source.path), old, new, status.st_size, status.st_mtime_ns, back, told)


def _reason(error: Exception) -> str:
    if isinstance(error, Damaged):
        return f"damaged tag: {error}"
    if isinstance(error, Unsupported):
        return f"is {error}"
    if isinstance(error, editing.Unverified):
        return f"cannot be written without harm: {error}"
    return str(error)

"""Undoing: every file that a run wrote gets its exact bytes back, unless it was edited since, be it by a later run."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from unisono.errors import DiskFull, UserError
from unisono.files import disk_error
from unisono.tagging.writing import committing, recipe
from unisono.tagging.writing.admission import Refused, admitted
from unisono.tagging.writing.anatomy import Damaged, pour
from unisono.tagging.writing.committing import Changed, Source
from unisono.tagging.writing.journal import LEFT, UNDONE, Entry, Journal, journals
from unisono.tagging.writing.writer import Outcome

LAST = "last"
_GONE = "is not there any more: moved or deleted since"


def journal_named(name: str = LAST, folder: Path | None = None) -> Journal:
    """The journal of a run: a file, a name in the folder of journals, or the last one with an undo that was not tried.

    Raises: UserError when there is none.
    """
    if name != LAST:
        named = [Path(name), *(path for path in journals(folder) if path.name.startswith(name))]
        found = next((path for path in named if path.is_file()), None)
        if found is None:
            raise UserError(name, "there is no such journal", "`unisono undo --list` shows them.")
        return Journal(found)
    tried = list[str]()
    for path in journals(folder):
        journal = _opened(path)
        if journal.count() > journal.left():
            return journal
        tried += [path.stem] * bool(journal.left())
        journal.close()
    if not tried:
        raise UserError("undo", "there is no run to undo")
    why = "there is no run left to undo but some of whose files stayed as they are"
    raise UserError("undo", why, f"`unisono undo {tried[0]}` tries them again; --list shows all.")


def _opened(path: Path) -> Journal:
    try:
        return Journal(path)
    except DiskFull:
        raise
    except UserError as error:
        raise UserError(error.where, error.found, "Move it away to go on without what it could undo.") from error


def undo(journal: Journal) -> Iterator[Outcome]:
    """Undo all writes of a journal, the last one first; "written" means that the old bytes are back.

    A file that was edited, moved or deleted since stays as it is and is left out when the last run is asked for again.

    Raises: DiskFull.
    """
    swept, later = set[str](), _Later(journal.path)
    for entry in journal.entries():
        path = os.fsdecode(entry.path)
        folder = os.path.dirname(path)  # noqa: PTH120
        if folder not in swept and os.path.isdir(folder):  # noqa: PTH112
            swept.add(folder)
            committing.sweep(folder)
        outcome = _undone(entry, path, later)
        journal.note(entry.id, LEFT if outcome.state == "skipped" else UNDONE)
        yield outcome


@dataclass
class _Later:
    """The other runs, looked at only when a file is not what this one left.

    Args:
        path: this run's journal.
    """

    path: Path
    found: dict[tuple[bytes, str], str] | None = None

    def wrote(self, path: bytes, now: str) -> str:
        """The name of the run that wrote a file as it is now; "" when it was none."""
        if self.found is None:
            self.found = {}
            for other in (p for p in journals() if p.resolve() != self.path.resolve()):
                with suppress(UserError), Journal(other) as journal:  # one that cannot be read says nothing of others
                    self.found |= dict.fromkeys(journal.writes(), other.stem)
        return self.found.get((path, now), "")


def _undone(entry: Entry, path: str, later: _Later) -> Outcome:
    try:
        os.stat(path)  # noqa: PTH116
        with committing.opened(admitted(path, ())) as source:
            return _given_back(entry, path, source, later)
    except (FileNotFoundError, NotADirectoryError):
        return Outcome(path, "skipped", reason=_GONE)
    except (Refused, Damaged) as error:
        return Outcome(path, "skipped", reason=str(error))
    except Changed:
        return Outcome(path, "skipped", reason="it is being changed by another program")
    except OSError as error:
        told = disk_error(error, Path(path), entry.size)
        if isinstance(told, UserError):
            raise told from error
        return Outcome(path, "skipped", reason=f"the system refuses: {(error.strerror or str(error)).lower()}")


def _given_back(entry: Entry, path: str, source: Source, later: _Later) -> Outcome:
    now = committing.sha256_of(source.stream)
    if now == entry.old:
        return Outcome(path, "unchanged")
    if now != entry.new:
        run = later.wrote(entry.path, now)
        told = f"the run {run} wrote it since; undo that first: `unisono undo {run}`" if run else "was edited since"
        return Outcome(path, "skipped", reason=told)
    with committing.copy_beside(source) as copy:
        pour(source.stream, copy.stream, recipe.segments_of(entry.recipe))
        copy.stream.flush()
        if committing.sha256_of(copy.stream) != entry.old:
            raise Damaged("the journal does not give back the old bytes")
        told = committing.replace(source, copy, lambda: None, entry.mtime)
    return Outcome(path, "written", reason=told)


@dataclass(frozen=True)
class Run:
    """A run that can be undone.

    Args:
        name: of its journal.
        facts: what it said of itself.
        writes: how many are not undone, `left` of which an undo was tried of already.
    """

    name: str
    facts: dict[str, str]
    writes: int
    left: int


def listed(folder: Path | None = None) -> Sequence[Run]:
    """Every run with something to undo, the newest first; one that wrote nothing, or is undone, has nothing."""
    found = []
    for path in journals(folder):
        with _opened(path) as journal:
            found.append(Run(path.stem, journal.facts, journal.count(), journal.left()))
    return [run for run in found if run.writes]

"""Undoing: every file that a run wrote gets its exact bytes back, unless it was edited since."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from unisono.errors import UserError
from unisono.files import disk_error
from unisono.tagging.writing import committing, recipe
from unisono.tagging.writing.admission import Refused, admitted
from unisono.tagging.writing.anatomy import Damaged, pour
from unisono.tagging.writing.committing import Changed, Source
from unisono.tagging.writing.journal import UNDONE, Entry, Journal, journals
from unisono.tagging.writing.writer import Outcome

LAST = "last"


def journal_named(name: str = LAST, folder: Path | None = None) -> Journal:
    """The journal of a run: a file, a name in the folder of journals, or the last one that has something to undo.

    Raises: UserError when there is none.
    """
    if name != LAST:
        named = [Path(name), *(path for path in journals(folder) if path.name.startswith(name))]
        found = next((path for path in named if path.is_file()), None)
        if found is None:
            raise UserError(name, "there is no such journal", "`unisono undo --list` shows them.")
        return Journal(found)
    for path in journals(folder):
        journal = Journal(path)
        if journal.count():
            return journal
        journal.close()
    raise UserError("undo", "there is no run to undo")


def undo(journal: Journal) -> Iterator[Outcome]:
    """Undo all writes of a journal, the last one first; "written" means that the old bytes are back.

    Raises: DiskFull.
    """
    swept: set[str] = set()
    for entry in journal.entries():
        path = os.fsdecode(entry.path)
        folder = os.path.dirname(path)  # noqa: PTH120
        if folder not in swept and os.path.isdir(folder):  # noqa: PTH112
            swept.add(folder)
            committing.sweep(folder)
        yield _undone(journal, entry, path)


def _undone(journal: Journal, entry: Entry, path: str) -> Outcome:
    try:
        with committing.opened(admitted(path, ())) as source:
            outcome = _given_back(entry, path, source)
    except (Refused, Damaged) as error:
        return Outcome(path, "skipped", reason=str(error))
    except Changed:
        return Outcome(path, "skipped", reason="it is being changed by another program")
    except OSError as error:
        told = disk_error(error, Path(path), entry.size)
        if isinstance(told, UserError):
            raise told from error
        return Outcome(path, "skipped", reason=f"the system refuses: {(error.strerror or str(error)).lower()}")
    if outcome.state != "skipped":
        journal.note(entry.id, UNDONE)
    return outcome


def _given_back(entry: Entry, path: str, source: Source) -> Outcome:
    now = committing.sha256_of(source.stream)
    if now == entry.old:
        return Outcome(path, "unchanged")
    if now != entry.new:
        return Outcome(path, "skipped", reason="was edited since")
    with committing.copy_beside(source) as copy:
        pour(source.stream, copy.stream, recipe.segments_of(entry.recipe))
        copy.stream.flush()
        if committing.sha256_of(copy.stream) != entry.old:
            raise Damaged("the journal does not give back the old bytes")
        told = committing.replace(source, copy, lambda: None, entry.mtime)
    return Outcome(path, "written", reason=told)


def listed(folder: Path | None = None) -> Sequence[tuple[str, dict[str, str], int]]:
    """Every journal: its name, what its run said of itself, and how many writes can be undone."""
    found = []
    for path in journals(folder):
        with Journal(path) as journal:
            found.append((path.stem, journal.facts, journal.count()))
    return found

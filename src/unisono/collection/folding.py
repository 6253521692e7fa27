"""Spelling variants folded into the usual spelling: a corrected copy of a collection as CSV, never the file itself."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from unisono.collection.findings import Findings, TaskFindings
from unisono.collection.folder import shown
from unisono.collection.loading import assemble
from unisono.collection.tracks import Collection
from unisono.errors import UserError
from unisono.files import commit_bytes
from unisono.tasks import Value


@dataclass(frozen=True)
class Folded:
    """One spelling that became another.

    Args:
        column: in which.
        found: what stood there, in `rows` rows.
        meant: what stands there now.
    """

    column: str
    found: str
    meant: str
    rows: int


def fold_spellings(findings: Findings, path: Path) -> tuple[Folded, ...]:
    """Write the collection as CSV with one spelling a label; only case, spaces and hyphens are taken to be the same.

    Labels that differ in letters are told by `inspect` but left alone: "Trap" may be no slip of "Trip".

    Args:
        findings: of `inspect`.
        path: where the copy goes; paths of sounds in it are absolute if it does not lie beside the table.
    Raises: UserError when it would replace what the collection is read from.
    """
    collection, _ = assemble(findings.settings, findings.base)
    sources = [getattr(findings.settings, n) for n in ("table", "folder", "rekordbox", "beets")]
    own = [(findings.base / Path(given).expanduser()).resolve() for given in sources if given is not None]
    if path.resolve() in own:
        raise UserError(str(path), "is what the collection is read from, and that is never changed", "Name another.")
    cells = {name: list(collection.frame[name].to_list()) for name in collection.frame.columns}
    done: list[Folded] = []
    for task in findings.tasks:
        meant = {slip.found: slip.meant for slip in task.slips if slip.certain}
        for column in task.columns if meant and len(task.columns) == 1 else ():
            cells[column], counts = _folded(cells[column], meant, task)
            done += [Folded(column, found, _end(found, meant), rows) for found, rows in counts.items()]
    _absolute(cells, collection, findings, path)
    _write(path, cells)
    return tuple(done)


def _folded(cells: Sequence[Value], meant: Mapping[str, str], task: TaskFindings) -> tuple[list[Value], dict[str, int]]:
    counts: dict[str, int] = {}
    folded: list[Value] = []
    for cell in cells:
        if not isinstance(cell, str):
            folded.append(cell)
            continue
        labels = [part.strip() for part in cell.split(task.separator)] if task.separator else [cell.strip()]
        if not any(label in meant for label in labels):
            folded.append(cell)
            continue
        for label in labels:
            if label in meant:
                counts[label] = counts.get(label, 0) + 1
        folded.append(task.separator.join(dict.fromkeys(_end(label, meant) for label in labels)))
    return folded, counts


def _end(label: str, meant: Mapping[str, str]) -> str:
    """The spelling at the end of a chain of slips."""
    seen = {label}
    while label in meant and meant[label] not in seen:
        label = meant[label]
        seen.add(label)
    return label


def _absolute(cells: dict[str, list[Value]], collection: Collection, findings: Findings, path: Path) -> None:
    settings = findings.settings
    column = settings.audio or ("path" if "path" in cells and settings.table is None else None)
    beside = settings.table is not None and settings.audio_root is None
    table = findings.base / Path(settings.table or "").expanduser()
    if column is None or (beside and table.resolve().parent == path.resolve().parent):
        return
    sounds = [None if track.audio is None else shown(track.audio.absolute()) for track in collection.tracks]
    cells[column] = [sound or cell for sound, cell in zip(sounds, cells[column], strict=True)]


def _write(path: Path, cells: Mapping[str, Sequence[Value]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(cells)
    writer.writerows(zip(*cells.values(), strict=True))
    commit_bytes(path, text.getvalue().encode())

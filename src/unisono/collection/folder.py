"""A folder of audio becomes a table: a row a file, the files' own tags are its columns."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from unisono.collection.faults import several
from unisono.collection.own_tags import own_tags
from unisono.collection.table import LIST_SEPARATOR, Table
from unisono.errors import TableError, UserError
from unisono.inputs.reading.file_tags import file_tags

AUDIO_SUFFIXES = frozenset(
    f".{name}"
    for name in (
        *("aac", "ac3", "aif", "aifc", "aiff", "alac", "ape", "au", "flac", "m4a", "mp2", "mp3", "mp4"),
        *("caf", "dff", "dsf", "mka", "mpc", "oga", "ogg", "opus", "ra", "shn", "spx", "tta", "w64", "wav", "wma"),
        *("wv", "ofr", "ofs", "tak"),
    )
)


def read_folder(folder: Path) -> Table:
    """A row for each sound file below a folder, sorted by path.

    Columns: `path` (below the folder, also the id), `folder` (the name of the file's own folder) and one for each tag
    that any file has, its values joined by ";". The block `/* A / B */` of a comment is the column `tags`. What `tag
    --write` wrote, and nobody changed since, is left out.

    Raises: TableError when there is no such folder or no sound in it.
    """
    if not folder.is_dir():
        raise TableError(str(folder), "there is no such folder")
    shut: list[str] = []
    others = Counter[str]()
    paths = sorted(_sounds(folder, shut, others), key=os.fsencode)
    if not paths:
        raise TableError(str(folder), "holds no sound file", f"Known are {', '.join(sorted(AUDIO_SUFFIXES))}.")
    rows: list[dict[str, str]] = []
    untold, ours = [], 0
    for path in paths:
        rows.append({"path": shown(path.relative_to(folder)), "folder": shown(Path(path.parent.name))})
        try:
            tags, written = own_tags(_tags(path))
            rows[-1] |= {name: clean(LIST_SEPARATOR.join(v)) for name, v in tags.items() if v}
            ours += written
        except UserError as error:
            untold.append(f"{rows[-1]['path']}: {clean(error.found)}")
    names = ["path", "folder", *sorted({name for row in rows for name in row} - {"path", "folder"})]
    frame = pl.DataFrame({n: pl.Series(n, [row.get(n) for row in rows], dtype=pl.String) for n in names})
    table = Table(
        frame, shown(Path(folder.name)), np.arange(1, len(rows) + 1), tuple(paths), tuple(row["path"] for row in rows)
    )
    return table.note(*shut, *_other_note(others), *_untold_note(untold), *_ours_note(ours))


def shown(path: Path) -> str:
    r"""A path as text: bytes that are not UTF-8 stand as \xNN."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def clean(text: str) -> str:
    r"""Text that every table and terminal takes: what is no Unicode stands as \xNN or \uNNNN, and no NUL."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", " ")


def _sounds(folder: Path, shut: list[str], others: Counter[str]) -> Iterator[Path]:
    """Files whose names say sound; of the others that are not hidden, how many have which suffix."""

    def cannot_open(error: OSError) -> None:
        shut.append(f"{shown(Path(os.fsdecode(error.filename)))}: cannot be opened ({error.strerror}); left out.")

    for at, folders, files in os.walk(folder, onerror=cannot_open):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in files:
            suffix = Path(name).suffix.lower()
            if suffix not in AUDIO_SUFFIXES or name.startswith("._"):
                others[suffix or "without a suffix"] += not name.startswith(".")
                continue
            if Path(at, name).is_file():
                yield Path(at, name)
            else:  # opening a pipe would wait for ever
                shut.append(f"{shown(Path(at, name))}: is no regular file, or a link to nothing; left out.")


def _tags(path: Path) -> dict[str, list[str]]:
    """A file's tags; the names `path` and `folder` are ours."""
    return {clean(n): values for n, values in file_tags(path).items() if n not in ("path", "folder")}


def _other_note(others: Counter[str]) -> list[str]:
    kinds = [f"{suffix} {count:,}" for suffix, count in others.most_common() if count]
    if not kinds:
        return []
    more = f" and {len(kinds) - 8:,} more kinds" if len(kinds) > 8 else ""
    return [f"{several(others.total(), 'file')} whose names do not say sound: {', '.join(kinds[:8])}{more}; left out."]


def _ours_note(count: int) -> list[str]:
    if not count:
        return []
    return [f"{several(count, 'value')} that `unisono tag --write` wrote and nobody changed since: no labels."]


def _untold_note(untold: list[str]) -> list[str]:
    if not untold:
        return []
    more = f" and {len(untold) - 5:,} more" if len(untold) > 5 else ""
    return [f"Tags of {several(len(untold), 'file')} could not be read: " + "; ".join(untold[:5]) + more + "."]

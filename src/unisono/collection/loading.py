"""From the `[collection]` of an experiment to its tracks: read, join, select, find the sounds and texts."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from unisono.collection.datasets import Dataset
from unisono.collection.faults import Fault, fail, quoted, several
from unisono.collection.folder import read_folder
from unisono.collection.joining import join
from unisono.collection.selection import keep, latest
from unisono.collection.settings import LINE, CollectionSettings
from unisono.collection.table import Table, read_table, text_of
from unisono.collection.tracks import Collection, Roles, SoundingTrack, Track
from unisono.errors import TableError
from unisono.parts import names, part, part_class

LIBRARIES = "collection.libraries"
_ESCAPED = re.compile(rb"\\x([0-9a-f]{2})")


def load(settings: CollectionSettings, base: Path, columns: Sequence[str] = ()) -> Collection:
    """The tracks that an experiment names.

    Args:
        settings: the experiment's `[collection]`.
        base: the folder that its relative paths start from.
        columns: further columns that must be there, such as those of the tasks.
    Raises: TableError that lists every problem found, by line and column.
    """
    collection, faults = assemble(settings, base, columns)
    fail(TableError, collection.where, faults)
    return collection


def assemble(settings: CollectionSettings, base: Path, columns: Sequence[str] = ()) -> tuple[Collection, list[Fault]]:
    """The same, with what is wrong with single rows (ids that stand twice, sounds that are not there) beside it."""
    table, settings, key = _joined(settings, base)
    roles = _roles(table, settings, key)
    table.need([c for c in (settings.audio, settings.lyrics) if c], "collection.audio or collection.lyrics")
    table.need(list(columns), "labels or values")
    table = keep(table, settings.keep) if settings.keep else table
    table = latest(table, settings.latest) if settings.latest else table
    ids, faults = _ids(table, key)
    sounds, missing = _sounds(table, settings, base)
    if missing and settings.missing_audio == "ignore":
        are, silent = ("is", "this track is") if len(missing) == 1 else ("are", "these tracks are")
        told = f"{several(len(missing), 'sound file')} {are} not there: {silent} silent."
        table, missing = table.note(told), []
    return Collection(table, _tracks(table, settings, ids, sounds), roles), faults + missing


def load_whole(settings: CollectionSettings, base: Path) -> Collection:
    """All rows of a collection's tables, also those that `keep` and `latest` leave out; sounds are not looked for.

    Raises: TableError for a table that cannot be read.
    """
    table, settings, key = _joined(settings, base)
    ids, _ = _ids(table, key)
    return Collection(table, _tracks(table, settings, ids, [None] * len(ids)), _roles(table, settings, key))


def _joined(settings: CollectionSettings, base: Path) -> tuple[Table, CollectionSettings, str]:
    """All rows with the columns of all tables, the settings that count, and the column of keys."""
    table, settings = _read(settings, base)
    key = _id_column(table, settings)
    for other in settings.joins:
        table = join(table, other, key, base)
    return table, settings, key


def _read(settings: CollectionSettings, base: Path) -> tuple[Table, CollectionSettings]:
    if settings.table is not None:
        return read_table(base / Path(settings.table).expanduser(), settings.delimiter), settings
    if settings.folder is not None:
        return read_folder(base / Path(settings.folder).expanduser()), settings
    for name in names(LIBRARIES):
        if (given := getattr(settings, name)) is not None:
            file = base / Path(given).expanduser()
            here = {"audio": settings.audio or "path", "audio_root": settings.audio_root or str(file.parent)}
            return part(LIBRARIES, name).read(file, settings), settings.model_copy(update=here)
    dataset: Dataset = part_class("collection.datasets", settings.dataset or "")()
    asked = {name: getattr(settings, name) for name in settings.model_fields_set}
    merged = CollectionSettings.model_validate({**dataset.settings, **asked})
    return dataset.read(base / Path(settings.root or "").expanduser()), merged


def _id_column(table: Table, settings: CollectionSettings) -> str:
    if settings.id is not None:
        table.need([] if settings.id == LINE else [settings.id], "collection.id")
        return settings.id
    for column in (settings.audio, "id", "path" if settings.folder else None):
        if column is not None and column in table.frame.columns:
            return column
    raise TableError(
        table.where,
        "no column is named as the id of a track",
        f'Set id under [collection], "{LINE}" if none is; the columns are {quoted(table.frame.columns)}.',
    )


def _roles(table: Table, settings: CollectionSettings, key: str) -> Roles:
    there = set(table.frame.columns)
    groups = settings.groups if settings.groups is not None else ("artist",) if "artist" in there else ()
    song = settings.song if settings.song is not None else ("artist", "title") if {"artist", "title"} <= there else ()
    table.need(groups, "collection.groups")
    table.need(song, "collection.song")
    table.need([settings.duplicates] if settings.duplicates else [], "collection.duplicates")
    apart = settings.apart or ()
    table.need([] if settings.dataset else list(apart), "collection.apart")
    return Roles(key, groups, song, settings.duplicates, tuple(c for c in apart if c in there))


def _ids(table: Table, key: str) -> tuple[list[str], list[Fault]]:
    ids = [text_of(v) for v in (table.lines.tolist() if key == LINE else table.frame[key].to_list())]
    first: dict[str, int] = {}
    faults = []
    for row, name in enumerate(ids):
        if not name:
            faults.append(Fault(table.place(row, key), "is empty but every track needs an id"))
        elif name in first:
            found = f'the id "{name}" stands in {table.place(first[name])} too, but each track needs its own'
            faults.append(Fault(table.place(row, key), found, "Remove the copy, or name another id column."))
        else:
            first[name] = row
    return ids, faults


def _sounds(table: Table, settings: CollectionSettings, base: Path) -> tuple[list[Path | None], list[Fault]]:
    if table.audio is not None:
        return list(table.audio), []
    if settings.audio is None:
        return [None] * table.frame.height, []
    root = (base / Path(settings.table or "").expanduser()).parent
    if settings.audio_root is not None:
        root = base / Path(settings.audio_root).expanduser()
    sounds: list[Path | None] = []
    faults = []
    for row, value in enumerate(table.frame[settings.audio].to_list()):
        name = text_of(value)
        sounds.append(sound_at(root, name) if name else None)
        if name and sounds[-1] is None:
            advice = f"Paths start at {root}: correct them or set audio_root; an empty cell means no sound."
            faults.append(Fault(table.place(row, settings.audio), no_sound_at(root, name), advice))
    return sounds, faults


def sound_at(root: Path, name: str) -> Path | None:
    r"""The file that a cell names; None when there is none.

    Names that differ only in how accents are encoded (NFC, NFD) are found, and bytes that stand as \xNN.
    """
    raw = _ESCAPED.sub(lambda m: bytes([int(m[1], 16)]), name.encode())
    spellings = (name, unicodedata.normalize("NFC", name), unicodedata.normalize("NFD", name), os.fsdecode(raw))
    for spelling in dict.fromkeys(spellings):
        if "\0" not in spelling and (root / spelling).is_file():
            return root / spelling
    return None


def no_sound_at(root: Path, name: str) -> str:
    """What is where a cell says that a file is, if there is no such file."""
    path = root / name.replace("\0", "")
    if path.is_dir():
        return f'"{name}" is a folder but a sound file is needed'
    return f'"{name}" is no regular file' if path.exists() else f'there is no file "{name}"'


def _tracks(table: Table, settings: CollectionSettings, ids: list[str], sounds: list[Path | None]) -> tuple[Track, ...]:
    rows = zip(ids, sounds, table.frame.iter_rows(named=True), strict=True)
    if settings.lyrics is None:
        return tuple(
            SoundingTrack(i, sound, None, row) if sound else Track(i, None, None, row) for i, sound, row in rows
        )
    return tuple(Track(i, sound, text_of(row[settings.lyrics]) or None, row) for i, sound, row in rows)

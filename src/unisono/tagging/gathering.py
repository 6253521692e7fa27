"""From what was asked for to tracks: files, folders searched through, and rows of tables, each path once."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from unisono.collection.folder import AUDIO_SUFFIXES
from unisono.collection.guessing import guess_columns
from unisono.collection.loading import no_sound_at, sound_at
from unisono.collection.table import Table, read_table, text_of
from unisono.collection.tracks import SoundingTrack, Track
from unisono.tagging.tagged import Skipped

TABLE_SUFFIXES = frozenset({".csv", ".tsv", ".tab", ".parquet", ".jsonl", ".ndjson"})
_SOUND_STARTS = (
    b"ID3", b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2", b"\xff\xf1", b"\xff\xf9", b"fLaC", b"OggS", b"MAC ",
    b"wvpk", b"MPCK", b"MP+", b"TTA", b"tBaK", b"DSD ", b"FRM8", b"caff", b".snd", b"\x0bw", b"\x1aE\xdf\xa3",
    b"0&\xb2u\x8ef\xcf\x11",
)  # fmt: skip
_SOUND_FORMS = {b"RIFF": (b"WAVE",), b"RF64": (b"WAVE",), b"FORM": (b"AIFF", b"AIFC")}  # first four bytes -> bytes 8-12

_PICTURES = (b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis")  # what else begins as an MP4 does


@dataclass(frozen=True)
class Columns:
    """Which columns of a table hold what; None: by the usual names.

    Args:
        id: names a row in the tags; else the sound's path, else the row's place.
        audio: paths, relative to the table.
        lyrics: texts.
        known: role -> the column that the model was taught with; it goes before the usual names where a table has it.
    """

    id: str | None = None
    audio: str | None = None
    lyrics: str | None = None
    known: Mapping[str, str] = field(default_factory=dict)


USUAL = {"id": ("id",), "audio": ("path", "audio", "file", "file_name", "filename"), "lyrics": ("lyrics",)}


@dataclass
class Gathered:
    """Tracks in the order they were asked for, and what is no track.

    Args:
        tracks: to be read.
        skipped: asked for and not to be had: missing files, shut folders.
        passed_over: files in folders that are no sound.
        named: the folders and files that were named, by a table as well.
        tables: that were asked for, and their columns.
    """

    tracks: list[Track] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    tables: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)

    def sound(self, path: str) -> None:
        """One file, unless it is there already."""
        if self._new(path):
            self.tracks.append(SoundingTrack(path, Path(path)))

    def skip(self, path: str, reason: str) -> None:
        """One path that cannot be tagged, with the reason."""
        if self._new(path):
            self.skipped.append(Skipped(path, reason))

    def _new(self, path: str) -> bool:
        key = os.path.abspath(path)  # noqa: PTH100 (a Path would follow links)
        known = key in self._seen
        self._seen.add(key)
        return not known


def gather(paths: Iterable[str | os.PathLike[str]], columns: Columns) -> Gathered:
    """All tracks below the given files, folders and tables.

    Raises: TableError when a table is damaged or has no usable column.
    """
    found = Gathered()
    for given in paths:
        path = _at_home(os.fspath(given))
        try:
            mode = os.stat(path).st_mode  # noqa: PTH116 (a path with a zero byte raises ValueError here as well)
        except (OSError, ValueError) as error:
            found.skip(path, _why(error))
            continue
        found.named.append(path)
        if stat.S_ISDIR(mode):
            _search(path, found)
        elif not stat.S_ISREG(mode):
            found.skip(path, "is no regular file")
        elif Path(path).suffix.lower() in TABLE_SUFFIXES:
            table = read_table(Path(path))
            found.tables[path] = tuple(table.frame.columns)
            _rows(table, Path(path).parent, columns, found)
        else:
            found.sound(path)
    return found


def _at_home(path: str) -> str:
    return os.path.expanduser(path) if path.startswith("~/") else path  # noqa: PTH111


def _search(folder: str, found: Gathered) -> None:
    """A folder and all below it, links followed, each folder once, names in the order of their bytes."""
    visited: set[tuple[int, int]] = set()
    shut = list[OSError]()
    for at, folders, files in os.walk(folder, onerror=shut.append, followlinks=True):
        here = os.stat(at)  # noqa: PTH116
        if (here.st_dev, here.st_ino) in visited:
            folders.clear()
            continue
        visited.add((here.st_dev, here.st_ino))
        folders[:] = sorted((f for f in folders if not f.startswith(".")), key=os.fsencode)
        for name in sorted(files, key=os.fsencode):
            _file(os.path.join(at, name), name, found)  # noqa: PTH118
    for error in shut:
        found.skip(str(error.filename), f"the folder cannot be opened: {_why(error)}")


def _file(path: str, name: str, found: Gathered) -> None:
    known = Path(name).suffix.lower() in AUDIO_SUFFIXES
    try:
        regular = stat.S_ISREG(os.stat(path).st_mode)  # noqa: PTH116
        sound = regular and not name.startswith(".") and (known or _sounds_like_it(path))
    except OSError as error:
        found.skip(path, _why(error))
        return
    if sound:
        found.sound(path)
    else:
        found.passed_over.append(path)


def _sounds_like_it(path: str) -> bool:
    """Whether a file of an unknown suffix begins as a sound file does."""
    with open(path, "rb") as stream:  # noqa: PTH123
        start = stream.read(12)
    return (
        start.startswith(_SOUND_STARTS)
        or start[8:12] in _SOUND_FORMS.get(start[:4], ())
        or (start[4:8] == b"ftyp" and start[8:12] not in _PICTURES)
    )


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    return ((error.strerror if isinstance(error, OSError) else None) or str(error)).lower()


def _rows(table: Table, root: Path, columns: Columns, found: Gathered) -> None:
    roles = roles_of(table, columns)
    for number, row in enumerate(table.frame.iter_rows(named=True)):
        cell = {role: text_of(row[name]) if name else "" for role, name in roles.items()}
        name = cell["id"] or cell["audio"] or table.place(number)
        sound = sound_at(root, cell["audio"]) if cell["audio"] else None
        if sound is not None:
            found.named.append(str(sound))
        if cell["audio"] and sound is None:
            found.skipped.append(Skipped(name, f"{no_sound_at(root, cell['audio'])} ({table.place(number)})"))
        elif sound is not None and roles["lyrics"] is None:
            found.tracks.append(SoundingTrack(name, sound, None, row))
        else:
            found.tracks.append(Track(name, sound, cell["lyrics"] or None, row))


def roles_of(table: Table, columns: Columns) -> dict[str, str | None]:
    """Which column is the id, which holds paths of sound, which lyrics: as named, taught, usually called, or guessed.

    Raises: TableError for a named column that is not there.
    """
    named = {role: getattr(columns, role) for role in USUAL}
    for role, name in named.items():
        table.need([name] if name else [], f"the column of {role}")
    there = table.frame.columns
    guessed = {guess.role: guess.column for guess in reversed(guess_columns(table.frame))}
    usual = {
        role: next((n for n in (columns.known.get(role), *names) if n in there), guessed.get(role))
        for role, names in USUAL.items()
    }
    return {role: named[role] or usual[role] for role in USUAL}

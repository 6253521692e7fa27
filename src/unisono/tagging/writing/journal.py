"""The journal: what was intended and what was done to each file, on disk before the file is touched."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from unisono.errors import DiskFull, UserError

_TABLES = """
CREATE TABLE IF NOT EXISTS run (key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS written (
    id INTEGER PRIMARY KEY, path BLOB, old TEXT, new TEXT, size INTEGER, mtime INTEGER, recipe BLOB, changes TEXT,
    state TEXT);
CREATE TABLE IF NOT EXISTS seen (path BLOB PRIMARY KEY, stamp TEXT, outcome TEXT);
"""
_OURS = {"run", "written", "seen"}
SUFFIX = ".sqlite"
_ROOM = 1 << 17  # bytes; with less than that SQLite cannot make the files beside a journal
INTENDED, WRITTEN, UNDONE = "intended", "written", "undone"
LEFT = "left"  # an undo was tried, and the file stayed as it is
Stamp = tuple[int, int, int]  # inode, size, mtime in nanoseconds


@dataclass(frozen=True)
class Entry:
    """One write.

    Args:
        old: SHA-256 of the file before, `new` of the file after.
        size: bytes before.
        mtime: of the file before, in nanoseconds.
        recipe: makes the old bytes out of the new ones.
        changes: field -> [old values, new values].
    """

    path: bytes
    old: str
    new: str
    size: int
    mtime: int
    recipe: bytes
    changes: Mapping[str, Any]
    state: str = INTENDED
    id: int = 0


class Journal:
    """One run's journal; every entry is on disk when the call returns.

    Raises: UserError when the file is no journal, which then stays as it is; DiskFull.
    """

    def __init__(self, path: Path, facts: Mapping[str, str] | None = None) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._told():
            self._base = sqlite3.connect(self.path, timeout=30, isolation_level=None)
            there = {row[0] for row in self._base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if "written" not in there and there - _OURS:  # a run that was killed at once may have left some of ours
                self._base.close()
                raise UserError(str(self.path), "is no journal of unisono")
            self._base.execute("PRAGMA journal_mode=WAL")
            self._base.execute("PRAGMA synchronous=FULL")
            self._base.executescript(_TABLES)
            if facts:
                self._base.executemany("INSERT OR REPLACE INTO run VALUES (?, ?)", list(facts.items()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    @property
    def facts(self) -> dict[str, str]:
        """What the run said of itself: model, profile, version, when it began."""
        with self._told():
            return dict(self._base.execute("SELECT key, value FROM run"))

    def intend(self, entry: Entry) -> int:
        """Note a write that is about to happen; gives its number."""
        values = (entry.path, entry.old, entry.new, entry.size, entry.mtime, entry.recipe, json.dumps(entry.changes))
        with self._told():
            cursor = self._base.execute(
                "INSERT INTO written (path, old, new, size, mtime, recipe, changes, state) VALUES (?,?,?,?,?,?,?,?)",
                (*values, INTENDED),
            )
        return int(cursor.lastrowid or 0)

    def note(self, number: int, state: str) -> None:
        """Note what became of a write."""
        with self._told():
            self._base.execute("UPDATE written SET state = ? WHERE id = ?", (state, number))

    def see(self, path: bytes, stamp: Stamp, outcome: str) -> None:
        """Note that a file is dealt with, as it is now; to lose this costs only time, so it waits for no disk."""
        with self._told():
            self._base.execute("PRAGMA synchronous=NORMAL")
            self._base.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", (path, json.dumps(stamp), outcome))
            self._base.execute("PRAGMA synchronous=FULL")

    def seen(self, path: bytes, stamp: Stamp) -> bool:
        """Whether a file was dealt with and is still as it was then."""
        with self._told():
            row = self._base.execute("SELECT stamp FROM seen WHERE path = ?", (path,)).fetchone()
        return row is not None and row[0] == json.dumps(stamp)

    def entries(self) -> Iterator[Entry]:
        """All writes that are not undone, the last one first; read one by one."""
        with self._told():
            asked = "SELECT id FROM written WHERE state != ? ORDER BY id DESC"
            numbers = [row[0] for row in self._base.execute(asked, (UNDONE,))]
        for number in numbers:
            yield self._entry(number)

    def count(self) -> int:
        """How many writes are not undone."""
        return self._states()[0]

    def left(self) -> int:
        """How many of these an undo was tried of already: their files were edited, moved or deleted since."""
        return self._states()[1]

    def writes(self) -> Iterator[tuple[bytes, str]]:
        """Path and new hash of all writes that are not undone."""
        with self._told():
            yield from self._base.execute("SELECT path, new FROM written WHERE state != ?", (UNDONE,))

    def _states(self) -> tuple[int, int]:
        asked = "SELECT count(*), count(CASE state WHEN ? THEN 1 END) FROM written WHERE state != ?"
        with self._told():
            return tuple(self._base.execute(asked, (LEFT, UNDONE)).fetchone())

    def _entry(self, number: int) -> Entry:
        asked = "SELECT path, old, new, size, mtime, recipe, changes, state FROM written WHERE id = ?"
        with self._told():
            *facts, changes, state = self._base.execute(asked, (number,)).fetchone()
        path, old, new, size, mtime, recipe = facts
        return Entry(path, old, new, size, mtime, recipe, json.loads(changes), state, number)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise _as_user_error(self.path, error) from error


def new_journal(facts: Mapping[str, str], folder: Path | None = None) -> Journal:
    """A journal of its own for a run that begins now."""
    now = time.time_ns()
    fine = f"{now // 1000 % 1_000_000:05x}{secrets.randbelow(16):x}"  # runs that began in one second stay in order
    name = f"{time.strftime('%Y%m%d-%H%M%S', time.localtime(now // 1_000_000_000))}-{fine}{SUFFIX}"
    return Journal((folder or journals_folder()) / name, {"began": time.strftime("%Y-%m-%dT%H:%M:%S"), **facts})


def journals_folder() -> Path:
    """Where journals are kept: `$UNISONO_JOURNALS`, else `unisono/journals` in the user's folder of states."""
    if os.environ.get("UNISONO_JOURNALS"):
        return Path(os.environ["UNISONO_JOURNALS"])
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "unisono" / "journals"


def journals(folder: Path | None = None) -> Sequence[Path]:
    """All journals, the newest first."""
    where = folder or journals_folder()
    return sorted(where.glob(f"*{SUFFIX}"), reverse=True) if where.is_dir() else []


def _as_user_error(path: Path, error: sqlite3.DatabaseError) -> UserError:
    code = getattr(error, "sqlite_errorcode", 0)
    broken = code & 0xFF == sqlite3.SQLITE_IOERR and shutil.disk_usage(path.parent).free < _ROOM
    if code == sqlite3.SQLITE_FULL or broken:
        return DiskFull(str(path), "the disk is full, the journal cannot be written", "Free some room, then resume.")
    if code == sqlite3.SQLITE_NOTADB:
        return UserError(str(path), "is no journal of unisono")
    return UserError(str(path), f"the journal cannot be used ({error})", "Nothing is written without it.")

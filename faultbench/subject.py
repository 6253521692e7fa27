"""The two ways of saving tags that are compared: ours, and the usual one in place."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import mutagen
from mutagen import id3

from unisono.tagging.tagged import Tags
from unisono.tagging.writing import Journal, Outcome, Signed, Writer, profile_of, roots_of
from unisono.tasks import Answer, Given, task

TASKS = (
    task("genre", {"kind": "multiclass", "labels": ["House", "Rock"]}),
    task("situation", {"kind": "multilabel", "labels": ["Peak", "Late night"]}),
    task("energy", {"kind": "regression", "range": [100, 400], "levels": [100, 200, 300, 400]}),
    task("mood", {"kind": "multiclass", "labels": ["dark", "bright"]}),
)
SIGNED = Signed("0123456789ab", "2026-01-01")
TEXT = "x" * 3000  # long enough that no tag has room for it: the usual way must move the sound


def tags_for(path: str, genre: str = "House", energy: float = 310.0) -> Tags:
    """What a model would answer, the same every time."""
    answers = (
        Answer("genre", (Given(genre, None, 0.9),)),
        Answer("situation", (Given("Peak", None, 0.9), Given("Late night", None, 0.8))),
        Answer("energy", (Given("", energy, None),)),
        Answer("mood", (Given("dark", None, 0.7),)),
    )
    return Tags(path, answers, {})


def writer(journal: Journal | None, roots: Iterable[Path], profile: str = "plain") -> Writer:
    """Our writer, for songs below some folders."""
    return Writer(TASKS, profile_of(profile), SIGNED, roots_of(roots), journal)


def save_ours(path: Path, journals: Path, genre: str = "House") -> Outcome:
    """One song saved our way, with a journal of its own."""
    with Journal(journals / f"{path.name}.sqlite") as journal:
        return writer(journal, [path]).write(str(path), tags_for(str(path), genre))


def save_naive(path: Path) -> None:
    """One song saved the usual way: opened, changed, saved in place."""
    file = mutagen.File(path)
    if file is None:
        return
    if file.tags is None:
        file.add_tags()
    name = type(file).__name__
    if isinstance(file.tags, id3.ID3):
        file.tags.add(id3.TCON(3, ["House"]))
        file.tags.add(id3.TXXX(3, "NOTE", [TEXT]))
    elif name == "MP4":
        file.tags["\xa9gen"], file.tags["\xa9des"] = ["House"], [TEXT]
    else:
        file.tags["WM/Genre" if name == "ASF" else "GENRE"] = ["House"]
        file.tags["NOTE"] = [TEXT]
    file.save()


def take_out_naive(path: Path) -> None:
    """What the naive save put in taken out again, in place."""
    file = mutagen.File(path)
    for key in [
        k for k in file.tags if str(k) in ("TCON", "TXXX:NOTE", "\xa9gen", "\xa9des", "WM/Genre", "GENRE", "NOTE")
    ]:
        del file.tags[key]
    file.save()


def sha(path: Path) -> str:
    """Digest of a file's bytes; "" when it is gone."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""

"""Stages: a folder is tagged, or a tagging is undone, and the process is killed at a random moment, again and again."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from faultbench.songs import make_song, suffix
from faultbench.subject import save_naive, sha, tags_for, take_out_naive, writer
from unisono.tagging.writing import Journal, undo

KINDS = ("mp3-2.3", "mp3-2.4", "flac", "wav", "aiff", "m4a", "ogg", "ape")


def songs_in(folder: Path, number: int, seconds: float) -> list[Path]:
    """Songs of many kinds; as many different ones as there are kinds."""
    folder.mkdir(parents=True)
    first = {kind: make_song(folder / f"first{suffix(kind)}.{kind}", kind, seconds) for kind in KINDS}
    found = []
    for n in range(number):
        kind = KINDS[n % len(KINDS)]
        found.append(folder / f"{n:03d}{suffix(kind)}")
        shutil.copyfile(first[kind], found[-1])
    for path in first.values():
        path.unlink()
    return found


def killed_after(delay: float, work: Callable[[], object]) -> bool:
    """Do work in a child that is killed after some seconds; whether it was killed before it ended."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    until = time.monotonic() + delay
    while time.monotonic() < until:
        if os.waitpid(child, os.WNOHANG)[0]:
            return False
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def tagging(folder: Path, rounds: int, number: int, seconds: float = 4.0) -> dict[str, dict[str, int]]:
    """Random kills while a folder is tagged, ours resumed after each; the naive way starts from fresh songs."""
    pristine = songs_in(folder / "pristine", number, seconds)
    old = {path.name: sha(path) for path in pristine}
    ours, naive = Counter[str](), Counter[str]()
    chance = random.Random(7)
    work, journals = folder / "work", folder / "journals"
    for way, save, count in (("ours", _tag_ours, ours), ("naive", _tag_naive, naive)):
        for attempt in ("cold", "warm"):  # the first one also loads what the later ones find loaded
            songs = _fresh(pristine, work)
            began = time.monotonic()
            save(songs, journals / f"{attempt}.sqlite")
            whole = time.monotonic() - began
        tagged = {path.name: sha(path) for path in songs}
        for n in range(rounds):
            songs = _fresh(pristine, work)
            journal = journals / f"{n}.sqlite"
            count["killed"] += killed_after(chance.uniform(0, whole), lambda: save(songs, journal))  # noqa: B023
            count["rounds"] += 1
            _judge(songs, old, tagged, count)
            if way == "ours":
                _resume_and_undo(songs, journal, old, tagged, count)
    return {"ours": dict(ours), "naive": dict(naive)}


def undoing(folder: Path, rounds: int, number: int, seconds: float = 2.0) -> dict[str, dict[str, int]]:
    """Random kills while a tagging is undone; the naive undo copies a backup over the song."""
    pristine = songs_in(folder / "pristine", number, seconds)
    old = {path.name: sha(path) for path in pristine}
    ours, naive = Counter[str](), Counter[str]()
    chance, whole, whole_naive = random.Random(8), 0.0, 0.0
    for n in range(rounds + 1):
        songs = _fresh(pristine, folder / "work")
        journal = folder / "journals" / f"{n}.sqlite"
        _tag_ours(songs, journal)
        tagged = {path.name: sha(path) for path in songs}
        if n == 0:
            began = time.monotonic()
            _undo_ours(journal)
            whole = time.monotonic() - began
            began = time.monotonic()
            _undo_naive(songs, pristine)
            whole_naive = time.monotonic() - began
            continue
        ours["killed"] += killed_after(chance.uniform(0, whole), lambda: _undo_ours(journal))  # noqa: B023
        ours["rounds"] += 1
        _judge(songs, old, tagged, ours)
        _undo_ours(journal)
        ours["not undone in the end"] += sum(sha(path) != old[path.name] for path in songs)
        _tag_naive(songs, journal)
        tagged = {path.name: sha(path) for path in songs}
        naive["killed"] += killed_after(chance.uniform(0, whole_naive), lambda: _undo_naive(songs, pristine))  # noqa: B023
        naive["rounds"] += 1
        _judge(songs, old, tagged, naive)
    return {"ours": dict(ours), "naive": dict(naive)}


def hundreds(folder: Path, number: int = 300) -> dict[str, dict[str, int]]:
    """Many songs written and undone: how many have their old bytes and time of change again.

    The naive undo takes out what the naive save put in.
    """
    ours = _undone_hundreds(folder / "ours", number, _tag_ours, lambda songs, at: _undo_ours(at))
    naive = _undone_hundreds(folder / "naive", number, _tag_naive, lambda songs, at: _take_out(songs))
    return {"ours": ours, "naive": naive}


def _undone_hundreds(
    folder: Path,
    number: int,
    tag: Callable[[Sequence[Path], Path], None],
    take_back: Callable[[Sequence[Path], Path], None],
) -> dict[str, int]:
    songs = songs_in(folder / "songs", number, 0.5)
    old = {path.name: (sha(path), path.stat().st_mtime_ns) for path in songs}
    journal = folder / "journals" / "all.sqlite"
    tag(songs, journal)
    changed = sum(sha(path) != old[path.name][0] for path in songs)
    take_back(songs, journal)
    equal = sum((sha(path), path.stat().st_mtime_ns) == old[path.name] for path in songs)
    return {"songs": number, "changed": changed, "equal after undo": equal}


def _fresh(pristine: Sequence[Path], work: Path) -> list[Path]:
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    return [Path(shutil.copyfile(path, work / path.name)) for path in pristine]


def _judge(songs: Sequence[Path], old: dict[str, str], tagged: dict[str, str], count: Counter[str]) -> None:
    for path in songs:
        now = sha(path)
        count["songs"] += 1
        count["as before" if now == old[path.name] else "tagged" if now == tagged[path.name] else "damaged"] += 1


def _tag_ours(songs: Sequence[Path], at: Path) -> None:
    with Journal(at) as journal:
        ours = writer(journal, [songs[0].parent])
        for path in songs:
            if not ours.done(str(path)):
                ours.write(str(path), tags_for(str(path)))


def _resume_and_undo(
    songs: Sequence[Path], at: Path, old: dict[str, str], tagged: dict[str, str], count: Counter[str]
) -> None:
    """The same journal goes on; in the end all are tagged, and all can be undone."""
    _tag_ours(songs, at)
    count["not tagged after resuming"] += sum(sha(path) != tagged[path.name] for path in songs)
    _undo_ours(at)
    count["not undone"] += sum(sha(path) != old[path.name] for path in songs)
    count["copies left behind"] += sum(path.name.startswith(".") for path in songs[0].parent.iterdir())


def _undo_ours(at: Path) -> None:
    with Journal(at) as journal:
        for _ in undo(journal):
            pass


def _tag_naive(songs: Sequence[Path], at: Path) -> None:
    for path in songs:
        save_naive(path)


def _take_out(songs: Sequence[Path]) -> None:
    for path in songs:
        take_out_naive(path)


def _undo_naive(songs: Sequence[Path], pristine: Sequence[Path]) -> None:
    for path, backup in zip(songs, pristine, strict=True):
        shutil.copyfile(backup, path)

"""Stages: a full disk, links and permissions, two processes in one folder, and files of many programs' test suites."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from faultbench.kills import songs_in
from faultbench.songs import make_song
from faultbench.subject import save_naive, sha, tags_for, writer
from unisono.errors import DiskFull
from unisono.tagging.writing import Journal, undo
from unisono.tagging.writing.anatomy import Damaged, Unsupported
from unisono.tagging.writing.opening import container_of


def full_disk(folder: Path, megabytes: int = 6) -> dict[str, dict[str, int]] | str:
    """A small tmpfs is filled until a save fails; a line that says why when none can be mounted."""
    disk = folder / "disk"
    disk.mkdir(parents=True)
    mounted = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(disk)]
    if subprocess.run(mounted, capture_output=True, check=False).returncode:
        return "no tmpfs can be mounted here"
    try:
        return {way: _on_full_disk(disk, folder / way, way == "ours") for way in ("ours", "naive")}
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def _on_full_disk(disk: Path, aside: Path, ours: bool) -> dict[str, int]:
    """Free space from nothing to plenty: below some of it a save must fail, and the song must be whole."""
    count = Counter[str]()
    pristine = make_song(aside.with_suffix(".mp3"), "mp3-2.3", 40.0)
    old, tagged = sha(pristine), _tagged(pristine, _made(aside / "unhindered"), ours)
    for free in range(48):
        for left in disk.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        song = Path(shutil.copyfile(pristine, disk / "song.mp3"))
        state = os.statvfs(disk)
        filler = disk / "filler"
        with filler.open("wb") as stream:
            stream.write(bytes(max(0, state.f_bavail * state.f_frsize - free * 16_384)))
        try:
            _save_here(song, disk if free % 2 else aside, ours)
            count["saved"] += 1
        except DiskFull:
            count["told"] += 1
        except Exception as error:  # any way of failing will do; the bytes are what counts
            count["failed" if getattr(error, "errno", 0) != errno.ENOSPC else "told"] += 1
        count["tried"] += 1
        count["damaged"] += sha(song) not in (old, tagged)
    return dict(count)


def _tagged(pristine: Path, aside: Path, ours: bool) -> str:
    song = Path(shutil.copyfile(pristine, aside / "song.mp3"))
    _save_here(song, aside, ours)
    return sha(song)


def _save_here(song: Path, journals: Path, ours: bool) -> None:
    if not ours:
        save_naive(song)
        return
    (journals / "journals").mkdir(parents=True, exist_ok=True)
    with Journal(journals / "journals" / f"{time.monotonic_ns()}.sqlite") as journal:
        writer(journal, [song.parent]).write(str(song), tags_for(str(song)))


def _whole(song: Path, pristine: Path) -> bool:
    """Whether a changed song has all of its sound and a tag that can be read."""
    try:
        with song.open("rb") as new, pristine.open("rb") as old:
            return container_of(new).anatomy(new).sound == container_of(old).anatomy(old).sound
    except (Damaged, Unsupported):
        return False


def matrix(folder: Path) -> dict[str, dict[str, str]]:
    """What is done with links, permissions and strange names: each case is "right", or says what went wrong."""
    return {"ours": _matrix(folder / "ours"), "naive": _naive_matrix(folder / "naive")}


def _naive_matrix(folder: Path) -> dict[str, str]:
    """The usual save, where it should have kept its hands off."""
    inside, outside = _made(folder / "in"), _made(folder / "out")
    found: dict[str, str] = {}
    for name, prepare, expected in _CASES:
        path, real = prepare(inside, outside)
        if expected == "written" or not real.is_file():
            continue
        before = sha(real)
        with suppress(Exception):
            save_naive(path)
        found[name] = "right" if sha(real) == before else "its bytes changed"
    return found


def _matrix(folder: Path) -> dict[str, str]:
    inside, outside = _made(folder / "in"), _made(folder / "out")
    found: dict[str, str] = {}
    for name, prepare, expected in _CASES:
        path, real = prepare(inside, outside)
        before = {p: (sha(p), p.stat().st_mode, p.stat().st_mtime_ns) for p in {path, real} if p.is_file()}
        with Journal(folder / "journals" / f"{len(found)}.sqlite") as journal:
            outcome = writer(journal, [inside]).write(str(path), tags_for(str(path)))
            wrong = [] if outcome.state == expected else [f"{outcome.state} ({outcome.reason})"]
            changed = real.is_file() and sha(real) != before[real][0]
            wrong += ["its bytes changed"] if changed != (expected == "written") else []
            wrong += ["its permissions changed"] if real.is_file() and real.stat().st_mode != before[real][1] else []
            wrong += ["the link is gone"] if name.startswith("link") and not path.is_symlink() else []
            for _ in undo(journal):
                pass
        wrong += ["not undone"] if real.is_file() and sha(real) != before[real][0] else []
        found[name] = "; ".join(wrong) or "right"
    return found


def _song(folder: Path, name: str) -> Path:
    return make_song(folder / name, "mp3-2.3", 0.2)


def _plain(inside: Path, outside: Path) -> tuple[Path, Path]:
    path = _song(inside, "plain.mp3")
    path.chmod(0o640)
    return path, path


def _link(inside: Path, outside: Path) -> tuple[Path, Path]:
    path = inside / "link.mp3"
    path.symlink_to(_song(inside, "target.mp3"))
    return path, inside / "target.mp3"


def _link_outside(inside: Path, outside: Path) -> tuple[Path, Path]:
    path = inside / "far.mp3"
    path.symlink_to(_song(outside, "far-target.mp3"))
    return path, outside / "far-target.mp3"


def _link_nowhere(inside: Path, outside: Path) -> tuple[Path, Path]:
    path = inside / "dangling.mp3"
    path.symlink_to(inside / "nothing.mp3")
    return path, inside / "nothing.mp3"


def _hard_link(inside: Path, outside: Path) -> tuple[Path, Path]:
    path = _song(inside, "hard.mp3")
    os.link(path, outside / "hard.mp3")
    return path, path


def _read_only(inside: Path, outside: Path) -> tuple[Path, Path]:
    path = _song(inside, "shut.mp3")
    path.chmod(0o444)
    return path, path


def _pipe(inside: Path, outside: Path) -> tuple[Path, Path]:
    path = inside / "pipe.mp3"
    os.mkfifo(path)
    return path, path


def _named(name: bytes) -> Callable[[Path, Path], tuple[Path, Path]]:
    def made(inside: Path, outside: Path) -> tuple[Path, Path]:
        path = inside / os.fsdecode(name)
        shutil.copyfile(_song(inside, "named.mp3"), path)
        return path, path

    return made


_CASES: tuple[tuple[str, Callable[[Path, Path], tuple[Path, Path]], str], ...] = (
    ("plain file", _plain, "written"),
    ("link inside", _link, "written"),
    ("link outside", _link_outside, "skipped"),
    ("link to nothing", _link_nowhere, "skipped"),
    ("hard link", _hard_link, "skipped"),
    ("read-only", _read_only, "skipped"),
    ("pipe", _pipe, "skipped"),
    ("name composed", _named("caf\u00e9.mp3".encode()), "written"),
    ("name decomposed", _named("cafe\u0301.mp3".encode()), "written"),
    ("name of other bytes", _named(b"caf\xe9 \xff.mp3"), "written"),
    ("name with a newline", _named(b"two\nlines.mp3"), "written"),
    ("name of 255 bytes", _named(b"n" * 251 + b".mp3"), "written"),
    ("name like an option", _named(b"-rf"), "written"),
)


def two_processes(folder: Path, rounds: int = 5, number: int = 24, naive: int = 40) -> dict[str, dict[str, int]]:
    """Two processes tag the same folder at the same time, with different genres; every song must stay whole.

    Args:
        naive: rounds of the usual save, which ends with the first damage.
    """
    pristine = songs_in(folder / "pristine", number, 0.5)
    ours = _two_of_ours(folder, rounds, pristine)
    return {"ours": ours, "naive": _two_naive(folder / "naive", naive, pristine)}


def _two_naive(folder: Path, rounds: int, pristine: list[Path]) -> dict[str, int]:
    count = Counter[str]()
    for _ in range(rounds):
        songs = [Path(shutil.copyfile(p, _made(folder) / p.name)) for p in pristine]
        children = [_child(lambda: [_save_quietly(path) for path in songs]) for _ in range(2)]  # noqa: B023
        for child in children:
            os.waitpid(child, 0)
        count["songs"] += len(songs)
        count["damaged"] += sum(not _readable(path) for path in songs)
        if count["damaged"]:
            break
    return dict(count)


def _readable(song: Path) -> bool:
    try:
        with song.open("rb") as stream:
            container_of(stream).anatomy(stream)
    except (Damaged, Unsupported):
        return False
    return True


def _save_quietly(path: Path) -> None:
    with suppress(Exception):
        save_naive(path)


def _two_of_ours(folder: Path, rounds: int, pristine: list[Path]) -> dict[str, int]:
    count = Counter[str]()
    for n in range(rounds):
        work = folder / "work"
        shutil.rmtree(work, ignore_errors=True)
        songs = [Path(shutil.copyfile(p, _made(work) / p.name)) for p in pristine]
        children = [_tagging_child(songs, folder / f"{n}-{genre}.sqlite", genre) for genre in ("House", "Rock")]
        for child in children:
            count["crashed"] += os.waitpid(child, 0)[1] != 0
        for path, first in zip(songs, pristine, strict=True):
            count["songs"] += 1
            count["damaged"] += not _whole(path, first) or sha(path) == sha(first)
        count["copies left behind"] += sum(p.name.startswith(".") for p in work.iterdir())
        count["not undone"] += _undo_both(folder, n, songs, pristine)
    return dict(count)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _tagging_child(songs: list[Path], at: Path, genre: str) -> int:
    def tag() -> None:
        with Journal(at) as journal:
            ours = writer(journal, [songs[0].parent])
            for path in songs:
                ours.write(str(path), tags_for(str(path), genre, 110.0 if genre == "Rock" else 310.0))

    return _child(tag)


def _child(work: Callable[[], object]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        work()
        os._exit(0)
    finally:
        os._exit(1)


def _undo_both(folder: Path, n: int, songs: list[Path], pristine: list[Path]) -> int:
    """Each journal undoes what lies on top; in turns until nothing is left."""
    for _ in range(3):
        for genre in ("House", "Rock"):
            with Journal(folder / f"{n}-{genre}.sqlite") as journal:
                for _ in undo(journal):
                    pass
    return sum(sha(path) != sha(first) for path, first in zip(songs, pristine, strict=True))


def formats(folder: Path, data: Path) -> dict[str, dict[str, int]]:
    """Files of other programs: written or refused; the sound decodes to the same, undo gives every byte."""
    ours, naive = Counter[str](), Counter[str]()
    work = _made(folder / "work")
    for number, source in enumerate(sorted(p for p in data.rglob("*") if p.is_file() and p.suffix != ".csv")):
        path = Path(shutil.copyfile(source, work / f"{number}{source.suffix}"))
        before, heard = sha(path), _decoded(path)
        with Journal(folder / "journals" / f"{number}.sqlite") as journal:
            outcome = writer(journal, [work]).write(str(path), tags_for(str(path)))
            ours["files"] += 1
            ours[outcome.state] += 1
            ours["changed without being written"] += outcome.state != "written" and sha(path) != before
            ours["sound changed"] += outcome.state == "written" and _decoded(path) != heard
            for _ in undo(journal):
                pass
        ours["not undone"] += sha(path) != before
        _naive_format(path, heard, naive)
        path.unlink()
    return {"ours": dict(ours), "naive": dict(naive)}


def _naive_format(path: Path, heard: str, count: Counter[str]) -> None:
    before = sha(path)
    count["files"] += 1
    try:
        save_naive(path)
    except Exception:
        count["refused"] += 1
        count["changed though refused"] += sha(path) != before
        return
    count["written"] += sha(path) != before
    count["sound changed"] += _decoded(path) != heard


def _decoded(path: Path) -> str:
    """Digest of the decoded sound by ffmpeg; "" where there is none."""
    if shutil.which("ffmpeg") is None:
        return ""
    command = ["ffmpeg", "-v", "quiet", "-nostdin", "-i", f"file:{path}", "-map", "0:a:0", "-f", "md5", "-"]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120).stdout.strip()

"""Stage: one bit of an old tag is flipped; what was not ours to change must be there afterwards, byte for byte."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from pathlib import Path

from faultbench.songs import make_song, suffix
from faultbench.subject import save_naive, save_ours, sha
from unisono.tagging.writing.containers import flac, mp3

KINDS = ("mp3-2.3", "mp3-2.4", "flac", "mp3-2.3")
PIECE = 8  # bytes; a shorter frame may stand there by chance


def run(folder: Path, number: int = 2000) -> dict[str, dict[str, int]]:
    """Flip a bit in each of many tags and save them both ways."""
    (folder / "journals").mkdir(parents=True)
    pristine = {
        kind: make_song(folder / f"pristine{suffix(kind)}.{kind}", kind, 0.2, cover=60) for kind in dict.fromkeys(KINDS)
    }
    pieces = {kind: _foreign(path, kind) for kind, path in pristine.items()}
    chance = random.Random(3)
    ours, naive = Counter[str](), Counter[str]()
    for n in range(number):
        kind = KINDS[n % len(KINDS)]
        data = bytearray(pristine[kind].read_bytes())
        at = chance.randrange(_tag_size(pristine[kind], kind))
        data[at] ^= 1 << chance.randrange(8)
        kept = _intact(bytes(data), pieces[kind])
        path = folder / f"flipped{suffix(kind)}"
        path.write_bytes(data)
        _judge_ours(path, folder / "journals", kept, ours)
        path.write_bytes(data)
        _judge_naive(path, kept, naive)
    return {"ours": dict(ours), "naive": dict(naive)}


def baseline(folder: Path) -> int:
    """Pieces that the naive save loses of songs that are not damaged: those that cannot be held against it."""
    folder.mkdir(parents=True)
    lost = 0
    for kind in dict.fromkeys(KINDS):
        path = make_song(folder / f"song{suffix(kind)}", kind, 0.2, cover=60)
        pieces = _foreign(path, kind)
        save_naive(path)
        lost += sum(piece not in path.read_bytes() for piece in pieces)
    return lost


def _judge_ours(path: Path, journals: Path, kept: list[bytes], count: Counter[str]) -> None:
    before = sha(path)
    outcome = save_ours(path, journals)
    shutil.rmtree(journals)
    journals.mkdir()
    count["flipped"] += 1
    count[outcome.state] += 1
    data = path.read_bytes()
    count["lost something silently"] += any(piece not in data for piece in kept)
    count["changed without being written"] += outcome.state != "written" and sha(path) != before


def _judge_naive(path: Path, kept: list[bytes], count: Counter[str]) -> None:
    count["flipped"] += 1
    try:
        save_naive(path)
    except Exception:  # refusing is right, however it is done
        count["skipped"] += 1
        return
    count["written"] += 1
    data = path.read_bytes()
    count["lost something silently"] += any(piece not in data for piece in kept)


def _tag_size(path: Path, kind: str) -> int:
    with path.open("rb") as stream:
        return (flac if kind == "flac" else mp3).anatomy(stream).size


def _foreign(path: Path, kind: str) -> list[bytes]:
    """The bodies of the entries that neither way of saving has business with; text frames without their encoding."""
    with path.open("rb") as stream:
        items = (flac if kind == "flac" else mp3).anatomy(stream).items
    ours = ("TCON", "COMM::", "GENRE", "COMMENT", "MOOD", "GROUPING", "NOTE", "TXXX:note")
    bodies = (item.raw if kind == "flac" else item.raw[3:] for item in items if not item.key.startswith(ours))
    data = path.read_bytes()
    return [body for body in bodies if len(body) >= PIECE and body in data]


def _intact(data: bytes, pieces: list[bytes]) -> list[bytes]:
    """The pieces that the flip did not hit."""
    return [piece for piece in pieces if piece in data]

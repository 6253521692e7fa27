"""Stage: every write call of a tag save killed, torn, out of disk or broken, one after the other.

Run inside a Python that has the shim: `python -m faultbench.faults FOLDER KIND...`.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from faultbench import shim
from faultbench.songs import make_song, suffix
from faultbench.subject import save_naive, save_ours, sha
from unisono.tagging.writing import Journal, undo


@dataclass
class Song:
    """One song in a folder of its own, beside the bytes it had."""

    folder: Path
    path: Path
    pristine: Path
    old: str

    def fresh(self) -> None:
        """As it was, alone in its folder, without journals."""
        for left in self.folder.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        (self.folder / "journals").mkdir()
        shutil.copyfile(self.pristine, self.path)

    def ours(self) -> object:
        """Saved our way; the journal lies below the same folder, so that faults meet it too."""
        return save_ours(self.path, self.folder / "journals")

    def naive(self) -> object:
        """Saved in place."""
        return save_naive(self.path)


def song_in(folder: Path, kind: str) -> Song:
    """A song of a kind, ready to be saved again and again."""
    inside = folder / kind
    inside.mkdir(parents=True)
    pristine = make_song(folder / f"pristine-{kind}{suffix(kind)}", kind)
    return Song(inside, inside / f"song{suffix(kind)}", pristine, sha(pristine))


def run(folder: Path, kinds: list[str], most: int = 10_000) -> dict[str, object]:
    """Every fault at every write call of both ways of saving.

    Args:
        most: write calls of one save that are struck.
    """
    result: dict[str, Counter[str]] = {"ours": Counter(), "naive": Counter()}
    for kind in kinds:
        song = song_in(folder, kind)
        for way, save in (("ours", song.ours), ("naive", song.naive)):
            _strike_all(song, save, result[way], most, way == "ours")
    return {way: dict(count) for way, count in result.items()}


def _strike_all(song: Song, save: Callable[[], object], count: Counter[str], most: int, ours: bool) -> None:
    song.fresh()
    calls = shim.struck(shim.Fault(song.folder, shim.COUNT, 0), save)
    tagged = sha(song.path)
    assert tagged != song.old, "the save does nothing"
    for name, kind in shim.FAULTS.items():
        for number in range(1, min(calls, most) + 1):
            song.fresh()
            shim.struck(shim.Fault(song.folder, kind, number), save)
            now = sha(song.path)
            count["struck"] += 1
            count[f"struck {name}"] += 1
            count["as before" if now == song.old else "tagged" if now == tagged else "damaged"] += 1
            if ours:
                _recovered(song, tagged, count)


def _recovered(song: Song, tagged: str, count: Counter[str]) -> None:
    """After any fault: saving again gives the tagged song, nothing is left lying about, undo gives the old bytes."""
    song.ours()
    left = [p.name for p in song.folder.iterdir() if p.name.startswith(".unisono")]
    count["not recovered"] += sha(song.path) != tagged
    count["copies left behind"] += bool(left)
    with Journal(song.folder / "journals" / f"{song.path.name}.sqlite") as journal:
        for _ in undo(journal):
            pass
    count["not undone"] += sha(song.path) != song.old


def main() -> None:
    """Result as JSON on the last line."""
    folder, most, *kinds = sys.argv[1:]
    print(json.dumps(run(Path(folder), kinds, int(most))))


if __name__ == "__main__":
    main()

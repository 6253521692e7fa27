"""Recordings that stand more than once: how many changed copies are found, and what is put together wrongly.

Rendered tracks, and ten changed copies of half of them (ffmpeg); with UNISONO_DATA also the clips of energy-dance, of
which thirty are added once more: 8 as Ogg at quality 1, 8 a semitone higher, 7 at 1.03 times the tempo and 7 at 1.03
times the speed. No rival: counts, not times.

    [UNISONO_DATA=FOLDER] python bench/audit.py [--tracks 24] [--seconds 30] [--copies 30]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from shutil import which

import numpy as np
import soundfile

from unisono.collection import Track
from unisono.curate.recordings import recordings
from unisono.demo import GENRES, SAMPLE_RATE
from unisono.demo.arrangement import play_track
from unisono.demo.plan import plan_artists, plan_tracks

SEMITONE = 2 ** (1 / 12)
KINDS = ("ogg at quality 1", "semitone higher", "1.03 times the tempo", "1.03 times the speed")
SHORT = 20_000  # bytes of a clip that is too short to be compared


def changes(rate: int) -> dict[str, tuple[str, list[str]]]:
    """What is done to a copy: suffix, and what ffmpeg is told."""
    higher = f"asetrate={round(rate * SEMITONE)},aresample={rate},atempo={1 / SEMITONE:.6f}"
    return {
        "mp3 at 64 kb/s": (".mp3", ["-b:a", "64k"]),
        "ogg at quality 1": (".ogg", ["-c:a", "libvorbis", "-q:a", "1"]),
        "opus at 32 kb/s": (".opus", ["-c:a", "libopus", "-b:a", "32k"]),
        "noise": (".wav", ["-af", "aeval=val(0)+0.02*(random(0)-0.5):c=same"]),
        "bass raised": (".wav", ["-af", "bass=g=8"]),
        "half as loud": (".wav", ["-af", "volume=0.5"]),
        "first 5 s cut": (".wav", ["-ss", "5"]),
        "semitone higher": (".wav", ["-af", higher]),
        "1.03 times the tempo": (".wav", ["-af", "atempo=1.03"]),
        "1.03 times the speed": (".wav", ["-af", f"asetrate={round(rate * 1.03)},aresample={rate}"]),
    }


def changed(source: Path, target: Path, told: Sequence[str]) -> Path:
    """A copy as ffmpeg makes it."""
    command = ["ffmpeg", "-v", "error", "-y", "-i", str(source), *told, str(target)]
    subprocess.run(command, check=True)
    return target


def judge(title: str, sounds: Sequence[tuple[Path, int]]) -> None:
    """Print what is found among sounds, each with the number of the recording that it is."""
    tracks = [Track(str(number), path) for number, (path, _) in enumerate(sounds)]
    owners = [owner for _, owner in sounds]
    first = {owner: owners.index(owner) for owner in owners}
    group = {i: number for number, one in enumerate(recordings(tracks)) for i in one.tracks}
    copies = [i for i, owner in enumerate(owners) if first[owner] != i]
    kin = {i: [j for j in group if group[j] == group[i] and j != i and owners[j] == owners[i]] for i in group}
    found = [i for i in copies if kin.get(i)]
    wrong = {
        (min(owners[i], owners[j]), max(owners[i], owners[j]))
        for i in group
        for j in group
        if group[i] == group[j] and owners[i] != owners[j]
    }
    print(f"{title}: {len(found)} of {len(copies)} copies are with one of their own; {len(set(group.values()))} groups")
    for i in sorted(set(copies) - set(found)):
        print(f"  missed: {sounds[i][0].name}")
    for one, other in sorted(wrong):
        print(f"  put together: {sounds[first[one]][0].name} and {sounds[first[other]][0].name}")


def rendered(folder: Path, count: int, seconds: float) -> list[tuple[Path, int]]:
    """Rendered tracks, and changed copies of the first half."""
    rng = np.random.default_rng(0)
    plans = plan_tracks(count, plan_artists(max(2, count // 4), GENRES, rng), rng)
    sounds = []
    for number, plan in enumerate(plans):
        path = folder / f"{number:03}.wav"
        soundfile.write(path, play_track(plan, seconds), SAMPLE_RATE)
        sounds.append((path, number))
    for path, number in sounds[: count // 2]:
        for name, (suffix, told) in changes(SAMPLE_RATE).items():
            sounds.append((changed(path, folder / f"{path.stem} {name.replace('/', ' per ')}{suffix}", told), number))
    return sounds


def clips(folder: Path, data: Path, copies: int) -> list[tuple[Path, int]]:
    """The clips of energy-dance, and changed copies of some."""
    paths = sorted(p for p in data.rglob("*") if p.suffix.lower() in (".mp3", ".ogg", ".m4a", ".wav", ".flac"))
    sounds = [(path, number) for number, path in enumerate(paths)]
    long = [number for number, path in enumerate(paths) if path.stat().st_size > SHORT]
    told = changes(16_000)
    for place, number in enumerate(np.random.default_rng(0).permutation(long)[:copies].tolist()):
        kind = KINDS[place % len(KINDS)]
        suffix, how = told[kind]
        target = folder / f"{place:03} {kind}{suffix}"
        sounds.append((changed(paths[number], target, ["-ar", "16000", *how]), number))
    return sounds


def main() -> None:
    """Judge the rendered tracks, and the real ones where they are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tracks", type=int, default=24)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--copies", type=int, default=30, help="of real clips")
    args = parser.parse_args()
    if which("ffmpeg") is None:
        sys.exit("ffmpeg: is not installed but makes the copies")
    with tempfile.TemporaryDirectory() as folder:
        judge("rendered", rendered(Path(folder), args.tracks, args.seconds))
    if data := os.environ.get("UNISONO_DATA"):
        with tempfile.TemporaryDirectory() as folder:
            judge("energy-dance", clips(Path(folder), Path(data) / "energy-dance", args.copies))


if __name__ == "__main__":
    main()

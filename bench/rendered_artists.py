"""Renders fictitious artists in FMA's layout, so that recipes for FMA run on sound that anybody may have.

Each artist keeps instruments, key, brightness and era through all tracks, and plays one of five genres; a track's
subgenres say its era, its key and whether it is sung. Artists are parted as FMA parts them: of each genre's five,
one is in validation and one in test.

    python bench/rendered_artists.py [FOLDER] [--artists 25] [--tracks 6] [--seconds 15] [--seed 0]
    python bench/rendered_artists.py FOLDER --study artist-group-factors-study -o OUT [--seeds 3] [--levels "phase 2"]

The second form runs a study on them with a small network, since the recipe's own is made for a graphics card: 64 bands,
windows of 161 frames, a quarter of the channels, fewer epochs. Rendering 150 tracks of 15 s takes 25 s of CPU.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile

from unisono.demo import GENRES, SAMPLE_RATE
from unisono.demo.arrangement import play_track
from unisono.demo.plan import Artist, Plan, plan_artists, plan_tracks
from unisono.report import write_study_report
from unisono.study.plan import Study
from unisono.study.run import run_study

COLUMNS = (
    "album.title", "artist.id", "artist.name", "set.split", "set.subset", "track.duration", "track.genre_top",
    "track.genres", "track.genres_all", "track.language_code", "track.license", "track.listens", "track.title",
)  # fmt: skip
TOWER = (
    "conv 8 3x3 same", "batchnorm", "elu", "maxpool 2", "dropout 0.1", "conv 16 3x3 same", "elu", "maxpool 2",
    "conv 16 3x3 same", "batchnorm", "elu", "maxpool 2", "dropout 0.1", "conv 32 3x3 same", "elu", "maxpool 2",
    "conv 64 3x3 same", "elu", "conv 64 1x1", "batchnorm", "elu", "globalavgpool", "batchnorm",
)  # fmt: skip
FACTORS = ("mfcc", "chroma", "contrast", "subgenre")
SMALL = (
    "inputs.audio.n_fft=2048",
    "inputs.audio.hop_length=1024",
    "inputs.audio.n_mels=64",
    "inputs.audio.frames=161",
    "inputs.audio.excerpts=3",
    f'network.blocks=[{{layers=["conv 4 5x5 pad 2","maxpool 2x1","elu"]}},{{layers={json.dumps(TOWER)}}}]',
    "network.head.hidden=[64]",
    *(f"tasks.{name}.target.codebook=256" for name in FACTORS[:3]),
    *(f"tasks.{name}.target.topics=10" for name in FACTORS),
    f"tasks.subgenre.target.exclude={json.dumps([genre.name for genre in GENRES])}",
    "balancing.learning_rate=0.005",
    "training.epochs=20",
    "training.batch_size=16",
    "training.learning_rate=0.001",
    "training.threads=1",
)
PARTS = ("training", "training", "training", "validation", "test")  # of each genre's artists, in turn


def subgenres(plan: Plan) -> list[str]:
    """What a listener would call a track beside its genre."""
    name = plan.artist.genre.name
    era = "old" if plan.year < 2005 else "new"
    return [
        f"{era} {name}",
        f"{'bright' if plan.major else 'dark'} {name}",
        f"{'sung' if plan.lyrics else 'dub'} {name}",
    ]


def all_plans(artists: Sequence[Artist], tracks: int, rng: np.random.Generator) -> list[Plan]:
    """So many tracks of each artist."""
    return [plan for artist in artists for plan in plan_tracks(tracks, [artist], rng)]


def row_of(number: int, plan: Plan, artists: Sequence[Artist], ids: dict[str, int]) -> list[str]:
    """A track's line of tracks.csv."""
    at = [artist.name for artist in artists].index(plan.artist.name)
    own = [ids[name] for name in subgenres(plan)]
    cells = (
        "", at, plan.artist.name, PARTS[at // len(GENRES) % len(PARTS)], ("small", "medium")[number % 2], 15,
        plan.artist.genre.name, own, [*own, ids[plan.artist.genre.name]], "en", "rendered", 0, plan.title,
    )  # fmt: skip
    return [str(number), *map(str, cells)]


def write(path: Path, rows: Sequence[Sequence[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)


def render(folder: Path, artists: int, tracks: int, seconds: float, seed: int) -> int:
    """Write tables and sounds, and give the number of tracks."""
    rng = np.random.default_rng(seed)
    cast = plan_artists(artists, GENRES, rng)
    plans = all_plans(cast, tracks, rng)
    names = [genre.name for genre in GENRES] + sorted({name for plan in plans for name in subgenres(plan)})
    ids = {name: number for number, name in enumerate(names, 1)}
    tree = [[n, 0, 0 if name in names[:5] else ids[name.split(" ", 1)[1]], name, 0] for name, n in ids.items()]
    write(folder / "fma_metadata/genres.csv", [["genre_id", "#tracks", "parent", "title", "top_level"], *tree])
    first, second = zip(*(name.split(".") for name in COLUMNS), strict=True)
    head = [["", *first], ["", *second], ["track_id", *[""] * len(first)]]
    rows = [row_of(number, plan, cast, ids) for number, plan in enumerate(plans, 1)]
    write(folder / "fma_metadata/tracks.csv", [*head, *rows])
    for number, plan in enumerate(plans, 1):
        path = folder / f"fma_small/{number // 1000:03}/{number:06}.mp3"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, play_track(plan, seconds), SAMPLE_RATE, format="MP3")
    return len(plans)


def study(folder: Path, args: argparse.Namespace) -> None:
    """Run a study of the recipe on rendered artists, or go on with it."""
    name, out = args.study, args.output
    changes = [*SMALL, f"collection.root={folder}", f"study.seeds={args.seeds}"]
    if args.levels:
        rows = [c.levels for n, c in Study.load(name).configurations.items() if n not in args.levels]
        changes.append(
            "study.exclude=" + ("[" + ", ".join(f'{{{k} = "{v}"}}' for r in rows for k, v in r.items()) + "]")
        )
    if name == "artist-group-factors-study":
        changes.append('split={protocol="grouped", test=0.2, validation=0.2}')  # other artists in test with every seed
    run = run_study(Study.load(name, changes), out, out.exists(), args.jobs)
    for note in (*run.summary["notes"], *run.failures, *(row["sentence"] for row in run.summary["comparisons"])):
        print(note)
    print(f"report: {write_study_report(out)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, help="default: short tracks in a folder that is not kept")
    parser.add_argument("--artists", type=int, default=25)
    parser.add_argument("--tracks", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--study", metavar="RECIPE")
    parser.add_argument("--output", "-o", type=Path, default=Path("study"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--levels", nargs="+", help="only these levels of the study")
    parser.add_argument("--jobs", "-j", type=int, default=1)
    args = parser.parse_args()
    if args.study and args.folder is None:
        parser.error("--study needs the folder of the tracks")
    if args.study:
        study(args.folder.resolve(), args)
        return
    with tempfile.TemporaryDirectory() as passing:
        seconds = args.seconds if args.folder else min(args.seconds, 4.0)
        made = render(args.folder or Path(passing), args.artists, args.tracks, seconds, args.seed)
    print(f"{made} tracks of {seconds:g} s by {args.artists} artists: {args.folder or 'not kept'}")


if __name__ == "__main__":
    main()

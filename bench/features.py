"""`unisono features` from 100 to 10,000 tracks: CPU time a track as a ratio, and memory of all its processes.

    python bench/features.py [--sizes 100 300 1000 3000 10000] [--seconds 10] [--hours 0] [--mp3] [--figure FILE.png]

Every size is the first n of the same rendered WAV files, heard by the command itself into an empty cache, then once
more with everything in the cache. The start (importing, starting processes) is measured with two tracks and taken off,
so that a ratio of 1 means: the ten-thousandth track costs what the first cost. Small sizes are measured more often, up
to fifteen times, in rounds in which all sizes take turns and each round has a start of its own, since the machine's
speed drifts; medians count, and +- is the standard error of the median. Files of ten seconds, so that the start is not
most of what 100 tracks cost. Memory is the largest sum over the command and its workers (RSS, shared pages counted in
each). `--hours 10` also hears one file that long, in an excerpt and as a whole; with `--mp3` it is an MP3 (ffmpeg).
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

RATE = 22_050
START = 2
ROUNDS = 15
REPEATED = 10_000  # tracks in all runs of a size, at most
PROGRAM = "from unisono.cli._app import main; main()"
EXPERIMENT = """[collection]
table = "tracks.csv"
audio = "path"
[inputs.audio]
kind = "mel"
duration = {duration}
[tasks.genre]
kind = "multiclass"
[network]
encoder = "conv2d"
"""


@dataclass(frozen=True)
class Cost:
    """What one run of the command took."""

    tracks: int
    cpu: float
    wall: float
    memory: int


Pair = tuple[Cost, Cost]  # into an empty cache, and found there


def main() -> None:
    """Print a row a size; draw them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="*", default=[100, 300, 1000, 3000, 10_000])
    parser.add_argument("--seconds", type=float, default=10.0, help="of sound in each file")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--hours", type=float, default=0, help="also hear one file that long")
    parser.add_argument("--mp3", action="store_true", help="the long file is an MP3")
    parser.add_argument("--figure", type=Path, help="draw the costs, and write them as .csv beside it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.hours:
            _long(folder, options.hours, options.mp3)
        rows = _sizes(folder, options) if options.sizes else []
    if options.figure and rows:
        _draw(rows, options.figure)


def _sizes(folder: Path, options: argparse.Namespace) -> list[dict[str, float]]:
    _render(folder, max(options.sizes), options.seconds)
    (folder / "mine.toml").write_text(EXPERIMENT.format(duration=options.seconds))
    starts, measured = _rounds(folder, options.sizes, options.workers)
    first, again = (statistics.median(pair[n].cpu for pair in starts) for n in (0, 1))
    print(f"start: {first:.2f} s of CPU, {again:.2f} s with everything in the cache; medians of {len(starts)}")
    heads = ("tracks", "runs", "ms", "ms a track", "+-", "ratio", "in cache", "+-", "wall s", "memory MB")
    print("{:>7} {:>4} {:>7} {:>11} {:>5} {:>6} {:>9} {:>5} {:>7} {:>10}".format(*heads))
    rows = list[dict[str, float]]()
    for size in options.sizes:
        row = _row(size, measured[size])
        rows.append(row)
        print(
            f"{size:7} {row['runs']:4} {row['ms_with_start']:7.2f} {row['ms']:11.2f} {row['ms_error']:5.2f} "
            f"{row['ms'] / rows[0]['ms']:6.2f} {row['ms_in_cache']:9.2f} {row['ms_in_cache_error']:5.2f} "
            f"{row['wall']:7.1f} {row['memory_mb']:10.0f}",
            flush=True,
        )
    return rows


def _rounds(folder: Path, sizes: list[int], workers: int) -> tuple[list[Pair], dict[int, list[tuple[Pair, Pair]]]]:
    """What starts cost, and each size with the start of its round."""
    starts, measured = list[Pair](), {size: list[tuple[Pair, Pair]]() for size in sizes}
    for done in range(ROUNDS):
        start = _pair(folder, START, workers)
        starts.append(start)
        for size in sizes:
            if done < max(1, REPEATED // size):
                measured[size].append((_pair(folder, size, workers), start))
    return starts, measured


def _row(size: int, runs: list[tuple[Pair, Pair]]) -> dict[str, float]:
    each = [[1000 * (run[n].cpu - start[n].cpu) / (size - START) for run, start in runs] for n in (0, 1)]
    row = {"tracks": size, "runs": len(runs), "ms": statistics.median(each[0]), "ms_error": _error(each[0])}
    row |= {"ms_in_cache": statistics.median(each[1]), "ms_in_cache_error": _error(each[1])}
    row |= {"ms_with_start": statistics.median(1000 * run[0].cpu / size for run, _ in runs)}
    most = max(cost.memory for pair, _ in runs for cost in pair)
    return row | {"wall": statistics.median(run[0].wall for run, _ in runs), "memory_mb": most / 1e6}


def _error(values: list[float]) -> float:
    """Standard error of a median, from the median deviation; nothing is known of one value."""
    middle = statistics.median(values)
    deviation = 1.4826 * statistics.median(abs(value - middle) for value in values)
    return 1.2533 * deviation / len(values) ** 0.5 if len(values) > 1 else float("nan")


def _pair(folder: Path, size: int, workers: int) -> Pair:
    """What an empty cache costs, and then the full one."""
    with (folder / "tracks.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([("path", "genre"), *((f"{n}.wav", "ab"[n % 2]) for n in range(size))])
    with tempfile.TemporaryDirectory(dir=folder) as cache:
        first, again = (_run(folder, Path(cache), workers) for _ in range(2))
    if (first[0]["computed"], again[0]["found"]) != (size, size):
        raise SystemExit(f"{size} tracks: {first[0]} {again[0]}")
    return first[1], again[1]


def _run(folder: Path, cache: Path, workers: int, *more: str) -> tuple[dict[str, float], Cost]:
    """The command's summary and what it took, its workers included."""
    command = [
        sys.executable,
        "-c",
        PROGRAM,
        "features",
        str(folder / "mine.toml"),
        "-j",
        str(workers),
        "--json",
        *more,
    ]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"UNISONO_CACHE": str(cache), "OMP_NUM_THREADS": "1"},
        start_new_session=True,
    )
    most, ended = [0], threading.Event()
    watch = threading.Thread(target=_watch, args=(process.pid, most, ended))
    watch.start()
    before = os.times()
    out = process.communicate()[0]  # the command waits for its workers, so that their CPU time is in its own
    after = os.times()
    ended.set()
    watch.join()
    told = json.loads(out)
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return told, Cost(int(told["tracks"]), cpu, after.elapsed - before.elapsed, most[0])


def _watch(session: int, most: list[int], ended: threading.Event) -> None:
    while not ended.wait(0.1):
        most[0] = max(most[0], sum(map(_resident, _processes(session))))


def _processes(session: int) -> list[Path]:
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            fields = (path / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session:
            found.append(path)
    return found


def _resident(process: Path) -> int:
    try:
        return int((process / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def _render(folder: Path, number: int, seconds: float) -> None:
    random, time = np.random.default_rng(5), np.arange(int(seconds * RATE)) / RATE
    for n in range(number):
        tone = 0.4 * np.sin(2 * np.pi * random.uniform(80, 4000) * time)
        soundfile.write(folder / f"{n}.wav", tone + 0.01 * random.random(time.size), RATE)


def _long(folder: Path, hours: float, mp3: bool) -> None:
    """One long file: an excerpt of it, then all of it as one excerpt."""
    random = np.random.default_rng(6)
    with soundfile.SoundFile(folder / "0.wav", "w", RATE // 2, 1) as file:
        for _ in range(6 if mp3 else round(hours * 360)):
            file.write(0.3 * random.standard_normal(10 * RATE // 2).clip(-3, 3))
    name = "0.mp3" if mp3 else "0.wav"
    if mp3:  # a minute, again and again
        quiet, loop = ["ffmpeg", "-v", "error", "-y"], str(folder / "loop.mp3")
        subprocess.run([*quiet, "-i", str(folder / "0.wav"), "-b:a", "32k", loop], check=True)
        again = ["-stream_loop", str(round(hours * 60) - 1), "-i", loop, "-c", "copy"]
        subprocess.run([*quiet, *again, str(folder / name)], check=True)
    (folder / "tracks.csv").write_text(f"path,genre\n{name},a\n")
    for duration in (30, 0):
        (folder / "mine.toml").write_text(EXPERIMENT.format(duration=duration))
        with tempfile.TemporaryDirectory(dir=folder) as cache:
            limit = f"inputs.audio.max_seconds={hours * 3600 + 60:.0f}"
            told, cost = _run(folder, Path(cache), 1, "--set", limit, "--time-limit", "3600")
        heard = "30 s" if duration else "all"
        print(
            f"{hours:g} h, {heard} of it: {told['computed']} computed, {cost.cpu:.1f} s of CPU, "
            f"{cost.memory / 1e6:.0f} MB",
            flush=True,
        )


def _draw(rows: list[dict[str, float]], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    with path.with_suffix(".csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({k: round(v, 3) for k, v in row.items()} for row in rows)
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    sizes = [row["tracks"] for row in rows]
    for key, label in (("ms_with_start", "all"), ("ms", "without the start"), ("ms_in_cache", "found in the cache")):
        left.plot(sizes, [row[key] for row in rows], "o-", label=label)
    left.set(xscale="log", ylim=(0, None), xlabel="tracks", ylabel="CPU time a track, ms")
    left.legend(frameon=False)
    right.plot(sizes, [row["memory_mb"] for row in rows], "o-", color="C2")
    right.axhline(1500, color="0.6", linestyle=":")
    right.set(xscale="log", ylim=(0, 1600), xlabel="tracks", ylabel="memory of all processes, MB")
    figure.savefig(path, dpi=120)


if __name__ == "__main__":
    main()

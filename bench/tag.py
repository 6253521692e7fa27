"""`tag` end to end against decoding the same MP3 files once, and against librosa with plain PyTorch.

    python bench/tag.py [--files 96] [--seconds 180] [--repeats 3]

The files are made (44.1 kHz, stereo, 192 kb/s; 8 differ, the others are copies: tagging caches nothing). The model
hears all of each in excerpts of 30 s through five layers as wide as those of Choi et al. (2017), after one epoch of
training. Everything runs in a process of its own, as it comes: training would leave its allocator's settings behind,
which save librosa and plain decoding many page faults. Processor time of `tag` counts all its processes, starting them
too; that of decoding each file once and of librosa with PyTorch is of their loops alone, without any import. *Memory
kept* is decoding with an allocator that is told to keep what is freed. Rounds alternate, the median ratio is printed.
Then the time on the clock with one processor and one reading process, and with two of each: the network runs beside
the readers, so what is bounded are processors.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse  # noqa: E402
import shutil  # noqa: E402
import statistics  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
import warnings  # noqa: E402
from collections.abc import Callable  # noqa: E402
from concurrent.futures import ProcessPoolExecutor  # noqa: E402
from multiprocessing import get_context  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import av  # noqa: E402
import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

from unisono import Experiment, open_model, train  # noqa: E402
from unisono.inputs.hearing import decode  # noqa: E402
from unisono.training.memory import keep_memory  # noqa: E402

FEWEST = 6  # files: three of each label
RATE = 44_100
BUDGET, RIVAL_BUDGET, SCALING_BUDGET = 1.35, 3.0, 1.85
DIFFERENT, EXCERPT = 8, 30.0
HEARD = {"sample_rate": 12_000, "n_fft": 512, "hop_length": 256, "n_mels": 96, "duration": EXCERPT}
POOLS = ((2, 4), (3, 4), (2, 5), (2, 4), (4, 4))


def sounds(folder: Path, count: int, seconds: float) -> list[Path]:
    """MP3 files: chords with drums of noise; DIFFERENT of them differ, the others are their copies."""
    paths = []
    for i in range(count):
        path = folder / f"{i:03}.mp3"
        paths.append(path)
        if i >= DIFFERENT:
            shutil.copyfile(paths[i % DIFFERENT], path)
            continue
        rng = np.random.default_rng(i)
        t = np.arange(int(seconds * RATE)) / RATE
        tone = sum(np.sin(2 * np.pi * f * t) for f in rng.uniform(80, 4000, 6)) / 12
        beat = rng.standard_normal(len(t)) * np.exp(-8 * (t * rng.uniform(1.5, 3) % 1)) * 0.2
        stereo = np.stack([tone + beat, tone - beat]).astype(np.float32)
        _write(path, stereo)
    return paths


def _write(path: Path, sound: NDArray[np.float32]) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libmp3lame", rate=RATE, layout="stereo")
        stream.bit_rate = 192_000
        for start in range(0, sound.shape[1], 1152):
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(sound[:, start : start + 1152]), format="fltp", layout="stereo"
            )
            frame.sample_rate = RATE
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def trained(folder: Path, paths: list[Path], seconds: float) -> Path:
    """A model folder; what it answers does not matter here."""
    lines = ["file,genre,energy"] + [f"{p.name},{'ab'[i % 2]},{i % 7 / 7:.3f}" for i, p in enumerate(paths)]
    (folder / "tracks.csv").write_text("\n".join(lines) + "\n")
    blocks = [["conv 32 3x3 same", "batchnorm", "elu", f"maxpool {a}x{b}"] for a, b in POOLS]
    blocks[-1].append("globalavgpool")
    tables: dict[str, Any] = {
        "collection": {"table": "tracks.csv", "id": "file", "audio": "file"},
        "split": {"protocol": "random"},
        "inputs": {"audio": {"kind": "mel", **HEARD, "excerpts": max(1, round(seconds / EXCERPT))}},
        "tasks": {"genre": {"kind": "multiclass"}, "energy": {"kind": "regression", "range": [0, 1]}},
        "network": {"encoder": "conv2d", "blocks": [{"layers": layers} for layers in blocks]},
        "training": {"epochs": 1, "batch_size": 8, "threads": 1},
    }
    return train(Experiment.of(tables, base=folder), folder / "run").model


def plain(paths: list[Path]) -> None:
    """What one would write first: librosa, then PyTorch in eager mode, file by file."""
    import librosa
    import torch
    from torch import nn

    torch.set_num_threads(1)
    blocks: list[nn.Module] = []
    for i, pool in enumerate(POOLS):
        blocks += [nn.Conv2d(32 if i else 1, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ELU(), nn.MaxPool2d(pool)]
    network = nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 3)).eval()
    with torch.inference_mode():
        for path in paths:
            sound, rate = librosa.load(path, sr=HEARD["sample_rate"])
            excerpts = librosa.util.frame(
                sound, frame_length=int(EXCERPT * rate), hop_length=int(EXCERPT * rate), axis=0
            )
            mels = librosa.feature.melspectrogram(y=excerpts, sr=rate, n_fft=512, hop_length=256, n_mels=96)
            network(torch.from_numpy(np.log10(1 + 10_000 * mels))[:, None])


def alone(work: Callable[..., Any], *given: Any) -> Any:
    """What a function returns in a fresh process."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *given).result()


def cpu(work: Callable[..., Any], *given: Any) -> float:
    """Seconds of processor time of this process and of those that it waited for."""
    began = os.times()
    work(*given)
    ended = os.times()
    return sum(ended[:4]) - sum(began[:4])


def cpu_of_decoding(paths: list[Path], kept: bool = False) -> float:
    """Seconds to decode each file once, its samples as one array."""
    decode(paths[0])
    if kept:
        assert keep_memory()
    return cpu(lambda: [decode(path) for path in paths])


def cpu_of_plain(paths: list[Path]) -> float:
    """Seconds of librosa and PyTorch, after everything is loaded."""
    warnings.filterwarnings("ignore", module="(librosa|__main__)")
    plain(paths[:2])
    return cpu(plain, paths)


def cpu_of_tagging(model: Path, paths: list[Path]) -> float:
    """Seconds of `tag` with one reading process."""
    return cpu(_all_tagged, open_model(model), paths, 1)


def wall(work: Callable[[], Any]) -> float:
    """Seconds on the clock."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def bounded(processors: int, work: Callable[[], None]) -> Callable[[], None]:
    """The same work by so many of this machine's processors; what it starts is bounded, too."""
    allowed = os.sched_getaffinity(0)

    def done() -> None:
        os.sched_setaffinity(0, sorted(allowed)[:processors])
        try:
            work()
        finally:
            os.sched_setaffinity(0, allowed)

    return done


def tell(name: str, ratios: list[float], budget: str, met: Callable[[float], bool]) -> None:
    """A line a comparison."""
    middle = statistics.median(ratios)
    shown = " ".join(f"{r:.2f}" for r in ratios)
    print(f"{name:52} {middle:5.2f}x ({shown}); budget {budget}{'' if met(middle) else ', MISSED'}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=96, help="6 at least, three of each label")
    parser.add_argument("--seconds", type=float, default=180.0)
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    if given.files < FEWEST:
        parser.error(f"--files is {given.files} but {FEWEST} are needed for a model to learn from")
    if given.seconds < EXCERPT:
        parser.error(f"--seconds is {given.seconds:g} but files must hold an excerpt of {EXCERPT:g}")
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["UNISONO_CACHE"] = str(Path(temporary) / "cache")
        paths = sounds(Path(temporary), given.files, given.seconds)
        model = alone(trained, Path(temporary), paths[:16], given.seconds)
        few = paths[: max(8, len(paths) // 4)]
        share = len(paths) / len(few)
        rounds = [
            (
                alone(cpu_of_decoding, paths),
                alone(cpu_of_decoding, paths, True),
                alone(cpu_of_tagging, model, paths),
                share * alone(cpu_of_plain, few),
            )
            for _ in range(given.repeats)
        ]
        for name, column in (("decode", 0), ("decode, memory kept", 1), ("tag", 2), ("librosa + PyTorch", 3)):
            print(f"{name:20} {statistics.median(r[column] for r in rounds) / len(paths) * 1e3:6.0f} ms a file")
        tell("tag / decode, processor time", [t / d for d, _, t, _ in rounds], "1.35x", lambda r: r <= BUDGET)
        tell("tag / decode with memory kept", [t / k for _, k, t, _ in rounds], "1.35x", lambda r: r <= BUDGET)
        tell(
            "librosa + PyTorch / tag, processor time", [p / t for *_, t, p in rounds], "3x", lambda r: r >= RIVAL_BUDGET
        )
        tagger = open_model(model)

        def tagged(workers: int) -> Callable[[], None]:
            return lambda: _all_tagged(tagger, paths, workers)

        walls = [(wall(bounded(1, tagged(1))), wall(bounded(2, tagged(2)))) for _ in range(given.repeats)]
        tell(
            "one processor / two, time on the clock", [a / b for a, b in walls], "1.85x", lambda r: r >= SCALING_BUDGET
        )


def _all_tagged(tagger: Any, paths: list[Path], workers: int) -> None:
    done = tagger.tag(paths, workers=workers)
    assert len(done.tracks) == len(paths), done.skipped


if __name__ == "__main__":
    main()

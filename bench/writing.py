"""What a safe write costs against a plain mutagen save, and 10,000 files tagged, stopped, resumed, and undone.

    python bench/writing.py [--files 10000] [--songs 40] [--seconds 240]

A safe write copies the song, checks the copy against the original, waits for the disk and keeps a journal; a
plain save changes the file in place and waits for nothing. Both are timed on the same songs in turns.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(Path(__file__).parents[1]))  # the songs of the fault bench

from faultbench.songs import make_song, suffix
from faultbench.subject import save_naive, sha, tags_for, writer

from unisono.model import write_model
from unisono.tagging.writing import Journal

KINDS = ("mp3-2.3", "flac", "m4a", "wav")
SMALL = ("mp3-2.3", "mp3-2.4", "flac", "ogg", "m4a", "wav", "aiff", "opus")


def cost(folder: Path, songs: int, seconds: float) -> None:
    """Milliseconds a song, ours and the plain save, by container; how much of ours is work and not waiting."""
    print(f"\none write, {songs} songs of {seconds:g} s each, median [ms]\n")
    print("| container | MB | plain save | safe write | of it processor | times |\n|---|---|---|---|---|---|")
    for kind in KINDS:
        pristine = make_song(folder / f"pristine{suffix(kind)}", kind, seconds)
        ours, plain, work = list[float](), list[float](), list[float]()
        with Journal(folder / f"{kind}.sqlite") as journal:
            ready = writer(journal, [folder])
            for number in range(songs):
                for times, name in ((ours, "ours"), (plain, "plain")):
                    path = Path(shutil.copyfile(pristine, folder / f"{number}-{name}{suffix(kind)}"))
                    began, worked = time.perf_counter(), time.process_time()
                    if name == "ours":
                        assert ready.write(str(path), tags_for(str(path))).state == "written"
                        work.append(1000 * (time.process_time() - worked))
                    else:
                        save_naive(path)
                    times.append(1000 * (time.perf_counter() - began))
                    path.unlink()
        safe, fast, size = statistics.median(ours), statistics.median(plain), pristine.stat().st_size / 1e6
        print(f"| {kind} | {size:.1f} | {fast:.1f} | {safe:.1f} | {statistics.median(work):.1f} | {safe / fast:.0f} |")


def at_scale(folder: Path, files: int) -> None:
    """The command itself on many files: stopped in the middle, resumed, run again, undone."""
    music, model = folder / "music", folder / "model"
    _model(model)
    first = [make_song(folder / f"first-{kind}{suffix(kind)}", kind, 0.3) for kind in SMALL]
    for number in range(files):
        source = first[number % len(first)]
        place = music / f"{number // 500:03d}"
        place.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, place / f"{number:05d}{source.suffix}")
    (music / "000" / "00000.mp3").write_bytes(b"ID3 no song")
    some = [path for path in sorted(music.rglob("*.*")) if path.stem.endswith("7")]
    before = {path: sha(path) for path in some}
    command = ["tag", str(model), str(music), "--write", "--profile", "rekordbox"]
    print(f"{files:,} files\n")
    took, _ = _run(command, folder, stop_after=max(5.0, files / 800))
    print(f"stopped with Ctrl-C after {took:.0f} s")
    took, told = _run([*command, "--resume"], folder)
    print(f"resumed: {took:.0f} s, {told}")
    took, told = _run([*command, "--resume"], folder)
    print(f"resumed again: {took:.0f} s, {told}")
    took, told = _run(["undo"], folder)
    equal = sum(sha(path) == digest for path, digest in before.items())
    print(f"undone: {took:.0f} s, {told}; {equal:,} of {len(before):,} looked at have their old bytes")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"peak memory of the largest process: {peak:.0f} MB")


def _run(arguments: list[str], folder: Path, stop_after: float | None = None) -> tuple[float, str]:
    environment = {**os.environ, "UNISONO_JOURNALS": str(folder / "journals")}
    program = [sys.executable, "-c", "from unisono.cli import main; main()", *arguments]
    began = time.monotonic()
    run = subprocess.Popen(program, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        out, _ = run.communicate(timeout=stop_after)
    except subprocess.TimeoutExpired:
        run.send_signal(signal.SIGINT)
        out, _ = run.communicate()
    return time.monotonic() - began, (out.strip().splitlines() or [""])[-1]


def _model(folder: Path) -> None:
    """A model made by hand: the lower bands of one second of sound against the upper ones."""
    bands = 8
    weights = np.zeros((bands, 2), np.float32)
    weights[:4, 0], weights[4:, 1] = 1, 1
    nodes = [
        helper.make_node("ReduceMean", ["audio.mel"], ["means"], axes=[2], keepdims=0),
        helper.make_node("MatMul", ["means", "weights"], ["representation"]),
        helper.make_node("Identity", ["representation"], ["mood"]),
    ]
    graph = helper.make_graph(
        nodes,
        "bands",
        [helper.make_tensor_value_info("audio.mel", TensorProto.FLOAT, ["n", bands, "frames"])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 2]) for name in ("mood", "representation")],
        [numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    mel = {"kind": "mel", "sample_rate": 8000, "n_fft": 256, "hop_length": 256, "n_mels": bands, "duration": 1.0}
    facts = {
        "tasks": {"mood": {"kind": "multiclass", "labels": ["dark", "bright"]}},
        "inputs": {"audio": {**mel, "min_duration": 0.2}},
        "scores": {},
        "signature": "made by hand",
    }
    write_model(folder, bytes(model.SerializeToString()), b"none", facts)


def main() -> None:
    """Both parts, in a folder that is removed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--songs", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=240.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="writing-") as folder:
        if given.files:
            at_scale(Path(folder), given.files)  # first: a process begins with the memory of the one that starts it
        cost(Path(folder), given.songs, given.seconds)


if __name__ == "__main__":
    main()

"""Decoding against the usual ways, and what the whole front end costs beside it: CPU time in one run.

    python bench/decode.py [--seconds 60] [--repeats 5]

A made sound is encoded by FFmpeg (MP3, AAC) and libsndfile (FLAC, WAV). Ours and each rival take turns; the ratio is of
each pair and the median is printed. Rivals: PyAV frame by frame with `.mean`, librosa.load. Then: a part of 29 s
against the whole file, and `Mel.read` (decode, downmix, resample, mel) against decoding alone. Then what follows
decoding by itself: both channels to one against `.mean` over interleaved samples, and 44.1 to 12 kHz by soxr HQ
against `scipy.signal.resample_poly`.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse  # noqa: E402
import statistics  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
import warnings  # noqa: E402
from collections.abc import Callable  # noqa: E402
from pathlib import Path  # noqa: E402
from types import SimpleNamespace  # noqa: E402
from typing import Any  # noqa: E402

import av  # noqa: E402
import librosa  # noqa: E402
import numpy as np  # noqa: E402
import soundfile  # noqa: E402
from numpy.typing import NDArray  # noqa: E402
from scipy.signal import resample_poly  # noqa: E402

from unisono.inputs.hearing import Part, decode, resample  # noqa: E402
from unisono.inputs.hearing.resampling import mono  # noqa: E402
from unisono.inputs.mel import Mel  # noqa: E402

Array = NDArray[np.float32]
RATE = 44_100
ENCODERS = {".mp3": "libmp3lame", ".m4a": "aac"}


def main() -> None:
    """Print a row a comparison."""
    warnings.filterwarnings("ignore", module="(librosa|__main__)")  # librosa says that it falls back to audioread
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0, help="of sound in each file")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = [_written(Path(folder) / f"song{s}", options.seconds) for s in (".mp3", ".m4a", ".flac", ".wav")]
        print(f"{'file':6} {'comparison':44} {'first ms':>9} {'ours ms':>8} {'ratio':>6}")
        for path in paths:
            _compare(path, options.seconds, options.repeats)
        _after_decoding(options.seconds, options.repeats)


def _after_decoding(seconds: float, repeats: int) -> None:
    stereo = _stereo(seconds)
    one = mono(stereo.T)
    low = 12_000
    rows = [
        ("samples.mean(axis=1) / mono", lambda: stereo.mean(axis=1), lambda: mono(stereo.T)),
        (
            "resample_poly / resample to 12 kHz",
            lambda: resample_poly(one, 40, 147),
            lambda: resample(one, RATE, low),
        ),
    ]
    for name, theirs, ours in rows:
        _row(Path("-"), name, theirs, ours, repeats)


def _compare(path: Path, seconds: float, repeats: int) -> None:
    track, ear = SimpleNamespace(id="song", audio=path, lyrics=None, values={}), Mel(duration=seconds)
    part = Part(seconds / 2, min(29.0, seconds / 4))

    def ours() -> Any:
        return decode(path)

    def heard() -> Any:
        return ear.read(track)

    _row(path, "PyAV frame by frame / decode", lambda: _frame_by_frame(path), ours, repeats)
    _row(path, "librosa.load / decode", lambda: librosa.load(path, sr=None), ours, repeats)
    _row(path, f"decode / {part.duration:g} s from the middle", ours, lambda: decode(path, part), repeats)
    _row(path, "Mel.read (resampling, mel) / decode", heard, ours, repeats)
    _row(path, "librosa load, resample, mel / Mel.read", lambda: _librosa_mel(path), heard, repeats)


def _row(path: Path, name: str, first: Callable[[], Any], second: Callable[[], Any], repeats: int) -> None:
    first(), second()
    pairs = [(_cpu(first), _cpu(second)) for _ in range(repeats)]
    ratio = statistics.median(a / b for a, b in pairs)
    a, b = (1000 * statistics.median(times) for times in zip(*pairs, strict=True))
    print(f"{path.suffix:6} {name:44} {a:9.1f} {b:8.1f} {ratio:5.2f}x")


def _frame_by_frame(path: Path) -> Array:
    with av.open(str(path)) as container:
        blocks = [frame.to_ndarray() for frame in container.decode(audio=0)]
        channels = container.streams.audio[0].codec_context.channels
    return np.concatenate([b.reshape(-1, channels).mean(axis=1) if len(b) == 1 else b.mean(axis=0) for b in blocks])


def _librosa_mel(path: Path) -> Array:
    waveform, rate = librosa.load(path, sr=22_050)
    return np.asarray(librosa.feature.melspectrogram(y=waveform, sr=rate, n_fft=2048, hop_length=1024, n_mels=96))


def _cpu(work: Callable[[], Any]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _written(path: Path, seconds: float) -> Path:
    samples = _stereo(seconds)
    if path.suffix not in ENCODERS:
        soundfile.write(path, samples, RATE)
        return path
    with av.open(str(path), "w") as container:
        stream = container.add_stream(ENCODERS[path.suffix], rate=RATE, layout="stereo")
        stream.bit_rate = 192_000
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T), "fltp", "stereo")
        frame.sample_rate = RATE
        resampler = av.AudioResampler(stream.format, "stereo", RATE, stream.codec_context.frame_size)
        for piece in [*resampler.resample(frame), *resampler.resample(None), None]:
            container.mux(stream.encode(piece))
    return path


def _stereo(seconds: float) -> Array:
    instants = np.arange(round(seconds * RATE)) / RATE
    noise = np.random.default_rng(0).standard_normal((len(instants), 2)) * 0.02
    tones = np.stack([np.sin(2 * np.pi * f * instants) for f in (220.0, 331.0)], axis=1)
    return (0.4 * tones + noise).astype(np.float32)


if __name__ == "__main__":
    main()

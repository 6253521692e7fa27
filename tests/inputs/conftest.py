"""Made sounds for the tests of inputs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

Waveform = NDArray[np.float32]


@pytest.fixture(scope="session")
def music() -> Callable[..., Waveform]:
    """A made stereo sound that differs everywhere: three gliding tones and a little noise, (samples, 2)."""

    def made(seconds: float, sample_rate: int = 44_100, seed: int = 0) -> Waveform:
        time = np.arange(round(seconds * sample_rate)) / sample_rate
        noise = np.random.default_rng(seed).standard_normal((len(time), 2)) * 0.01
        glides = [np.sin(2 * np.pi * (f * time + 15 * f / 100 * time**2)) for f in (110, 330, 990)]
        left, right = 0.3 * glides[0] + 0.2 * glides[1], 0.3 * glides[1] + 0.1 * glides[2]
        return (np.stack([left, right], axis=1) + noise).astype(np.float32)

    return made


@pytest.fixture(scope="session")
def write_sound() -> Callable[..., Path]:
    """Write samples (samples, channels) in the format of the path's suffix."""

    def written(path: Path, samples: Waveform, sample_rate: int = 44_100, **settings: str) -> Path:
        if path.suffix in (".wav", ".flac", ".aiff", ".ogg"):
            soundfile.write(path, samples, sample_rate, **settings)
            return path
        codec, layout = settings.pop("codec", _CODECS[path.suffix]), "mono" if samples.ndim == 1 else "stereo"
        with av.open(str(path), "w", options=settings) as container:
            stream = container.add_stream(codec, rate=sample_rate, layout=layout)
            stream.bit_rate = 128_000
            if codec == "aac":
                stream.options = {"aac_pns": "0"}  # else decoders draw random noise, another one from every start
            planar = np.ascontiguousarray(np.atleast_2d(samples.T), np.float32)
            resampler = av.AudioResampler(stream.format, layout, sample_rate, stream.codec_context.frame_size or 1024)
            frame = av.AudioFrame.from_ndarray(planar, "fltp", layout)
            frame.sample_rate = sample_rate
            for piece in [*resampler.resample(frame), *resampler.resample(None), None]:
                container.mux(stream.encode(piece))
        return path

    return written


_CODECS = {
    ".mp3": "libmp3lame", ".m4a": "aac", ".opus": "libopus",
    ".wma": "wmav2", ".mka": "aac", ".aac": "aac", ".ac3": "ac3", ".wv": "wavpack", ".mp4": "alac",
    ".mp2": "mp2",
}  # fmt: skip

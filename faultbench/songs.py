"""Songs: small sound files of every container, tagged as people and DJ programs tag them."""

from __future__ import annotations

import struct
from pathlib import Path

import av
import mutagen
import numpy as np
import soundfile
from mutagen import apev2, flac, id3, mp4
from mutagen.aiff import AIFF
from mutagen.wave import WAVE

CODECS = {
    "mp3": ("mp3", "libmp3lame", "fltp"), "flac": ("flac", "flac", "s16"),
    "opus": ("ogg", "libopus", "s16"), "m4a": ("ipod", "aac", "fltp"), "aiff": ("aiff", "pcm_s16be", "s16"),
    "wav": ("wav", "pcm_s16le", "s16"), "wma": ("asf", "wmav2", "fltp"),
}  # fmt: skip
KINDS = ("mp3-2.3", "mp3-2.4", "mp3-bare", "flac", "ogg", "opus", "m4a", "aiff", "wav", "wma", "ape")
SERATO = b"application/octet-stream\0\0Serato Markers2\0" + bytes(range(256)) * 4
COVER = b"\x89PNG\r\n\x1a\n" + bytes(np.random.default_rng(1).integers(0, 256, 20_000, dtype=np.uint8))


def suffix(kind: str) -> str:
    """The file name's end of a kind of song."""
    return "." + kind.partition("-")[0]


def make_song(path: Path, kind: str, seconds: float = 0.5, seed: int = 0, cover: int = len(COVER)) -> Path:
    """A sound file with a user's tags, other programs' data and a cover of some bytes; "-bare" has no tags."""
    name = kind.partition("-")[0]
    if name == "ape":
        _monkey(path, seed)
    elif name == "ogg":
        soundfile.write(path, sound(seconds, seed), 44100, format="OGG", subtype="VORBIS")
    else:
        _encode(path, name, seconds, seed)
    if kind.endswith("-bare"):
        id3.delete(path)  # what the encoder wrote
    else:
        _tag(path, kind, COVER[:cover])
    return path


def sound(seconds: float, seed: int) -> np.ndarray:
    """A tone with noise, in [-1, 1]."""
    random, time = np.random.default_rng(seed), np.arange(int(seconds * 44100)) / 44100
    return (0.4 * np.sin(2 * np.pi * (220 + 30 * (seed % 20)) * time) + 0.05 * random.standard_normal(time.size)).clip(
        -1, 1
    )


def _encode(path: Path, name: str, seconds: float, seed: int) -> None:
    form, codec, layout = CODECS[name]
    rate = 48000 if name == "opus" else 44100
    with av.open(str(path), "w", format=form) as out:
        stream = out.add_stream(codec, rate=rate)
        stream.layout = "mono"
        if name == "wma":
            stream.bit_rate = 64_000
        waveform = sound(seconds, seed)
        samples = (waveform * 32767).astype(np.int16)[None] if layout == "s16" else waveform.astype(np.float32)[None]
        resampler = av.AudioResampler(format=stream.codec_context.format or layout, layout="mono", rate=rate)
        frame = av.AudioFrame.from_ndarray(samples, format=layout, layout="mono")
        frame.sample_rate = rate
        fifo = av.AudioFifo()
        for part in resampler.resample(frame):
            part.pts = None
            fifo.write(part)
        while (block := fifo.read(stream.codec_context.frame_size or 1024, partial=True)) is not None:
            block.pts = None
            out.mux(stream.encode(block))
        out.mux(stream.encode(None))


def _monkey(path: Path, seed: int) -> None:
    """The frame of a Monkey's Audio file: a right header, then noise; nobody here decodes it."""
    head = b"MAC " + struct.pack("<HH", 3990, 0) + struct.pack("<5I", 52, 24, 0, 44, 0) + struct.pack("<2I", 0, 0)
    head += bytes(16) + struct.pack("<HHIIIHHI", 2000, 0, 73728, 1000, 1, 16, 1, 44100)
    path.write_bytes(head + np.random.default_rng(seed).integers(1, 250, 4000, dtype=np.uint8).tobytes())


def _tag(path: Path, kind: str, cover: bytes) -> None:
    name = kind.partition("-")[0]
    if name in ("mp3", "aiff", "wav"):
        _tag_id3(path, name, 3 if kind.endswith("2.3") else 4, cover)
    elif name in ("flac", "ogg", "opus"):
        _tag_vorbis(path, name, cover)
    elif name == "m4a":
        _tag_mp4(path, cover)
    elif name == "wma":
        file = mutagen.File(path)
        file["Title"], file["Author"], file["Description"] = ["Café"], ["Anna"], ["great intro"]
        file["WM/Picture"] = [mutagen.asf.ASFByteArrayAttribute(cover[:3000])]
        file.save()
    else:
        tags = apev2.APEv2()
        tags["Title"], tags["Artist"], tags["Comment"] = "Café", "Anna", "great intro"
        tags["Cover Art (Front)"] = apev2.APEValue(b"c.png\0" + cover[:3000], apev2.BINARY)
        tags.save(path)


def _tag_id3(path: Path, name: str, version: int, cover: bytes) -> None:
    tags = id3.ID3()
    for frame in (
        id3.TIT2(1, ["Café"]), id3.TPE1(1, ["Anna"]), id3.TKEY(0, ["8A"]), id3.TBPM(0, ["124"]),
        id3.COMM(1, "eng", "", ["great intro"]), id3.COMM(0, "eng", "iTunNORM", ["00001"]),
        id3.TXXX(1, "SERATO_PLAYCOUNT", ["7"]), id3.APIC(0, "image/png", 3, "", cover), id3.POPM("a@b", 196, 3),
        id3.GEOB(0, "application/octet-stream", "", "Serato Markers2", SERATO[: 40 + len(cover)]),
        id3.PRIV("TRAKTOR4", SERATO[::-1][: 40 + len(cover)]),
        id3.UFID("http://musicbrainz.org", b"0123"),
    ):  # fmt: skip
        tags.add(frame)
    if name == "mp3":
        tags.save(path, v1=2, v2_version=version, padding=lambda info: 100)
        return
    file = (AIFF if name == "aiff" else WAVE)(path)
    file.add_tags()
    for frame in tags.values():
        file.tags.add(frame)
    file.save(v2_version=version)


def _tag_vorbis(path: Path, name: str, cover: bytes) -> None:
    file = mutagen.File(path)
    keys = {"TITLE": "Café", "ARTIST": "Anna", "Comment": "great intro", "SERATO_MARKERS_V2": "QUJD" * 50, "BPM": "124"}
    for key, value in keys.items():
        file[key] = value
    if name == "flac":
        picture = flac.Picture()
        picture.data, picture.mime = cover, "image/png"
        file.add_picture(picture)
    file.save(padding=lambda info: 200)


def _tag_mp4(path: Path, cover: bytes) -> None:
    file = mp4.MP4(path)
    if file.tags is None:
        file.add_tags()
    file["\xa9nam"], file["\xa9ART"], file["\xa9cmt"], file["tmpo"] = ["Café"], ["Anna"], ["great intro"], [124]
    file["----:com.serato.dj:markersv2"] = [mp4.MP4FreeForm(SERATO, mp4.AtomDataType.IMPLICIT)]
    file["covr"] = [mp4.MP4Cover(cover, mp4.MP4Cover.FORMAT_PNG)]
    file.save()

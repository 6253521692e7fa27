"""A file whose name says another format is read by what it holds, and that is said."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from unisono.collection.folder import AUDIO_SUFFIXES
from unisono.inputs.hearing import decode
from unisono.inputs.hearing.decoding import misnomer

DATA = os.environ.get("UNISONO_DATA")
TAG = b"ID3\x03\0\0\0\0\0\x0a" + bytes(10)
WAVE = np.sin(np.arange(8000.0) / 3).astype(np.float32)


@pytest.mark.parametrize(
    ("start", "name", "holds"),
    [
        (b"\xff\xfb\x90\x64", "song.flac", "MP3"),
        (TAG + b"\xff\xfb\x90\x64", "song.FLAC", "MP3"),
        (TAG + b"fLaC", "song.mp3", "FLAC"),
        (b"\xff\xf1\x50\x80", "song.mp3", "AAC"),
        (b"\0\0\0\x20ftypM4A ", "song.mp3", "MP4"),
        (b"OggS", "song.m4a", "Ogg"),
        (b"RF64\xff\xff\xff\xffWAVE", "song.mp3", "WAV"),
        (b"FORM\0\0\1\0AIFF", "song.wav", "AIFF"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "song.mp3", "WMA"),
        (b"MAC ", "song.wv", "Monkey's Audio"),
    ],
)
def test_the_first_bytes_tell_what_it_holds(start: bytes, name: str, holds: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(start + bytes(200))
    assert misnomer(path) == f'holds {holds} though its name ends in "{path.suffix.lower()}"'


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"\xff\xfb\x90\x64", "song.mp3"),
        (TAG + b"\xff\xfb\x90\x64", "song.MP3"),
        (b"OggS", "song.opus"),
        (b"\0\0\0\x20ftypM4A ", "song.mp4"),
        (b"RIFF\0\0\0\0WAVE", "song"),
        (b"RIFF\0\0\0\0WAVE", "Symphony No.5"),
        (b"\0\0\0\0\0\0\0\0", "song.mp3"),
        (b"", "song.mp3"),
    ],
)
def test_nothing_is_said_where_they_agree_or_nothing_tells(start: bytes, name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(start)
    assert misnomer(tmp_path / name) == ""
    assert misnomer(tmp_path / "absent.mp3") == misnomer(None) == ""


def test_it_is_read_as_what_it_holds(tmp_path: Path) -> None:
    for kind in ("WAV", "FLAC", "OGG", "MP3", "AIFF"):
        soundfile.write(tmp_path / "song.wma", WAVE, 8000, format=kind)
        sound = decode(tmp_path / "song.wma")
        assert sound.damage == "" and abs(len(sound.waveform) - len(WAVE)) < 2000
        assert misnomer(tmp_path / "song.wma").startswith(f"holds {'Ogg' if kind == 'OGG' else kind} though")


@pytest.mark.skipif(not DATA, reason="UNISONO_DATA is not set: no real data")
def test_no_real_file_is_called_misnamed_that_is_not() -> None:
    folder = Path(DATA or "") / "formats"
    sounds = [path for path in folder.rglob("*") if path.suffix.lower() in AUDIO_SUFFIXES]
    assert len(sounds) > 400
    assert [path for path in sounds if misnomer(path)] == []

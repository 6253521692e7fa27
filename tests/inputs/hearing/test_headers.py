"""What bytes say without decoding: sizes of chunks, pages, frames and tags."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from unisono.inputs.hearing.limits import (
    counts_its_frames,
    leading_tag,
    missing_share,
    mpeg_frame_size,
    sound_bytes,
)


@pytest.mark.parametrize("suffix", [".wav", ".aiff", ".ogg"])
def test_a_whole_file_lacks_nothing(suffix: str, tmp_path: Path, music: Callable, write_sound: Callable):
    assert missing_share(write_sound(tmp_path / f"song{suffix}", music(0.5))) == 0


@pytest.mark.parametrize("suffix", [".wav", ".aiff"])
def test_half_a_sound_chunk_is_half_missing(suffix: str, tmp_path: Path, music: Callable, write_sound: Callable):
    path = write_sound(tmp_path / f"song{suffix}", music(1.0))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert missing_share(path) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFFFFF, 0xFFFFFFFF - 44])
def test_a_streamed_wav_promises_nothing(size: int, tmp_path: Path):
    path = tmp_path / "song.wav"
    path.write_bytes(
        b"RIFF\xff\xff\xff\xffWAVEfmt " + struct.pack("<I", 16) + bytes(16) + b"data" + struct.pack("<I", size)
    )
    assert missing_share(path) == 0


def test_chunks_that_never_end_do_not_hang(tmp_path: Path):
    path = tmp_path / "song.wav"
    path.write_bytes(b"RIFF\0\0\0\0WAVE" + b"junk\0\0\0\0" * 20_000)
    assert missing_share(path) == 0


def test_a_cut_ogg_page_is_missing_something(tmp_path: Path, music: Callable, write_sound: Callable):
    path = write_sound(tmp_path / "song.ogg", music(1.0))
    path.write_bytes(path.read_bytes()[:-10])
    assert missing_share(path) > 0


@pytest.mark.parametrize(
    ("header", "size"),
    [
        ("fffb9064", 417),  # MPEG 1 layer III, 128 kb/s, 44.1 kHz: 144 * 128000 // 44100
        ("fffb9264", 418),  # padded
        ("fff348c4", 144),  # MPEG 2 layer III, 32 kb/s, 16 kHz: 72 * 32000 // 16000
        ("fffd8404", 384),  # MPEG 1 layer II, 128 kb/s, 48 kHz: 144 * 128000 // 48000
        ("fffbf064", 0),  # no bit rate
        ("41504554", 0),  # an APE tag
        ("ff", 0),
    ],
)
def test_the_size_of_an_mpeg_frame(header: str, size: int):
    assert mpeg_frame_size(bytes.fromhex(header)) == size


def test_an_mp3_says_whether_it_counts_its_frames(tmp_path: Path, music: Callable, write_sound: Callable):
    assert counts_its_frames(write_sound(tmp_path / "a.mp3", music(0.5)))
    assert not counts_its_frames(write_sound(tmp_path / "b.mp3", music(0.5), write_xing="0"))


def test_tags_are_no_sound(tmp_path: Path):
    sound, id3 = b"\x55" * 5000, b"ID3\x04\0\0\0\0\x01\x00" + bytes(128)
    items = b"x" * 40
    footer = b"APETAGEX" + struct.pack("<IIII", 2000, len(items) + 32, 1, 0x80000000) + bytes(8)
    ape = footer + items + footer  # its header looks like its footer
    path = tmp_path / "song.mp3"
    path.write_bytes(id3 + id3 + sound + ape + b"TAG" + bytes(125))
    assert leading_tag(io.BytesIO(id3)) == 138
    assert sound_bytes(path) == len(sound)

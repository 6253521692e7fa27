"""What cannot be read as sound is named by what it begins like."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from unisono.errors import AudioError
from unisono.inputs.hearing import decode

ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")


@pytest.mark.parametrize(
    ("start", "found"),
    [
        (ASF + (30).to_bytes(8, "little"), "is WMA, but no sound follows its header of 30 bytes"),
        (ASF + (1 << 40).to_bytes(8, "little"), "is WMA, but no sound follows its header of 1,099,511,627,776 bytes"),
        (b"OFR \x0f\0\0\0", "is OptimFROG, which cannot be read"),
        (b"\0\0\0\x20ftypM4A ", "begins like MP4, but what follows cannot be read as sound"),
        (b"ID3\x03\0\0\0\0\0\x0a" + bytes(10) + b"OFR ", "is OptimFROG, which cannot be read"),
        (b"words of a song ", r"cannot be read as sound \(it begins like no format of sound\)"),
    ],
)
def test_the_reason_names_what_it_begins_like(start: bytes, found: str, tmp_path: Path):
    path = tmp_path / "song.mp3"
    path.write_bytes(start + b"\x01\x02" * 1000)
    with pytest.raises(AudioError, match=rf"song.mp3: {found}\. "):
        decode(path)


def test_noise_is_no_sound_whatever_its_name_says(tmp_path: Path):
    path = tmp_path / "song.flac"
    path.write_bytes(Random(2).randbytes(3000))
    with pytest.raises(AudioError, match=r"song.flac: cannot be read as sound \(it begins like no format of sound\)"):
        decode(path)

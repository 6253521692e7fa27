"""What a sound file claims, which part of it is wanted, and what its own bytes say of its length.

Claims are checked before memory is allocated and again while the file is read.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from pydantic import Field

from unisono.errors import AudioError
from unisono.inputs.hearing.resampling import Waveform
from unisono.parts import Settings

BLOCK = 1 << 16  # samples that are decoded at a time
TOLERANCE = 0.1  # seconds that a sound may lack before it counts as damaged
_DAMAGED = "The header is probably damaged; convert the file again."
_UNKNOWN = (0, 0x7FFFFFFF, 0x7FFFFFFFFFFFFFFF)  # sizes that writers leave when they stream; so is anything near 2**32
_MPEG_KBPS = {  # (version 1?, layer) -> bit rates by index
    (True, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_MPEG_RATES = (44_100, 48_000, 32_000)


class Limits(Settings):
    """Bounds for one file; a header that claims more is refused before anything is allocated.

    Args:
        seconds: longest whole file.
        min_rate: lowest sample rate in Hz.
        max_rate: highest sample rate in Hz.
        channels: most channels.
        size: most bytes of the decoded part, as float32 over all channels.
    """

    seconds: float = Field(4 * 3600.0, gt=0)
    min_rate: int = 4_000
    max_rate: int = 384_000
    channels: int = 8
    size: int = 4 << 30

    def check_format(self, where: str, sample_rate: int, channels: int) -> None:
        """Refuse a sample rate or a number of channels that no music file has.

        Raises: AudioError.
        """
        if not self.min_rate <= sample_rate <= self.max_rate:
            bounds = f"{self.min_rate / 1000:g}-{self.max_rate / 1000:g} kHz"
            raise AudioError(where, f"sample rate is {sample_rate} Hz, outside {bounds}", _DAMAGED)
        if not 1 <= channels <= self.channels:
            raise AudioError(where, f"has {channels} channels, outside 1-{self.channels}", _DAMAGED)

    def check_length(self, where: str, seconds: float) -> None:
        """Refuse a file that is, or claims to be, longer than `seconds`.

        Raises: AudioError.
        """
        if seconds > self.seconds:
            found = f"claims {seconds:,.0f} s of sound, more than {self.seconds:,.0f} s"
            raise AudioError(where, found, "The header is damaged, or raise max_seconds for files that long.")

    def check_size(self, where: str, frames: int, channels: int) -> None:
        """Refuse a part whose decoded samples would not fit into `size` bytes.

        Raises: AudioError.
        """
        needed = frames * channels * 4
        if needed > self.size:
            found = f"{frames:,} samples in {channels} channels need {needed:,} bytes, more than {self.size:,}"
            raise AudioError(where, found, "Read a part of it with offset and duration.")


@dataclass(frozen=True)
class Part:
    """From where and how much of a file to read.

    Args:
        offset: seconds from the start.
        duration: seconds, or None for all that follows.
    """

    offset: float = 0.0
    duration: float | None = None

    def samples(self, sample_rate: int) -> tuple[int, int | None]:
        """First sample and number of samples at a sample rate."""
        wanted = None if self.duration is None else round(self.duration * sample_rate)
        return round(self.offset * sample_rate), wanted

    def held(self, frames: int, sample_rate: int) -> int:
        """How many samples of this part a file of so many frames has."""
        first, wanted = self.samples(sample_rate)
        left = max(0, frames - first)
        return left if wanted is None else min(left, wanted)


class Reader(Protocol):
    """An open file that gives mono blocks; `damage` says what was wrong, once they have been read ("" if nothing)."""

    sample_rate: int
    damage: str

    def blocks(self) -> Iterator[Waveform]: ...
    def close(self) -> None: ...


def missing_share(path: Path) -> float:
    """The share of the sound that the file's structure promises and its bytes lack; 0.0 when nothing tells.

    WAV, RF64 and AIFF: the sound chunk against the file's size. Ogg: whether the last page is whole, which says
    that something is missing but not how much (a share just above zero).
    """
    with path.open("rb") as stream:
        magic = stream.read(12)
        if magic[:4] in (b"RIFF", b"RF64") and magic[8:] == b"WAVE":
            return _missing_chunk(stream, b"data", "<", _rf64_size(stream) if magic[:4] == b"RF64" else None)
        if magic[:4] == b"FORM" and magic[8:] in (b"AIFF", b"AIFC"):
            return _missing_chunk(stream, b"SSND", ">", None)
        if magic[:4] == b"OggS":
            return 0.0 if _last_page_is_whole(stream) else 1e-9
    return 0.0


def mpeg_frame_size(header: bytes) -> int:
    """Bytes of the MPEG audio frame that starts with these four bytes; 0 when they are no frame header."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return 0
    version, layer = header[1] >> 3 & 3, 4 - (header[1] >> 1 & 3)
    rate_index, kbps_index, padding = header[2] >> 2 & 3, header[2] >> 4, header[2] >> 1 & 1
    if version == 1 or layer == 4 or rate_index == 3 or kbps_index in (0, 15):
        return 0
    first = version == 3
    bits = _MPEG_KBPS[first, layer][kbps_index] * 1000
    rate = _MPEG_RATES[rate_index] // (1 if first else 2 if version == 2 else 4)
    if layer == 1:
        return (12 * bits // rate + padding) * 4
    return (144 if first or layer == 2 else 72) * bits // rate + padding


def counts_its_frames(path: Path) -> bool:
    """Whether an MP3 file says how many frames it has (a Xing, Info or VBRI header): then its length is no estimate."""
    with path.open("rb") as stream:
        stream.seek(leading_tag(stream))
        start = stream.read(4096)
    for name, flags_at in ((b"Xing", 4), (b"Info", 4), (b"VBRI", 0)):
        at = start.find(name)
        if at >= 0 and (not flags_at or (len(start) > at + 7 and start[at + 7] & 1)):
            return True
    return False


def sound_bytes(path: Path) -> int:
    """Bytes of an MP3 or AAC file that are neither a leading ID3v2 tag nor a trailing ID3v1, APE or Lyrics3 tag."""
    with path.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        return max(0, size - leading_tag(stream) - trailing_tags(stream, size))


def leading_tag(stream: BinaryIO) -> int:
    """Bytes of the ID3v2 tags at the start of a file; 0 when there is none."""
    end = 0
    for _ in range(8):  # some programs put one before the other
        stream.seek(end)
        head = stream.read(10)
        if len(head) < 10 or head[:3] != b"ID3":
            break
        size = (head[6] & 127) << 21 | (head[7] & 127) << 14 | (head[8] & 127) << 7 | (head[9] & 127)
        end += 10 + size + (10 if head[5] & 0x10 else 0)
    return end


def trailing_tags(stream: BinaryIO, size: int) -> int:
    """Bytes of the ID3v1, APE and Lyrics3 tags at the end of a file of so many bytes."""
    end = size
    for _ in range(4):  # in whatever order they were appended
        stream.seek(max(0, end - 160))
        tail = stream.read(min(160, end))
        if tail[-128:-125] == b"TAG":
            end -= 128
        elif tail[-32:-24] == b"APETAGEX":
            length, flags = struct.unpack("<I4xI", tail[-20:-8])
            end -= length + (32 if flags >> 31 else 0)
        elif tail[-9:] == b"LYRICS200" and tail[-15:-9].isdigit():
            end -= int(tail[-15:-9]) + 15
        else:
            break
        end = max(end, 0)
    return size - end


def _rf64_size(stream: BinaryIO) -> int | None:
    stream.seek(12)
    head = stream.read(24)
    return struct.unpack_from("<Q", head, 16)[0] if head[:4] == b"ds64" and len(head) == 24 else None


def _missing_chunk(stream: BinaryIO, wanted: bytes, order: str, known: int | None) -> float:
    size, at = stream.seek(0, os.SEEK_END), 12
    for _ in range(10_000):
        stream.seek(at)
        head = stream.read(8)
        if len(head) < 8:
            return 0.0
        length = struct.unpack(f"{order}I", head[4:])[0]
        if head[:4] == wanted:
            return _lacking(known or length, size - at - 8)
        at += 8 + length + length % 2
    return 0.0


def _lacking(promised: int, held: int) -> float:
    unknown = promised in _UNKNOWN or 0xFFFFFFFF - 4096 <= promised <= 0xFFFFFFFF
    return 0.0 if unknown or promised <= held else 1 - held / promised


def _last_page_is_whole(stream: BinaryIO) -> bool:
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - (1 << 17)))  # a page has at most 65,307 bytes
    tail = stream.read()
    at = tail.rfind(b"OggS")
    if at < 0:
        return True  # something else was appended
    segments = tail[at + 26] if len(tail) > at + 26 else None
    if segments is None or len(tail) < at + 27 + segments:
        return False
    return len(tail) >= at + 27 + segments + sum(tail[at + 27 : at + 27 + segments])

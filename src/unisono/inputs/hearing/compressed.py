"""Every other format through FFmpeg (PyAV): blocks of a fifo, errors caught per packet, sample-exact offsets."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from av.audio.fifo import AudioFifo
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer

from unisono.errors import AudioError
from unisono.inputs.hearing.beginnings import unknown
from unisono.inputs.hearing.limits import (
    BLOCK,
    TOLERANCE,
    Limits,
    Part,
    counts_its_frames,
    leading_tag,
    missing_share,
    mpeg_frame_size,
    sound_bytes,
)
from unisono.inputs.hearing.resampling import Waveform, mono

_PLAYLISTS = {"hls", "concat", "dash", "applehttp", "rtsp", "sdp", "sap"}  # they name other files: never followed
_ESTIMATED = {"mp3", "aac", "ac3", "eac3", "dts", "mp2", "loas", "amr", "mpeg", "ogg"}  # length guessed from the size
_PREROLL = 1.0  # seconds decoded and thrown away before an offset, so that the decoder's memory is filled
_UNREAD = 0.05  # share of an MP3's bytes that may lie outside its frames
_UNREAD_BYTES = 4096  # and so many of a short one's
_BAD_DEMUX = 100  # errors of the container after which reading stops


if TYPE_CHECKING:
    from av.packet import Packet as AnyPacket

    Packet = AnyPacket[AudioStream]  # no generic class when running


class CompressedReader:
    """An open compressed file; `damage` is known when its blocks have been read."""

    def __init__(self, path: Path, part: Part, limits: Limits) -> None:
        self._path, self._part, self._limits, self.damage = path, part, limits, ""
        self._container = _opened(path)
        try:
            self._stream = self._audio_stream()
            self._stream.codec_context.thread_count = 1
            self.sample_rate: int = self._stream.codec_context.sample_rate
            self._check()
        except (AudioError, av.FFmpegError):
            self.close()
            raise
        self._packets = _Packets(self._container, self._stream)

    def blocks(self) -> Iterator[Waveform]:
        """The part's samples, mixed to one channel.

        Shape: blocks of (samples,), about 65,536 each
        """
        frames, at = self._frames_from_offset()
        first, wanted = self._part.samples(self.sample_rate)
        end = None if wanted is None else first + wanted
        for block in self._in_blocks(frames):
            start, at = at, at + len(block)
            self._limits.check_length(str(self._path), at / self.sample_rate)
            kept = block[max(0, first - start) : None if end is None else max(0, end - start)]
            if len(kept):
                yield kept
            if end is not None and at >= end:
                return self._judge(at, ended=False)
        return self._judge(at, ended=True)

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def _frames_from_offset(self) -> tuple[Iterator[AudioFrame], int]:
        """The frames from about the offset on and the sample at which they begin."""
        frames = self._packets.frames()
        opening = next(frames, None)
        if opening is None:
            if not self.sample_rate:  # FFmpeg takes noise for FLAC where the name says so
                raise unknown(self._path)
            return iter(()), 0
        # decoders know better than containers (HE-AAC doubles the rate)
        self.sample_rate = self._packets.sample_rate = opening.sample_rate
        self._check_format(opening.sample_rate, len(opening.layout.channels))
        start = int((self._part.offset - _PREROLL) * self.sample_rate)
        if start > opening.samples and self._packets.has_exact_times(opening):
            return self._packets.frames_from(start, opening)
        return _chained(opening, frames), 0

    def _in_blocks(self, frames: Iterator[AudioFrame]) -> Iterator[Waveform]:
        fifo, kind, channels = AudioFifo(), "", 0
        for frame in frames:
            if frame.format.name != kind or frame.layout.nb_channels != channels:
                yield from _emptied(fifo)
                fifo, kind, channels = AudioFifo(), frame.format.name, frame.layout.nb_channels
            frame.pts = None  # a fifo insists on continuous times, damaged files have none
            fifo.write(frame)
            if fifo.samples >= BLOCK:
                yield from _emptied(fifo)
        yield from _emptied(fifo)

    def _audio_stream(self) -> AudioStream:
        if self._container.format.name in _PLAYLISTS:
            found = "is a playlist but a sound file is needed"
            raise AudioError(str(self._path), found, "Give the files that it names instead.")
        # FFmpeg cannot read every stream that it finds
        readable = [s for s in self._container.streams.audio if s.codec_context is not None]
        if not readable:
            raise AudioError(str(self._path), "holds no sound that can be read", "Remove it or give another file.")
        return readable[0]

    def _check(self) -> None:
        where, context = str(self._path), self._stream.codec_context
        if context.sample_rate or context.channels:  # some containers leave both to the first packet
            self._check_format(context.sample_rate, context.channels)
        seconds = self._promised()
        if seconds is None:
            return
        self._limits.check_length(where, seconds)
        held = self._part.held(int(seconds * self.sample_rate), self.sample_rate)
        self._limits.check_size(where, held, context.channels)

    def _check_format(self, sample_rate: int, channels: int) -> None:
        if self._stream.codec_context.name.startswith("dsd") and sample_rate > self._limits.max_rate:
            bits, heard, most = sample_rate * 8 / 1e6, sample_rate / 1000, self._limits.max_rate / 1000
            found = f"is DSD of {bits:.1f} MHz, which is heard at {heard:g} kHz, more than {most:g} kHz"
            raise AudioError(str(self._path), found, "Convert it, for example to FLAC at 88.2 kHz.")
        self._limits.check_format(str(self._path), sample_rate, channels)

    def _promised(self) -> float | None:
        """Seconds that the container states; None when it only guesses."""
        guessed = self._container.format.name in _ESTIMATED
        if guessed and not (self._container.format.name == "mp3" and counts_its_frames(self._path)):
            return None
        stream = self._stream
        if stream.duration and stream.time_base:
            return float(stream.duration * stream.time_base)
        return self._container.duration / av.time_base if self._container.duration else None

    def _judge(self, at: int, ended: bool) -> None:
        """Say what is missing, from what the container promises and what the file's size implies."""
        packets, held = self._packets, at / self.sample_rate
        promised = self._promised()
        if ended and promised is not None and promised - held > TOLERANCE + 0.001 * promised:
            self.damage = f"holds {held:,.1f} of {promised:,.1f} s that its header promises"
        elif packets.lost > TOLERANCE:
            self.damage = f"{packets.bad:,} packets ({packets.lost:,.1f} s) cannot be decoded"
        elif missing_share(self._path) or (ended and packets.last_is_cut()):
            self.damage = "breaks off in the middle of a packet"
        elif ended and promised is None and self._container.format.name in ("mp3", "aac"):
            held_bytes = sound_bytes(self._path)
            unread = held_bytes - packets.size
            if unread > max(_UNREAD * held_bytes, _UNREAD_BYTES):
                self.damage = f"{unread / held_bytes:.0%} of its bytes are no sound"


class _Packets:
    """Decodes one stream packet by packet and counts what it loses."""

    def __init__(self, container: InputContainer, stream: AudioStream) -> None:
        self._container, self._stream = container, stream
        self._demuxed = self._demux()
        self._last: Packet | None = None
        self._trailing = 0.0
        self.sample_rate = 0
        self.size = 0
        self.bad = 0
        self.lost = 0.0

    def frames(self, first: Packet | None = None) -> Iterator[AudioFrame]:
        """All frames from here on; a packet that cannot be decoded is counted and left out."""
        decode = self._stream.codec_context.decode
        for packet in chain([] if first is None else [first], self._demuxed, [None]):
            try:
                frames = decode(packet)
            except av.FFmpegError:
                self._lose(packet)
                continue
            if frames:
                self.lost, self._trailing = self.lost + self._trailing, 0.0
            for frame in frames:
                if frame.sample_rate == self.sample_rate or self._fits(frame):
                    yield frame

    def has_exact_times(self, opening: AudioFrame) -> bool:
        """Whether times tell every sample apart; some containers count milliseconds."""
        base = self._stream.time_base
        return base is not None and opening.pts is not None and Fraction(1, self.sample_rate) / base % 1 == 0

    def frames_from(self, sample: int, opening: AudioFrame) -> tuple[Iterator[AudioFrame], int]:
        """The frames from about a sample on, and the sample at which they begin; nothing before it is decoded.

        Args:
            sample: counted from the opening frame's first sample.
            opening: the file's first frame.
        """
        per_sample = int(Fraction(1, self.sample_rate) / (self._stream.time_base or 1))
        origin, seen = opening.pts or 0, 0
        for packet in self._demuxed:
            seen = packet.pts if packet.pts is not None else seen
            if seen >= origin + sample * per_sample:
                self._stream.codec_context.flush_buffers()
                frames = self.frames(packet)
                first = next(frames, None)
                self.lost = self._trailing = 0.0  # the first packets lack what came before them
                if first is None or first.pts is None:
                    return iter(()), sample
                return _chained(first, frames), (first.pts - origin) // per_sample
        return iter(()), (seen - origin) // per_sample

    def last_is_cut(self) -> bool:
        """Whether the last packet is an MPEG frame that says it is longer than it is."""
        last = self._last
        if last is None or not self._stream.codec_context.name.startswith("mp"):
            return False
        return mpeg_frame_size(bytes(memoryview(last)[:4])) > last.size

    def _demux(self) -> Iterator[Packet]:
        for _ in range(_BAD_DEMUX):
            try:
                for packet in self._container.demux(self._stream):
                    if size := packet.size:
                        self.size += size
                        self._last = packet
                        yield packet
                return
            except av.FFmpegError:
                self.bad += 1

    def _lose(self, packet: Packet | None) -> None:
        """Count a packet that cannot be decoded."""
        # a last packet is often a tag that was appended: it counts once another packet follows
        self.lost += self._trailing
        seconds = packet.duration * packet.time_base if packet and packet.duration and packet.time_base else 0.025
        self._trailing = float(seconds)
        self.bad += 1

    def _fits(self, frame: AudioFrame) -> bool:
        """Whether a frame has the file's sample rate, which the first one sets; others are lost."""
        if frame.sample_rate == (self.sample_rate or frame.sample_rate):
            return True
        self.lost += frame.samples / frame.sample_rate
        return False


def _opened(path: Path) -> InputContainer:
    # the prefix keeps FFmpeg from taking a file's name for an address; no protocol but files is let through
    name, options = f"file:{path}", {"protocol_whitelist": "file"}
    try:
        return av.open(name, metadata_errors="replace", options=options)
    except av.InvalidDataError:
        with path.open("rb") as stream:
            tag = leading_tag(stream)
        if not tag:
            raise
        # some formats (Monkey's Audio) are not found behind an ID3v2 tag
        return av.open(name, metadata_errors="replace", options=options | {"skip_initial_bytes": str(tag)})


def _chained(first: AudioFrame, rest: Iterator[AudioFrame]) -> Iterator[AudioFrame]:
    yield first
    yield from rest


def _emptied(fifo: AudioFifo) -> Iterator[Waveform]:
    frame = fifo.read(0, partial=True)
    if frame is None:
        return
    if frame.format.name == "fltp":  # nearly all lossy codecs: the planes are read where they lie
        yield mono([np.frombuffer(memoryview(plane), np.float32, frame.samples) for plane in frame.planes])
        return
    samples = frame.to_ndarray()
    if not frame.format.is_planar:
        samples = samples.reshape(-1, len(frame.layout.channels)).T
    yield mono(samples)

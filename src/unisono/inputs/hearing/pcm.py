"""WAV, FLAC and AIFF through libsndfile, block by block."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import soundfile

from unisono.errors import AudioError
from unisono.inputs.hearing.limits import BLOCK, TOLERANCE, Limits, Part, missing_share
from unisono.inputs.hearing.resampling import Waveform, mono

_CRUMB = 1024  # samples read at a time where a file is damaged
_UNKNOWN_FRAMES = 1 << 62  # libsndfile's way to say that a header names no length


class PcmReader:
    """An open WAV, FLAC or AIFF file; `damage` is known when its blocks have been read."""

    def __init__(self, path: Path, part: Part, limits: Limits) -> None:
        self._path, self._part, self.damage = path, part, ""
        # as bytes: soundfile refuses names that are no UTF-8
        self._file = soundfile.SoundFile(str(path) if os.name == "nt" else os.fsencode(path))
        self.sample_rate: int = self._file.samplerate
        try:
            self._check(limits)
        except AudioError:
            self.close()
            raise

    def blocks(self) -> Iterator[Waveform]:
        """The part's samples, mixed to one channel.

        Shape: blocks of (samples,), at most 65,536 each
        """
        first, wanted = self._part.samples(self.sample_rate)
        if first > self._file.frames:
            return
        at = first
        try:
            self._file.seek(first)
            for block in self._read(first, wanted):
                at += len(block)
                yield block
        except soundfile.LibsndfileError as error:
            self.damage = f"cannot be read to its end ({error.error_string.rstrip('.')})"
            yield from self._crumbs(at)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _read(self, first: int, wanted: int | None) -> Iterator[Waveform]:
        at = first
        while wanted is None or at < first + wanted:
            size = BLOCK if wanted is None else min(BLOCK, first + wanted - at)
            block = self._file.read(size, dtype="float32", always_2d=True)
            at += len(block)
            if len(block):
                yield mono(block.T)
            if len(block) < size:
                self._judge_end(at)
                return
        self._judge_file()

    def _crumbs(self, at: int) -> Iterator[Waveform]:
        """What is still whole after the last block that could be read."""
        self._file.close()
        self._file = soundfile.SoundFile(str(self._path))
        with suppress(soundfile.LibsndfileError):
            self._file.seek(at)
            while len(block := self._file.read(_CRUMB, dtype="float32", always_2d=True)):
                yield mono(block.T)

    def _judge_end(self, at: int) -> None:
        promised = self._file.frames
        if promised < _UNKNOWN_FRAMES and promised - at > TOLERANCE * self.sample_rate:
            seconds = f"{at / self.sample_rate:,.1f} of {promised / self.sample_rate:,.1f} s"
            self.damage = f"holds {seconds} that its header promises"
        else:
            self._judge_file()

    def _judge_file(self) -> None:
        # libsndfile quietly takes the file's size where a header promises more
        missing = missing_share(self._path)
        held = self._file.frames / self.sample_rate
        if missing and held * missing / (1 - missing) > TOLERANCE:
            self.damage = f"holds {held:,.1f} of {held / (1 - missing):,.1f} s that its header promises"

    def _check(self, limits: Limits) -> None:
        where, file = str(self._path), self._file
        limits.check_format(where, file.samplerate, file.channels)
        if file.frames >= _UNKNOWN_FRAMES:
            return
        limits.check_length(where, file.frames / file.samplerate)
        limits.check_size(where, self._part.held(file.frames, file.samplerate), file.channels)

"""Opens any sound file by what is in it, whatever its suffix says, and reads it as checked mono blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np
import soundfile

from unisono.errors import AudioError
from unisono.inputs.hearing.beginnings import unknown
from unisono.inputs.hearing.compressed import CompressedReader
from unisono.inputs.hearing.limits import Limits, Part, Reader, leading_tag, mpeg_frame_size
from unisono.inputs.hearing.pcm import PcmReader
from unisono.inputs.hearing.resampling import Waveform

DAMAGED = 'It is damaged: get it again, or take what there is with on_bad = "use".'
_LOUDEST = 4.0  # 12 dB above full scale: lossy codecs overshoot a little, nothing sound goes there
_WHOLE = Part()
_DEFAULTS = Limits()
_FORMATS = {  # name -> how files of it begin, and how their names end
    "FLAC": ((b"fLaC",), "flac fla"),
    "Ogg": ((b"OggS",), "ogg oga opus spx ogx ogm ogv"),
    "WMA": ((b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",), "wma asf wmv"),
    "Monkey's Audio": ((b"MAC ", b"MACF"), "ape mac apl"),
    "WavPack": ((b"wvpk",), "wv"),
    "Musepack": ((b"MPCK", b"MP+"), "mpc mpp mp+"),
    "True Audio": ((b"TTA1", b"TTA2"), "tta"),
    "DSF": ((b"DSD ",), "dsf"),
    "DSDIFF": ((b"FRM8",), "dff"),
    "CAF": ((b"caff",), "caf"),
    "AU": ((b".snd",), "au snd"),
    "AC-3": ((b"\x0bw",), "ac3 eac3"),
    "Matroska": ((b"\x1aE\xdf\xa3",), "mka mkv webm"),
    "WAV": ((), "wav wave bwf rf64"),
    "AIFF": ((), "aif aiff aifc"),
    "MP4": ((), "m4a m4b m4p m4r m4v mp4 alac mov 3gp 3g2 aax"),
    "MP3": ((), "mp3 mp2 mp1 mpa mpga m2a"),
    "AAC": ((), "aac adts"),
}
_ENDINGS = {name: frozenset(f".{end}" for end in ends.split()) for name, (_, ends) in _FORMATS.items()}
_KNOWN = frozenset().union(*_ENDINGS.values())


@dataclass(frozen=True)
class Sound:
    """A decoded part of a file.

    Args:
        waveform: mono, in [-1, 1] but for small overshoots of lossy codecs.
        sample_rate: in Hz, as in the file.
        damage: what is wrong with the file, "" if nothing is.
    """

    waveform: Waveform
    sample_rate: int
    damage: str


class SoundStream:
    """An open sound file; `damage` is known when its blocks have been read."""

    def __init__(self, where: str, reader: Reader) -> None:
        self._where, self._reader, self._damage, self.samples = where, reader, "", 0

    @property
    def sample_rate(self) -> int:
        return self._reader.sample_rate

    @property
    def damage(self) -> str:
        return self._damage or self._reader.damage

    def blocks(self) -> Iterator[Waveform]:
        """Mono blocks; samples that no sound has are made harmless and said in `damage`.

        Shape: blocks of (samples,)
        """
        try:
            for block in self._reader.blocks():
                self.samples += len(block)
                yield self._checked(block)
        except (av.FFmpegError, OSError, ValueError, MemoryError) as error:
            raise _unreadable(self._where, error) from error

    def _checked(self, block: Waveform) -> Waveform:
        peak = max(float(block.max()), -float(block.min()))
        if peak <= _LOUDEST:  # False for NaN, too
            return block
        found = f"samples reach {peak:g}" if np.isfinite(peak) else "some samples are not numbers"
        self._damage = f"{found} but must lie in [-1, 1]"
        return np.clip(np.nan_to_num(block, posinf=0.0, neginf=0.0), -1.0, 1.0)


@contextmanager
def open_sound(path: Path, part: Part = _WHOLE, limits: Limits = _DEFAULTS) -> Iterator[SoundStream]:
    """Open a file of any format that FFmpeg or libsndfile reads.

    Raises: AudioError when it is missing, empty, no sound, or claims more than `limits` allow.
    """
    where = str(path)
    try:
        reader = _reader(Path(path), part, limits)
    except av.InvalidDataError as error:
        raise unknown(Path(path)) from error
    except (av.FFmpegError, soundfile.LibsndfileError, OSError, ValueError, MemoryError) as error:
        raise _unreadable(where, error) from error
    try:
        yield SoundStream(where, reader)
    finally:
        reader.close()


def decode(path: Path, part: Part = _WHOLE, limits: Limits = _DEFAULTS) -> Sound:
    """A part of a sound file as one mono waveform at the file's own sample rate.

    Raises: AudioError when nothing of it can be read; what is only damaged is told in `Sound.damage`.
    Shape: -> (samples,)
    """
    with open_sound(path, part, limits) as stream:
        blocks = list(stream.blocks())
        waveform = np.concatenate(blocks) if blocks else np.zeros(0, np.float32)
        return Sound(waveform, stream.sample_rate, stream.damage)


def misnomer(path: Path | None) -> str:
    """What a file holds whose name says another format; empty where they agree or nothing can be told.

    It is no damage: what is in a file decides how it is read.

    Example:
        >>> misnomer(Path("notes.txt"))
        ''
    """
    ending = "" if path is None else path.suffix.lower()
    if path is None or ending not in _KNOWN:
        return ""
    try:
        with path.open("rb") as stream:
            found = _format_of(stream)
    except OSError:
        return ""  # said where the file is read
    return f'holds {found} though its name ends in "{ending}"' if found and ending not in _ENDINGS[found] else ""


def misnomers(paths: Iterable[Path | None]) -> dict[str, str]:
    """Path -> what the file holds, of those whose names say another format."""
    return {str(path): told for path in paths if (told := misnomer(path))}


def _reader(path: Path, part: Part, limits: Limits) -> Reader:
    with path.open("rb") as stream:
        magic = stream.read(12)
    if not magic:
        raise AudioError(str(path), "is an empty file", "Remove it or give another file.")
    wave = magic[:4] in (b"RIFF", b"RF64") and magic[8:] == b"WAVE"
    if wave or magic[:4] == b"fLaC" or (magic[:4] == b"FORM" and magic[8:] in (b"AIFF", b"AIFC")):
        try:
            return PcmReader(path, part, limits)
        except soundfile.LibsndfileError:  # WAV can hold any codec: FFmpeg knows more of them
            return CompressedReader(path, part, limits)
    return CompressedReader(path, part, limits)


def _unreadable(where: str, error: Exception) -> AudioError:
    if isinstance(error, FileNotFoundError):
        return AudioError(where, "does not exist", "Check the path; relative paths start at the table's folder.")
    if isinstance(error, PermissionError | IsADirectoryError):
        return AudioError(where, f"cannot be opened ({error.strerror})", "Check its permissions.")
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return AudioError(where, f"cannot be read as sound ({reason})", "It is damaged or no sound file.")


def _format_of(stream: BinaryIO) -> str:
    stream.seek(leading_tag(stream))
    head = stream.read(12)
    if head[:4] in (b"RIFF", b"RF64") and head[8:] == b"WAVE":
        return "WAV"
    if head[:4] == b"FORM" and head[8:] in (b"AIFF", b"AIFC"):
        return "AIFF"
    if head[4:8] == b"ftyp":
        return "MP4"
    if mpeg_frame_size(head[:4]):
        return "MP3"
    if head[:1] == b"\xff" and len(head) > 1 and head[1] & 0xF6 == 0xF0:
        return "AAC"
    return next((name for name, (starts, _) in _FORMATS.items() if head.startswith(starts)), "")

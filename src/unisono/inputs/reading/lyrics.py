"""Lyrics of a file: what stands beside it wins over what stands in its tag."""

from __future__ import annotations

import codecs
from pathlib import Path

from unisono.errors import AudioError
from unisono.inputs.reading.file_tags import lyrics_tag
from unisono.inputs.reading.stamps import without_stamps

_SIDECARS = (".lrc", ".txt")
_LARGEST = 2**20  # bytes; a longer text is no song's lyrics
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def lyrics_of(path: Path) -> str | None:
    """The lyrics of a sound file, without time stamps; None when it has none.

    The first that is not empty of: a sidecar of the same name ending in .lrc, then .txt (in small or capital letters),
    the lyrics tag (ID3 USLT, then SYLT; Vorbis LYRICS, UNSYNCEDLYRICS, SYNCEDLYRICS; MP4 ©lyr; ASF WM/Lyrics; APE
    Lyrics).

    Args:
        path: the sound file, which need not be there when a sidecar is.
    Raises: AudioError when the sidecar or the tag cannot be read.
    """
    for suffix in _SIDECARS:
        for name in (path.with_suffix(suffix), path.with_suffix(suffix.upper())):
            text = _plain(_sidecar(name)) if name != path and name.is_file() else None
            if text is not None:
                return text
    return _plain(lyrics_tag(path)) if path.is_file() else None


def _plain(text: str | None) -> str | None:
    lines = without_stamps(text or "").replace("\r\n", "\n").replace("\r", "\n").strip()
    return lines or None


def _sidecar(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            data = stream.read(_LARGEST + 1)
    except OSError as error:
        raise AudioError(str(path), f"lyrics cannot be read ({error.strerror})") from error
    if len(data) > _LARGEST:
        raise AudioError(str(path), "is over 1 MiB, too long for lyrics", "Give it another name if it is no lyrics.")
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise AudioError(str(path), "lyrics are not UTF-8 text", "Save the file as UTF-8.") from error

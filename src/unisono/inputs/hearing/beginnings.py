"""What a file that cannot be read as sound begins like, so that the reason names it."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import UUID

from unisono.errors import AudioError
from unisono.inputs.hearing.limits import leading_tag

_ASF = UUID("75B22630-668E-11CF-A6D9-00AA0062CE6C").bytes_le
_ASF_SOUND = UUID("75B22636-668E-11CF-A6D9-00AA0062CE6C").bytes_le
_UNREAD = {b"OFR ": "OptimFROG", b"tBaK": "TAK"}  # formats that FFmpeg may not know
_KINDS = {
    b"MAC ": "Monkey's Audio (APE)", b"MP+": "Musepack", b"MPCK": "Musepack", b"wvpk": "WavPack", b"TTA1": "True Audio",
    b"fLaC": "FLAC", b"OggS": "Ogg", b"DSD ": "DSF", b"FRM8": "DSDIFF", b"caff": "CAF",
}  # fmt: skip


def unknown(path: Path) -> AudioError:
    """Why a file in which FFmpeg finds no sound at all cannot be read."""
    with path.open("rb") as stream:
        stream.seek(leading_tag(stream))
        head = stream.read(32)
        if head.startswith(_ASF):
            stop = int.from_bytes(head[16:24], "little")
            stream.seek(min(stop, stream.seek(0, os.SEEK_END)))
            if stream.read(16) != _ASF_SOUND:
                found = f"is WMA, but no sound follows its header of {stop:,} bytes"
                return AudioError(str(path), found, "Its header is damaged; get or convert it again.")
    for start, name in _UNREAD.items():
        if head.startswith(start):
            return AudioError(str(path), f"is {name}, which cannot be read", "Convert it, for example to FLAC.")
    kinds = [name for start, name in {**_KINDS, _ASF: "WMA"}.items() if head.startswith(start)]
    if head[4:8] == b"ftyp":
        kinds.append("MP4")
    if kinds:
        found = f"begins like {kinds[0]}, but what follows cannot be read as sound"
        return AudioError(str(path), found, "It is damaged; get or convert it again.")
    found = "cannot be read as sound (it begins like no format of sound)"
    return AudioError(str(path), found, "It is damaged, or something else whatever its name says.")

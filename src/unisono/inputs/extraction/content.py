"""What a cache entry is named by: the content that it was made from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from unisono.errors import AudioError
from unisono.inputs import Input, Source
from unisono.inputs.hearing.decoding import misnomer
from unisono.inputs.tagless import sound_digest


class Content(NamedTuple):
    """What an input reads of a track.

    Args:
        digest: sha256 of its bytes, those of a sound file's tags left out.
        stamp: what changes when the file is written to, as it was before the digest was taken; empty for a text.
        misnamed: what a sound file holds whose name says another format; empty where they agree.
    """

    digest: str
    stamp: tuple[int, ...]
    misnamed: str = ""


class Contents:
    """Contents of tracks; every file is read once, however many tracks and inputs it serves."""

    def __init__(self) -> None:
        self._files: dict[Path, Content] = {}

    def take(self, tracks: Iterable[Source], threads: int) -> None:
        """Read the files of many tracks at once; one that cannot be read is told of when it is asked for.

        Args:
            threads: files at a time; taking a digest leaves the other threads alone.
        """
        paths = [p for p in dict.fromkeys(track.audio for track in tracks) if p is not None and p not in self._files]
        pool = ThreadPoolExecutor(threads, thread_name_prefix="digests")
        try:
            for path, content in zip(paths, pool.map(_content_if_any, paths), strict=True):
                if content is not None:
                    self._files[path] = content
        finally:
            pool.shutdown(cancel_futures=True)

    def of(self, part: Input, track: Source) -> Content | None:
        """What a costly input reads of a track; None where the track has none.

        Raises: AudioError when the file cannot be opened.
        """
        if part.needs == "lyrics":
            return None if track.lyrics is None else Content(_digest_of_text(track.lyrics), ())
        if track.audio is None:
            return None
        if track.audio not in self._files:
            self._files[track.audio] = _content_of_file(track.audio)
        return self._files[track.audio]


def stamp_of(path: Path | None) -> tuple[int, ...]:
    """What changes when a file is written to."""
    if path is None:
        return ()
    facts = path.stat()
    return facts.st_ino, facts.st_size, facts.st_mtime_ns


def _content_if_any(path: Path) -> Content | None:
    try:
        return _content_of_file(path)
    except AudioError:
        return None


def _content_of_file(path: Path) -> Content:
    try:
        stamp = stamp_of(path)
        return Content(sound_digest(path), stamp, misnomer(path))
    except FileNotFoundError as error:
        advice = "Check the path; relative paths start at the table's folder."
        raise AudioError(str(path), "does not exist", advice) from error
    except OSError as error:
        raise AudioError(str(path), f"cannot be opened ({error.strerror})", "Check its permissions.") from error


def _digest_of_text(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()

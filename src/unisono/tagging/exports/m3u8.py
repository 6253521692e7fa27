"""Playlists, one a tag: M3U in UTF-8 with absolute paths, as every player and DJ program reads it."""

from __future__ import annotations

from pathlib import Path

from unisono.files import commit_bytes
from unisono.tagging.exports._naming import Names, folder_of, labelled, sound_of, uri
from unisono.tagging.tagged import Layout, Tagged

SUFFIXES = (".m3u8",)
FOLDER = True  # many files, in a folder named like the path


def write(tagged: Tagged, path: Path, layout: Layout) -> None:
    """Write a playlist for every label (and for every level of a number) into the folder; other files there stay.

    A label that no track has gets an empty playlist, so that one of an earlier run does not live on.
    """
    folder, names = folder_of(path, SUFFIXES[0]), Names()
    for task, label, tracks in labelled(tagged):
        title = " ".join(f"{task.name} - {label}".split())
        lines = ["#EXTM3U", f"#PLAYLIST:{title}", *(entry(sound_of(tags)) for tags in tracks)]
        text = "\n".join(lines) + "\n"
        commit_bytes(folder / names.of(title, ".m3u8"), text.encode())


def entry(path: str) -> str:
    """A path as a line: as it is, or as a URI where a line of UTF-8 cannot hold it."""
    try:
        plain = path.encode().decode() == path and path.splitlines() == [path] and path == path.strip()
    except UnicodeEncodeError:
        plain = False
    return path if plain else uri(path)

"""Names of files and text in playlists and documents: what every system and program takes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from unisono.errors import UserError
from unisono.tagging.tagged import Tagged, Tags
from unisono.tasks import Task

_FORBIDDEN = frozenset('<>:"/\\|?*')
_LONGEST = 120  # bytes of a file's name, its suffix aside


def folder_of(path: Path, suffix: str) -> Path:
    """Where an export of many files puts them: a folder named like the path, without the files' suffix.

    Raises: UserError when a file is there.
    """
    folder = path.with_suffix("") if path.suffix.lower() == suffix else path
    if folder.exists() and not folder.is_dir():
        raise UserError(str(folder), "is a file but a folder is needed", "Name another place with -o.")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class Names:
    """File names from texts, each given once, whatever the file system thinks of case."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, text: str, suffix: str) -> str:
        """A name that no other text has got."""
        plain = plain_name(text)
        for number in range(1, 1_000_000):
            name = (plain if number == 1 else f"{plain} ({number})") + suffix
            if name.casefold() not in self._taken:
                self._taken.add(name.casefold())
                return name
        raise ValueError(f"no name is left for {text}")


def plain_name(text: str) -> str:
    """A text as the name of a file that every system takes.

    Example:
        >>> plain_name("R&B / Soul?"), plain_name("..")
        ('R&B _ Soul_', '_')
    """
    kept = "".join("_" if c in _FORBIDDEN or not c.isprintable() else c for c in text).strip(" .")
    return kept.encode()[:_LONGEST].decode("utf-8", "ignore").strip(" .") or "_"


def sound_of(tags: Tags) -> str:
    """The absolute path of a track's sound, as the system has it."""
    return os.path.abspath(tags.audio or tags.id)  # noqa: PTH100 (a Path would follow links)


def uri(path: str, host: str = "") -> str:
    """A path as file URI; bytes that are no UTF-8 are kept.

    Example:
        >>> uri("/Music/Beyoncé #1.mp3", "localhost")
        'file://localhost/Music/Beyonc%C3%A9%20%231.mp3'
    """
    text = quote(os.fsencode(path.replace(os.sep, "/")), safe="/!$&'()*+,;=:@~")
    return f"file://{host}" + (text if text.startswith("/") else f"/{text}")


def labelled(tagged: Tagged) -> Iterator[tuple[Task, str, list[Tags]]]:
    """Every label of every task with its tracks, in the tracks' order; labels that no track has, too.

    A number stands with the nearest of its task's levels; numbers without levels and shares have no labels.
    """
    for task in tagged.tasks:
        levels: tuple[float, ...] = tuple(getattr(task, "levels", ()))
        if task.kind == "distribution" or (task.kind == "regression" and not levels):
            continue
        found: dict[str, list[Tags]] = {f"{level:g}": [] for level in levels} or {name: [] for name in task.outputs}
        for tags in tagged:
            for given in tags[task.name].given:
                value = given.value or 0.0
                name = f"{min(levels, key=lambda at: abs(at - value)):g}" if levels else given.label
                found.setdefault(name, []).append(tags)
        yield from ((task, name, tracks) for name, tracks in found.items())

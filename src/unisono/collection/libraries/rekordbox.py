"""A collection as Rekordbox exports it (XML): genre, colour, comment block and playlists become columns of labels."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import numpy as np
import polars as pl

from unisono.collection.faults import several
from unisono.collection.settings import CollectionSettings
from unisono.collection.table import LIST_SEPARATOR, Table
from unisono.errors import TableError, nearest

SUFFIXES = (".xml",)
COLOURS = {  # as the format's description has them
    "FF007F": "rose", "FF0000": "red", "FFA500": "orange", "FFFF00": "lemon",
    "00FF00": "green", "25FDE9": "turquoise", "0000FF": "blue", "660099": "violet",
}  # fmt: skip
_SAME = {"pink": "rose", "yellow": "lemon", "aqua": "turquoise", "purple": "violet"}  # what the program shows
_TEXTS = {
    "Name": "title", "Artist": "artist", "Album": "album", "Genre": "genre", "Grouping": "grouping", "Mix": "mix",
    "Label": "label", "Remixer": "remixer", "Composer": "composer", "Tonality": "key", "Year": "year",
    "AverageBpm": "bpm",
}  # fmt: skip
_STARS = {"0": "0", "51": "1", "102": "2", "153": "3", "204": "4", "255": "5"}
_BLOCK = re.compile(r"/\*(.*?)\*/", re.DOTALL)
_NOTHING = {"year": "0", "bpm": "0.00", "rating": "0"}  # how the program writes that it does not know


def read(path: Path, settings: CollectionSettings) -> Table:
    """A row a track.

    Columns: path, title, artist, album, genre, grouping, mix, label, remixer, composer, key, year, bpm, rating (1 to
    5), colour (its name), comment (the user's own text), tags (what stands in the block `/* A / B */` of the comment,
    joined by ";"), playlists (the names of those that hold the track, joined by ";"; empty for a track in none), and
    energy where `settings.colours` says what a colour means.

    Raises: TableError for a file that is no Rekordbox XML, declares entities, or has no track.
    """
    root = _parsed(path)
    collection = root.find("COLLECTION")
    if root.tag != "DJ_PLAYLISTS" or collection is None:
        found = f"is an XML file of <{root.tag}> but a Rekordbox XML has <DJ_PLAYLISTS> with a <COLLECTION>"
        raise TableError(path.name, found, "In Rekordbox: File > Export Collection in xml format.")
    elements = [e for e in collection.findall("TRACK") if e.get("Location")]
    if not elements:
        raise TableError(path.name, "has no track with a Location")
    energies = _energies(settings, path.name)
    lists = _playlists(root, elements, settings.playlists, path.name)
    rows = [_row(element, energies) for element in elements]
    for row, names in zip(rows, lists, strict=True):
        row["playlists"] = LIST_SEPARATOR.join(names)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    frame = pl.DataFrame({n: pl.Series(n, [r.get(n) or None for r in rows], dtype=pl.String) for n in columns})
    used = [n for n in columns if frame[n].null_count() < frame.height]
    table = Table(frame.select(used), path.name, np.arange(1, len(rows) + 1), names=tuple(r["path"] for r in rows))
    return table.note(*_notes(collection, elements, rows, path.name))


def tags_of_comment(comment: str) -> tuple[str, list[str]]:
    """The user's own text and the tags of the block that Rekordbox adds for My Tags.

    Example:
        >>> tags_of_comment("bring it back /* Midnight / Peak / 90s */")
        ('bring it back', ['Midnight', 'Peak', '90s'])
    """
    tags = [tag.strip() for block in _BLOCK.findall(comment) for tag in block.split(" / ")]
    own = " ".join(_BLOCK.sub(" ", comment).split())
    return own, list(dict.fromkeys(tag for tag in tags if tag))


def path_of(location: str) -> str:
    r"""The path that a Location names; Windows paths keep their drive, "C:/Music/a.mp3".

    Example:
        >>> path_of("file://localhost/Music/Beyonc%C3%A9%20%231.mp3")
        '/Music/Beyoncé #1.mp3'
    """
    parts = urlsplit(location.replace("#", "%23").replace("?", "%3F"))
    text = unquote(parts.path, errors="surrogateescape").encode("utf-8", "surrogateescape")
    path = re.sub(r"^/+", "/", text.decode("utf-8", "backslashreplace"))
    return path[1:] if re.match(r"/[A-Za-z]:", path) else path


class _NoDoctype(ElementTree.TreeBuilder):
    """Builds the tree of a document that declares no type, and so no entities."""

    def __init__(self, where: str) -> None:
        super().__init__()
        self._where = where

    def doctype(self, *_: object) -> None:
        """Called by the parser at a declaration."""
        raise TableError(self._where, "declares a document type but a Rekordbox XML has none", "Export it again.")


def _parsed(path: Path) -> ElementTree.Element:
    """The document, read without any declaration that could make it grow or reach for other files."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TableError(str(path), f"cannot be read ({(error.strerror or str(error)).lower()})") from error
    try:
        return ElementTree.fromstring(data, ElementTree.XMLParser(target=_NoDoctype(path.name)))
    except ElementTree.ParseError as error:
        raise TableError(path.name, f"is damaged or no XML ({error})", "Export it again.") from error


def _row(element: ElementTree.Element, energies: Mapping[str, str]) -> dict[str, str]:
    row = {"path": path_of(element.get("Location", ""))}
    row |= {ours: " ".join(element.get(theirs, "").split()) for theirs, ours in _TEXTS.items()}
    row["rating"] = _STARS.get(element.get("Rating", ""), "")
    row["colour"] = COLOURS.get(element.get("Colour", "").upper().removeprefix("0X"), "")
    own, tags = tags_of_comment(element.get("Comments", ""))
    row["comment"], row["tags"] = own, LIST_SEPARATOR.join(tag.replace(LIST_SEPARATOR, ",") for tag in tags)
    if energies:
        row["energy"] = energies.get(row["colour"], "")
    return {name: "" if _NOTHING.get(name) == value else value for name, value in row.items()}


def _energies(settings: CollectionSettings, where: str) -> dict[str, str]:
    known = {*COLOURS.values(), *_SAME}
    for colour in settings.colours:
        if colour.lower() not in known:
            found = f'"{colour}" is no colour of Rekordbox, which are {", ".join(COLOURS.values())}'
            raise TableError(f"{where}: collection.colours", found, nearest(colour, known))
    return {_SAME.get(name.lower(), name.lower()): str(value) for name, value in settings.colours.items()}


def _playlists(
    root: ElementTree.Element, elements: list[ElementTree.Element], folder: str | None, where: str
) -> list[list[str]]:
    """The playlists of every track, in the order of the tree.

    Args:
        folder: only those below the folder of this name.
    """
    top = root.find("PLAYLISTS/NODE")
    found: dict[tuple[str, str], list[str]] = {}
    seen = []
    for name, above, node in () if top is None else _nodes(top, ()):
        seen += [*above]
        if folder is not None and folder not in above:
            continue
        kind = "id" if node.get("KeyType", "0") == "0" else "location"
        for track in node.findall("TRACK"):
            found.setdefault((kind, track.get("Key", "")), []).append(name.replace(LIST_SEPARATOR, ","))
    if folder is not None and folder not in seen:
        known = list(dict.fromkeys(seen))
        told = f'there is no folder of playlists "{folder}"'
        raise TableError(f"{where}: collection.playlists", told, nearest(folder, known) or f"There are {known}.")
    pairs = (found.get(("id", e.get("TrackID", "")), []) + found.get(("location", e.get("Location", "")), [])
             for e in elements)  # fmt: skip
    return [list(dict.fromkeys(names)) for names in pairs]


def _nodes(
    node: ElementTree.Element, above: tuple[str, ...]
) -> Iterator[tuple[str, tuple[str, ...], ElementTree.Element]]:
    """Every playlist with its name and the names of the folders that it is in."""
    for below in node.findall("NODE"):
        name = below.get("Name", "").strip()
        if below.get("Type") == "1":
            if name:
                yield name, above, below
        else:
            yield from _nodes(below, (*above, name))


def _notes(
    collection: ElementTree.Element, elements: list[ElementTree.Element], rows: list[dict[str, str]], where: str
) -> list[str]:
    notes = []
    claimed, there = collection.get("Entries", ""), len(collection.findall("TRACK"))
    if claimed.isdigit() and int(claimed) != there:
        notes.append(f"{where} says that it has {several(int(claimed), 'track')} but has {there:,}.")
    if there > len(elements):
        notes.append(f"{several(there - len(elements), 'track')} of {where} without a Location: left out.")
    twice = sum(count > 1 for count in Counter(row["path"] for row in rows).values())
    if twice:
        notes.append(f"{several(twice, 'file')} more than once in {where}.")
    return notes

"""Rekordbox XML: tracks with genre, colour and the comment block of My Tags, and a playlist for every tag."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from xml.etree import ElementTree

from unisono.collection.own_tags import own_tags
from unisono.errors import AudioError
from unisono.files import commit_path
from unisono.inputs.reading.file_tags import file_tags
from unisono.tagging.exports._naming import labelled, sound_of, uri
from unisono.tagging.tagged import Layout, Tagged, Tags
from unisono.tagging.writing.profiles import Profile, profile_of
from unisono.tagging.writing.wording import texts_of
from unisono.tasks import Task
from unisono.tasks.fields import FieldSettings

SUFFIXES = (".xml",)
STEPS = (
    "Rekordbox: Preferences > View > Layout: tick rekordbox xml.",
    "Preferences > Advanced > Database > rekordbox xml: name this file.",
    "In the tree, open rekordbox xml > Playlists > unisono: right-click a playlist, Import Playlist.",
    "Tracks that are in the collection already are not updated by that: select all tracks of the playlist and choose "
    "Import To Collection, twice (5.6.1 and later change them the second time only).",
    "Genre and comment of files written with `unisono tag --write` come with Reload Tag instead.",
)
COLOURS = {
    "Purple": "0x660099", "Blue": "0x0000FF", "Aqua": "0x25FDE9", "Green": "0x00FF00",
    "Yellow": "0xFFFF00", "Orange": "0xFFA500", "Red": "0xFF0000", "Pink": "0xFF007F",
}  # fmt: skip
_KINDS = {
    ".mp3": "MP3 File", ".m4a": "M4A File", ".mp4": "M4A File", ".flac": "FLAC File", ".wav": "WAV File",
    ".aif": "AIFF File", ".aiff": "AIFF File",
}  # fmt: skip
_FROM_TAGS = {
    "title": "Name", "artist": "Artist", "album": "Album", "genre": "Genre", "grouping": "Grouping",
    "composer": "Composer", "remixer": "Remixer", "label": "Label", "year": "Year", "initial_key": "Tonality",
}  # fmt: skip
_TO_FIELDS = {"genre": "Genre", "grouping": "Grouping", "intro_version": "Mix", "subtitle": "Mix"}


def write(tagged: Tagged, path: Path, layout: Layout) -> None:
    """Write one XML file: COLLECTION, and PLAYLISTS with a folder `unisono` of a folder a task.

    Title, artist and the like come from the files' own tags; genre, comment and block of the user stay, too.
    """
    profile = profile_of("rekordbox")
    root = ElementTree.Element("DJ_PLAYLISTS", Version="1.0.0")
    version = metadata.version("unisono")
    ElementTree.SubElement(root, "PRODUCT", Name="unisono", Version=version, Company="")
    collection = ElementTree.SubElement(root, "COLLECTION", Entries=str(len(tagged)))
    numbers: dict[str, str] = {}
    for number, tags in enumerate(tagged, 1):
        numbers[tags.id] = str(number)
        ElementTree.SubElement(
            collection, "TRACK", {"TrackID": str(number), **_attributes(tags, tagged.tasks, profile)}
        )
    top = ElementTree.SubElement(ElementTree.SubElement(root, "PLAYLISTS"), "NODE", Type="0", Name="ROOT", Count="1")
    _playlists(top, tagged, numbers)
    ElementTree.indent(root, " ")
    with commit_path(path) as temporary:
        ElementTree.ElementTree(root).write(temporary, encoding="UTF-8", xml_declaration=True)


def printable(text: str) -> str:
    r"""A text without what XML cannot hold: control characters and lone surrogates.

    Example:
        >>> printable("a\x00b\tc\udce9")
        'ab c'
    """
    spaced = " ".join(text.split())
    return "".join(c for c in spaced if c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff")


def _attributes(tags: Tags, tasks: tuple[Task, ...], profile: Profile) -> dict[str, str]:
    path = sound_of(tags)
    own, block = _own(Path(path))
    found = {"Name": Path(path).stem} | own
    for task in tasks:
        settings, answer = profile.field_of(task), tags[task.name]
        for field in settings.field or ():
            texts = texts_of(answer, task, settings, field)
            if texts and field in _TO_FIELDS:
                found[_TO_FIELDS[field]] = _joined(own.get(_TO_FIELDS[field], ""), texts, settings, field)
            elif texts and field == "energy" and task.kind == "regression":
                (colour,) = texts_of(answer, task, settings.model_copy(update={"as_": "colour"}), field)[:1]
                found["Colour"] = COLOURS[colour]
            elif task.kind in ("multiclass", "multilabel") and field not in _TO_FIELDS:
                block += texts
    comment = [found.pop("Comments", ""), f"/* {' / '.join(dict.fromkeys(block))} */" if block else ""]
    found |= {"Kind": _KINDS.get(Path(path).suffix.lower(), ""), "Comments": " ".join(c for c in comment if c)}
    clean = {name: printable(text) for name, text in found.items()}
    return {name: text for name, text in clean.items() if text} | {"Location": uri(path, "localhost")}


def _joined(own: str, texts: Sequence[str], settings: FieldSettings, field: str) -> str:
    """One attribute, by the same modes as in files: what the user has there stays unless he wants it otherwise."""
    mode = settings.mode or ("merge" if field == "grouping" else "keep")
    if own and mode == "keep":
        return own
    kept = [own] if own and mode in ("append", "merge") else []
    return " / ".join(dict.fromkeys([*kept, *texts]))


def _own(path: Path) -> tuple[dict[str, str], list[str]]:
    """What the file says of itself, and the items of the block in its comment, both without what we wrote.

    Nothing for a file that is not there or whose tags cannot be read.
    """
    try:
        tags, _ = own_tags(file_tags(path)) if path.is_file() else ({}, 0)
    except AudioError:
        return {}, []
    found = {ours: tags[name][0] for name, ours in _FROM_TAGS.items() if tags.get(name)}
    return found | ({"Comments": tags["comment"][0]} if "comment" in tags else {}), tags.get("tags", [])


def _playlists(top: ElementTree.Element, tagged: Tagged, numbers: dict[str, str]) -> None:
    folder = ElementTree.SubElement(top, "NODE", Type="0", Name="unisono", Count="0")
    of_task: dict[str, ElementTree.Element] = {}
    for task, label, tracks in labelled(tagged):
        if task.name not in of_task:
            name = printable(task.name) or "-"
            of_task[task.name] = ElementTree.SubElement(folder, "NODE", Type="0", Name=name, Count="0")
            folder.set("Count", str(len(of_task)))
        node = of_task[task.name]
        entries = {"Name": printable(label) or "-", "Type": "1", "KeyType": "0", "Entries": str(len(tracks))}
        playlist = ElementTree.SubElement(node, "NODE", entries)
        node.set("Count", str(len(node)))
        for tags in tracks:
            ElementTree.SubElement(playlist, "TRACK", Key=numbers[tags.id])

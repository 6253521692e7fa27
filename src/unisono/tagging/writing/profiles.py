"""Profiles: which task goes to which field, as the programs want it that read the tags."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from unisono.errors import ExperimentError, nearest
from unisono.parts import Settings
from unisono.tagging.writing.anatomy import Style
from unisono.tasks import Task
from unisono.tasks.fields import FieldSettings, is_theirs

GenreStyle = Literal["main", "sub", "both", "main / sub", "list"]
CommentStyle = Literal["mytag", "brackets"]

_SYNONYMS = {
    "main_genre": "genre", "style": "subgenre", "sub_genre": "subgenre", "intro": "intro_version",
    "version": "intro_version", "occasion": "situation", "tags": "situation", "energy_level": "energy",
}  # fmt: skip


class Profile(Settings):
    """How tags are written.

    Args:
        id3: version for MP3, WAV and AIFF files that have no ID3 tag; the others keep theirs.
        separator: joins values where a field can hold one only.
        single: one text a field even where several are possible, for programs that show only the first.
        grouping: the ID3 frames of the grouping.
        info: write the RIFF INFO list of WAV files too.
        comment: a block `/* A / B */` as Rekordbox writes it, or `[SITUATION: A; B]`, behind the user's own text.
        genre: main genre, subgenre, both as values, or both as one text.
        tasks: task -> its field.
    """

    id3: Literal["2.3", "2.4"] = "2.4"
    separator: str = Field(default="; ", min_length=1)
    single: bool = False
    grouping: tuple[Literal["GRP1", "TIT1"], ...] = ("GRP1", "TIT1")
    info: bool = True
    comment: CommentStyle = "mytag"
    genre: GenreStyle = "main"
    tasks: dict[str, FieldSettings] = {}

    @property
    def style(self) -> Style:
        """What the containers need to know."""
        return Style(self.id3, self.separator, self.single, tuple(self.grouping), self.info)

    def field_of(self, task: Task) -> FieldSettings:
        """Where a task goes: key by key as it says itself, as the profile says, else a field of its own name."""
        own: FieldSettings | None = getattr(task, "write", None)
        names = (task.name, _SYNONYMS.get(task.name, task.name))
        said = [own, *(self.tasks.get(name) for name in names)]
        found = FieldSettings(field=()) if task.kind == "distribution" else _free(names[-1])
        for settings in reversed(said):
            found = settings.over(found) if settings is not None else found
        return found


_PLAIN: dict[str, Any] = {
    "genre": {"field": "genre"},
    "subgenre": {"field": "subgenre"},
    "mood": {"field": "mood"},
    "energy": {"field": "energy"},
    "situation": {"field": ["comment", "grouping"]},
    "intro_version": {"field": "intro_version"},
    "language": {"field": "language"},
    "artist": {"field": "predicted_artist"},
}
_IN_COMMENTS = {"mood": {"field": ["mood", "comment"]}, "energy": {"field": ["energy", "comment"]}}
PROFILES: dict[str, dict[str, Any]] = {
    "plain": {"tasks": _PLAIN},
    "rekordbox": {"id3": "2.3", "single": True, "separator": " / ", "tasks": _PLAIN | _IN_COMMENTS},
    "serato": {"id3": "2.3", "single": True, "comment": "brackets", "tasks": _PLAIN | _IN_COMMENTS},
    "traktor": {"id3": "2.4", "single": True, "comment": "brackets", "tasks": _PLAIN | _IN_COMMENTS},
    "mixxx": {"id3": "2.4", "single": True, "tasks": _PLAIN | _IN_COMMENTS},
    "beets": {
        "grouping": ["TIT1"],
        "info": False,
        "tasks": _PLAIN | {"situation": {"field": ["situation", "grouping"]}},
    },
}  # fmt: skip


def check_named(changes: Sequence[str], tasks: Sequence[Task]) -> None:
    """Say that a change names a task that the model does not answer.

    Raises: ExperimentError with the nearest task.
    """
    known = [task.name for task in tasks]
    known += [_SYNONYMS[name] for name in known if name in _SYNONYMS]
    for change in changes:
        name, dot, _ = change.partition("=")[0].strip().rpartition(".")
        if dot and name not in known:
            advice = nearest(name, known) or f"Its tasks are {', '.join(task.name for task in tasks)}."
            raise ExperimentError(f"--set {change}", f'"{name}" is no task of this model', advice)


def profile_of(name_or_file: str = "plain", changes: Sequence[str] = ()) -> Profile:
    """A built-in profile, or that of a TOML file, with single keys set.

    Args:
        name_or_file: a file may name a built-in profile as its `base`; an experiment file's `[tasks.*] write` counts.
        changes: such as "energy.as=stars", "genre=both" (a profile's own key), "mood.field=comment".
    Raises: ExperimentError naming the key and the nearest right one.
    """
    tables = _tables(name_or_file)
    for change in changes:
        tables = _changed(tables, change)
    try:
        return Profile(**tables)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        known = (*Profile.model_fields, "field", "mode", "as", "names")
        extra = first["type"] == "extra_forbidden"
        found = "is no key of a profile" if extra else f"{first['msg'][:1].lower()}{first['msg'][1:]}"
        advice = nearest(str(first["loc"][-1]), known) if extra else ""
        raise ExperimentError(f"{name_or_file}:{where}", found, advice) from error


def _free(name: str) -> FieldSettings:
    """A field of the task's own name; one that belongs to others is written as ours."""
    safe = "".join(c if c.isalnum() and c.isascii() else "_" for c in name.lower()).strip("_") or "task"
    safe = safe if safe[0].isalpha() else f"task_{safe}"
    return FieldSettings(field=(f"predicted_{safe}" if is_theirs(safe) else safe,))


def _tables(name_or_file: str) -> dict[str, Any]:
    if name_or_file in PROFILES:
        return dict(PROFILES[name_or_file])
    path = Path(name_or_file)
    if path.suffix != ".toml":
        found = f"unknown, must be one of {', '.join(PROFILES)}, or a .toml file"
        raise ExperimentError(f'profile "{name_or_file}"', found, nearest(name_or_file, PROFILES))
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ExperimentError(name_or_file, f"cannot be read ({(error.strerror or str(error)).lower()})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ExperimentError(name_or_file, f"is no TOML ({error})") from error
    if "collection" in read or "inputs" in read:
        written = {name: t["write"] for name, t in read.get("tasks", {}).items() if "write" in t}
        read = {"tasks": written}
    base = _tables(str(read.pop("base", "plain")))
    tasks = read.get("tasks", {})
    if isinstance(tasks, dict):
        tasks = base["tasks"] | {name: _merged(base["tasks"].get(name), told) for name, told in tasks.items()}
    return base | read | {"tasks": tasks}


def _merged(base: Any, told: Any) -> Any:
    return {**base, **told} if isinstance(base, dict) and isinstance(told, dict) else told


def _changed(tables: Mapping[str, Any], change: str) -> dict[str, Any]:
    key, equals, text = change.partition("=")
    if not equals:
        raise ExperimentError(change, "is no KEY=VALUE", "Write for example energy.as=stars.")
    try:
        value: Any = tomllib.loads(f"v = {text}")["v"]
    except tomllib.TOMLDecodeError:
        value = text
    task, dot, name = key.strip().rpartition(".")
    if not dot:
        return {**tables, name: value}
    tasks = dict(tables["tasks"])
    tasks[task] = {**tasks.get(task, {}), name: value}
    return {**tables, "tasks": tasks}

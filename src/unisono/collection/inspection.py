"""What is in a table, folder or experiment's collection, and what is wrong with it, before anything is learned."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from unisono.collection.counting import count_labels, outliers
from unisono.collection.crossing import large_groups
from unisono.collection.faults import several
from unisono.collection.findings import Findings, TaskFindings
from unisono.collection.folder import clean, shown
from unisono.collection.guessing import Guess, guess_columns
from unisono.collection.loading import LIBRARIES, assemble, sound_at
from unisono.collection.not_there import not_there
from unisono.collection.repeats import artist_tells, endings, repeated, songs_in_several_classes, telling_columns
from unisono.collection.settings import LINE, CollectionSettings, SplitSettings
from unisono.collection.sounds import Opened, opened_sounds, usual_seconds
from unisono.collection.table import read_table, text_of
from unisono.collection.tracks import Collection
from unisono.collection.unlearnable import unlearnable
from unisono.errors import UserError
from unisono.inputs import Input
from unisono.parts import names, part
from unisono.tasks import Task, task

Progress = Callable[[int, int], None]

_MOST_OPENED = 5_000
_REPEATS = 3  # rows a value, from which numbers are looked at as if they were classes


class Inspected(NamedTuple):
    """What was looked at, and what was found.

    Args:
        findings: what there is to say.
        collection: the tracks.
        tasks: what is to be learned, guessed where it was not given.
    """

    findings: Findings
    collection: Collection
    tasks: Mapping[str, Task]


def inspect(
    source: Path | CollectionSettings,
    base: Path = Path(),
    tasks: Mapping[str, Task] | None = None,
    progress: Progress | None = None,
    rule: SplitSettings | None = None,
    inputs: Mapping[str, Input] | None = None,
) -> Findings:
    """What there is to say of a collection: `inspected` without the tracks themselves."""
    return inspected(source, base, tasks, progress, rule, inputs).findings


def inspected(
    source: Path | CollectionSettings,
    base: Path = Path(),
    tasks: Mapping[str, Task] | None = None,
    progress: Progress | None = None,
    rule: SplitSettings | None = None,
    inputs: Mapping[str, Input] | None = None,
) -> Inspected:
    """Look at a collection as a whole.

    Args:
        source: a table, a folder of audio, or the `[collection]` of an experiment.
        base: the folder that relative paths of settings start from.
        tasks: what is to be learned; guessed from the columns where it is not given.
        progress: told of the sound files opened.
        rule: of an experiment's split; with it is said what of the tasks could not be learned in its parts.
        inputs: of an experiment without other collections: what they name and is not there is a problem.
    Raises: TableError for a table that cannot be read at all.
    """
    settings = source if isinstance(source, CollectionSettings) else guess_settings(source)
    collection, faults = assemble(settings, base)
    guesses = () if tasks is not None else tuple(guess_columns(collection.frame))
    wanted = _tasks(guesses) if tasks is None else {name: t for name, t in tasks.items() if t.columns}
    found = [count_labels(collection, t) for t in wanted.values()]
    opened = opened_sounds([t.audio for t in collection.tracks], _MOST_OPENED, progress)
    lyrics, unread = _lyrics(collection, opened.bad)
    classes = {t.name: _texts(collection, t.columns[0]) for t in found if t.kind == "multiclass"}
    owners = collection.groups()
    odd = [line for t in wanted.values() if t.kind == "regression" for line in outliers(collection, t)]
    several = [songs_in_several_classes(collection, name, labels) for name, labels in classes.items()]
    gone = _dropped(inputs or {})
    phrases = {phrase: said for phrase, said in endings(lyrics, classes).items() if phrase not in gone}
    told = [str(fault) for fault in faults] + [line for t in found for line in t.problems]
    problems, crossed = _problems(collection, told, tasks or {}, inputs or {}, rule, base)
    findings = Findings(
        source=collection.where,
        rows=len(collection),
        groups=0 if owners is None else len(set(owners.tolist())),
        settings=settings,
        base=base,
        columns=guesses,
        tasks=tuple(found),
        sounds=_sounds(collection, opened),
        lyrics=_coverage(lyrics),
        duplicates=repeated(collection, lyrics),
        leftovers=tuple(phrases),
        leaks=(*(f"The split: {c}." for c in crossed), *_leaks(collection, found, classes, guesses), *phrases.values()),
        problems=tuple(dict.fromkeys(problems)),
        notes=(*collection.notes, *unread, *odd, *(s for s in several if s), *large_groups(collection)),
    )
    return Inspected(findings, collection, wanted if tasks is None else tasks)


def _problems(
    collection: Collection, told: Sequence[str], tasks: Mapping[str, Task], inputs: Mapping[str, Input],
    rule: SplitSettings | None, base: Path,
) -> tuple[list[str], tuple[str, ...]]:  # fmt: skip
    """What must be mended, beside what is told of rows and labels already; and why an experiment's split flatters."""
    problems = [*told, *not_there(collection, inputs, tasks)]
    if rule is None or problems:
        return problems, ()
    return unlearnable(collection, tasks, rule, base)


def _dropped(inputs: Mapping[str, Input]) -> set[str]:
    """Phrases that every input of lyrics takes out."""
    found = [set(phrases) for one in inputs.values() if (phrases := getattr(one, "drop_phrases", None)) is not None]
    return set.intersection(*found) if found else set()


def guess_settings(source: Path) -> CollectionSettings:
    """The `[collection]` of a table or folder, as far as names and cells of its columns tell."""
    if source.is_dir():
        return CollectionSettings(folder=str(source))
    for name in names(LIBRARIES):
        if source.suffix.lower() in part(LIBRARIES, name).SUFFIXES:
            return CollectionSettings.model_validate({name: str(source), "missing_audio": "ignore"})
    table = read_table(source)
    by_role: dict[str, str] = {}
    for guess in guess_columns(table.frame):
        by_role.setdefault(guess.role, guess.column)
    artist, title = by_role.get("artist"), by_role.get("title")
    audio = by_role.get("audio")
    paths = table.frame[audio].to_list() if audio else []
    unique = len(set(map(text_of, paths))) == len(paths)
    key = by_role.get("id") or (audio if audio and unique else None) or LINE
    return CollectionSettings(
        table=str(source),
        id=key,
        audio=audio,
        audio_root=_root(source.parent, [text_of(p) for p in paths]),
        lyrics=by_role.get("lyrics"),
        groups=(artist,) if artist else (),
        song=(artist, title) if artist and title else (),
    )


def _root(folder: Path, paths: Sequence[str]) -> str | None:
    """The folder below the table's where its sounds are, None when they are where the table says."""
    some = [p for p in paths if p][:20]
    if not some or any(sound_at(folder, p) for p in some):
        return None
    below = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    return next((str(at) for at in below if any(sound_at(at, p) for p in some)), None)


def _tasks(guesses: Sequence[Guess]) -> dict[str, Task]:
    """Tasks of the columns that look like labels, all columns of 0 and 1 together."""
    wanted: dict[str, dict[str, Any]] = {}
    for guess in guesses:
        if guess.role == "task":
            extra = {"separator": guess.separator} if guess.separator else {}
            extra |= {} if guess.kind == "regression" else {"rare": "ignore"}
            wanted[task_name(guess.column, wanted)] = {"kind": guess.kind, "column": guess.column, **extra}
    flags = [g.column for g in guesses if g.role == "flag"]
    if flags:
        wanted[task_name("tags", wanted)] = {"kind": "multilabel", "columns": flags, "rare": "ignore"}
    return {name: task(name, settings) for name, settings in wanted.items()}


def task_name(column: str, taken: Mapping[str, object]) -> str:
    """A column's name as a task's: small letters, digits and underscores.

    Example:
        >>> task_name("Main Genre", {}), task_name("Main-Genre", {"main_genre": 1})
        ('main_genre', 'main_genre_2')
    """
    plain = "_".join("".join(c if c.isalnum() else " " for c in column.lower()).split()) or "task"
    names = (plain, *(f"{plain}_{n}" for n in range(2, 1000)))
    return next(name for name in names if name not in taken)


def _texts(collection: Collection, column: str) -> list[str]:
    return [text_of(v) for v in collection.frame[column].to_list()]


def _lyrics(collection: Collection, bad: Mapping[int, str]) -> tuple[list[str | None], list[str]]:
    """Each track's lyrics; and a note on those that could not be read."""
    texts: list[str | None] = []
    unread = []
    for row, track in enumerate(collection.tracks):
        try:
            texts.append(None if row in bad else track.lyrics)
        except UserError as error:
            texts.append(None)
            unread.append(clean(str(error)))
    notes = [f"Lyrics of {several(len(unread), 'file')} could not be read: {unread[0]}"] if unread else []
    return texts, notes


def _coverage(lyrics: Sequence[str | None]) -> dict[str, Any]:
    words = [len(text.split()) for text in lyrics if text]
    return {"tracks": len(words), "none": len(lyrics) - len(words), "words": median(words)} if words else {}


def _sounds(collection: Collection, opened: Opened) -> dict[str, Any]:
    files = sum(track.audio is not None for track in collection.tracks)
    if not files:
        return {}
    seconds = usual_seconds([None if row in opened.bad else t.audio for row, t in enumerate(collection.tracks)])
    return {
        "files": files,
        "none": len(collection) - files,
        "opened": opened.files,
        "seconds": seconds,
        "bad": {_sound_name(collection, row): clean(reason) for row, reason in opened.bad.items()},
        "misnamed": {_sound_name(collection, row): told for row, told in opened.misnamed.items()},
        "short": {_sound_name(collection, row): round(length, 2) for row, length in opened.short.items()},
    }


def _sound_name(collection: Collection, row: int) -> str:
    place, audio = collection.place(row), collection.tracks[row].audio
    return place if collection.table.names or audio is None else f"{place} ({shown(Path(audio.name))})"


def _leaks(
    collection: Collection, found: Sequence[TaskFindings], classes: Mapping[str, list[str]], guesses: Sequence[Guess]
) -> list[str]:
    others = {t.columns[0]: _texts(collection, t.columns[0]) for t in found if t.kind != "multilabel"}
    others |= {g.column: _texts(collection, g.column) for g in guesses if g.role == "other"}
    leaks = []
    for t in found:
        apart = {column: cells for column, cells in others.items() if column != t.columns[0]}
        repeats = t.kind == "regression" and len(set(others[t.columns[0]])) * _REPEATS <= t.labelled
        if t.kind == "multiclass" or repeats:
            leaks += telling_columns({t.name: others[t.columns[0]]}, apart)
    for name, labels in classes.items():
        leaks.append(artist_tells(name, labels, collection.groups()))
    return [leak for leak in leaks if leak]

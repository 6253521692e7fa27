"""What `inspect` found: data that a program can keep, and lines that a person can read."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from unisono.collection.faults import several
from unisono.collection.guessing import Guess
from unisono.collection.settings import CollectionSettings
from unisono.collection.spelling import Slip

_WIDTH = 110
_SHOWN = 20
_FEW = 8


@dataclass(frozen=True)
class TaskFindings:
    """One task's labels.

    Args:
        name: of the task.
        kind: multiclass, multilabel, regression or distribution.
        columns: that hold its labels.
        separator: between the labels of a cell, "" where there is one label.
        labelled: rows that are.
        missing: rows that are not.
        counts: label -> rows, the commonest first; empty for numbers.
        range: lowest and highest number.
        levels: the numbers, where there are few of them.
        chance: metric -> what it is without learning anything.
        slips: labels that are probably misspelt.
        rare: labels too rare to be in train, validation and test -> rows.
        problems: labels that cannot be learned as they stand: lines with place and fix.
    """

    name: str
    kind: str
    columns: tuple[str, ...]
    separator: str
    labelled: int
    missing: int
    counts: Mapping[str, int]
    range: tuple[float, float] | None
    levels: tuple[float, ...]
    chance: Mapping[str, float]
    slips: tuple[Slip, ...]
    rare: Mapping[str, int]
    problems: tuple[str, ...]

    def remarks(self) -> list[str]:
        """What there is to say beside the counts: what is reached without learning, labels too rare or misspelt."""
        return list(_remarks(self))


@dataclass(frozen=True)
class Findings:
    """What stands in a collection, and what is wrong with it.

    Args:
        source: the table's or folder's name.
        rows: tracks.
        groups: of tracks that must stay together, such as artists; 0 where no column says.
        settings: how it was read, the roles of its columns.
        base: the folder that its relative paths start from.
        columns: what each column was taken for; empty where an experiment says it.
        tasks: what can be learned.
        sounds: "files", "none" (rows without), "opened", "seconds" (of most files, at most 30), "bad": place -> reason,
            "misnamed": place -> what the file holds whose name says another format,
            "short": place -> seconds of those that hold less than one.
        lyrics: "tracks", "none", "words" (median).
        duplicates: kind -> rows that repeat another.
        leftovers: phrases that end many lyrics, to be dropped.
        leaks: what would flatter scores, sentences.
        problems: what must be mended before training, lines with place and fix.
        notes: what is good to know, sentences.
    """

    source: str
    rows: int
    groups: int
    settings: CollectionSettings
    base: Path
    columns: tuple[Guess, ...]
    tasks: tuple[TaskFindings, ...]
    sounds: Mapping[str, Any]
    lyrics: Mapping[str, Any]
    duplicates: Mapping[str, int]
    leftovers: tuple[str, ...]
    leaks: tuple[str, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """All of it as dictionaries, lists, texts and numbers: ready for JSON."""
        data = asdict(self)
        data["settings"] = self.settings.model_dump(mode="json", exclude_defaults=True)
        data["base"] = str(self.base)
        for task in data["tasks"]:
            task["slips"] = [dict(zip(Slip._fields, slip, strict=True)) for slip in task["slips"]]
        return data

    def lines(self) -> list[str]:
        """All of it for a terminal, plain text."""
        return list(_lines(self))


def _lines(f: Findings) -> Iterator[str]:
    yield f"{f.source}: {several(f.rows, 'track')}" + (f", {several(len(f.columns), 'column')}" if f.columns else "")
    yield from _columns(f.columns)
    if f.groups:
        yield f"Groups by {' and '.join(f.settings.groups or ('artist',))}: {f.groups:,}"
    before = ""
    for task in f.tasks:
        if not before == task.kind == "regression":
            yield ""
        yield from _task(task)
        before = task.kind
    yield ""
    yield from _material(f)
    for title, sentences in (
        ("Mend before training", f.problems),
        ("Would flatter the scores", f.leaks),
        ("Good to know", f.notes),
    ):
        if sentences:
            yield ""
            yield f"{title}:"
            for sentence in sentences[:_SHOWN]:
                yield from _wrapped(sentence, "  - ")
            if len(sentences) > _SHOWN:
                yield f"  ... and {len(sentences) - _SHOWN:,} more"


def _columns(columns: tuple[Guess, ...]) -> Iterator[str]:
    """A line a column; columns of measurements, flags and nothing, which come in hundreds, in one line each."""
    together = {
        "measurements, for an input": [c for c in columns if c.role == "number"],
        "labels of 0 and 1, one task": [c for c in columns if c.role == "flag"],
        "not used: empty or always the same": [c for c in columns if c.role == "other" and c.bare],
    }
    told = [c for same in together.values() if len(same) > 2 for c in same]
    alone = [c for c in columns if c not in told]
    width = min(max((len(c.column) for c in alone), default=0), 30)
    for guess in alone:
        meant = f"{guess.role}: " if guess.role != "other" else "not used: "
        yield from _wrapped(f"{guess.column:<{width}}  {meant}{guess.why}", "  ")
    for meant, same in together.items():
        if len(same) > 2:
            yield from _wrapped(f"{len(same)} columns ({same[0].column} ... {same[-1].column}): {meant}", "  ")


def _task(t: TaskFindings) -> Iterator[str]:
    where = "" if t.columns == (t.name,) else f", column {t.columns[0]}" if len(t.columns) == 1 else ""
    missing = f", {t.missing:,} not labelled" if t.missing else ""
    yield f"Task {t.name} ({t.kind}{where}): {t.labelled:,} labelled{missing}{_scale(t)}"
    if t.range is not None:
        return
    if t.counts:
        shown = [f"{label} {count:,}" for label, count in list(t.counts.items())[:_SHOWN]]
        more = f", and {len(t.counts) - _SHOWN:,} more" if len(t.counts) > _SHOWN else ""
        yield from _wrapped(", ".join(shown) + more, "  ")
    for sentence in _remarks(t):
        yield from _wrapped(sentence, "  ")


def _remarks(t: TaskFindings) -> Iterator[str]:
    if t.chance and t.range is None:
        yield "without learning: " + ", ".join(f"{k} {v:.3g}" for k, v in t.chance.items())
    if t.rare:
        rare = ", ".join(f"{label} ({count})" for label, count in list(t.rare.items())[:_SHOWN])
        more = f" and {len(t.rare) - _SHOWN:,} more" if len(t.rare) > _SHOWN else ""
        yield f"in fewer than three groups, too few for train, validation and test: {rare}{more}"
    for slip in [s for s in t.slips if not s.certain][:_SHOWN]:
        yield f'perhaps misspelt: "{slip.found}" ({slip.times:,}) for "{slip.meant}" ({slip.usual:,})'


def _scale(t: TaskFindings) -> str:
    """ "; 100 to 400 on the levels 100, 200, 300, 400; the mean has rmse 92" """
    if t.range is None:
        return ""
    levels = f" on the levels {', '.join(f'{x:g}' for x in t.levels)}" if t.levels else ""
    return f"; {t.range[0]:g} to {t.range[1]:g}{levels}; the mean has rmse {t.chance['rmse']:.3g}"


def _material(f: Findings) -> Iterator[str]:
    if f.sounds:
        opened = f", {f.sounds['opened']:,} of them opened" if f.sounds["opened"] < f.sounds["files"] else ""
        none = f", {several(f.sounds['none'], 'track')} without" if f.sounds["none"] else ""
        yield f"Sound: {several(f.sounds['files'], 'file')}{opened}{none}"
        yield from _some("cannot be read", f.sounds["bad"])
        yield from _some("misnamed, and read by what they hold", f.sounds["misnamed"])
        lengths = {place: f"{seconds:g} s" for place, seconds in f.sounds["short"].items()}
        yield from _some("shorter than a second (min_duration of the input decides)", lengths)
    if f.lyrics:
        have, none, words = f.lyrics["tracks"], f.lyrics["none"], f.lyrics["words"]
        yield f"Lyrics: {several(have, 'track')}, {none:,} without; {words:g} words (median)"
    repeats = [f"{kind}: {count:,}" for kind, count in f.duplicates.items() if count]
    yield "Repeated: " + ("; ".join(repeats) if repeats else "nothing")


def _some(title: str, found: Mapping[str, str]) -> Iterator[str]:
    if found:
        yield f"  {len(found):,} {title}:"
    for place, reason in list(found.items())[:_FEW]:
        yield from _wrapped(f"{place}: {reason}", "    ")
    if len(found) > _FEW:
        yield f"    ... and {len(found) - _FEW:,} more"


def _wrapped(text: str, indent: str) -> list[str]:
    later = " " * (len(indent) + 2)
    return textwrap.wrap(
        text, _WIDTH, initial_indent=indent, subsequent_indent=later, break_long_words=False, break_on_hyphens=False
    ) or [indent]

"""What `inspect` found: data that a program can keep, and lines that a person can read."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from unisono.collection.guessing import Guess
from unisono.collection.settings import CollectionSettings
from unisono.collection.spelling import Slip

_WIDTH = 110
_SHOWN = 20


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
        sounds: "files", "none" (rows without), "opened", "seconds" (of most files, at most 30), "bad": place -> reason.
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
    yield f"{f.source}: {f.rows:,} tracks" + (f", {len(f.columns)} columns" if f.columns else "")
    yield from _columns(f.columns)
    if f.groups:
        yield f"Groups by {' and '.join(f.settings.groups or ('artist',))}: {f.groups:,}"
    for task in f.tasks:
        yield ""
        yield from _task(task)
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
    """A line a column; columns of measurements and flags, which come in hundreds, in one line each."""
    width = min(max((len(c.column) for c in columns if c.role not in ("number", "flag")), default=0), 30)
    told: set[str] = set()
    for guess in columns:
        if guess.role not in ("number", "flag"):
            meant = f"{guess.role}: " if guess.role != "other" else "not used: "
            yield from _wrapped(f"{guess.column:<{width}}  {meant}{guess.why}", "  ")
        elif guess.role not in told:
            told.add(guess.role)
            same = [c.column for c in columns if c.role == guess.role]
            meant = "measurements, for an input" if guess.role == "number" else "labels of 0 and 1, one task"
            yield from _wrapped(f"{len(same)} columns ({same[0]} ... {same[-1]}): {meant}", "  ")


def _task(t: TaskFindings) -> Iterator[str]:
    where = "" if t.columns == (t.name,) else f", column {t.columns[0]}" if len(t.columns) == 1 else ""
    missing = f", {t.missing:,} not labelled" if t.missing else ""
    yield f"Task {t.name} ({t.kind}{where}): {t.labelled:,} labelled{missing}"
    if t.counts:
        shown = [f"{label} {count:,}" for label, count in list(t.counts.items())[:_SHOWN]]
        more = f", and {len(t.counts) - _SHOWN:,} more" if len(t.counts) > _SHOWN else ""
        yield from _wrapped(", ".join(shown) + more, "  ")
    if t.range is not None:
        levels = f", on the levels {', '.join(f'{x:g}' for x in t.levels)}" if t.levels else ""
        yield from _wrapped(f"from {t.range[0]:g} to {t.range[1]:g}{levels}", "  ")
    if t.chance:
        yield from _wrapped("without learning: " + ", ".join(f"{k} {v:.3g}" for k, v in t.chance.items()), "  ")
    if t.rare:
        rare = ", ".join(f"{label} ({count})" for label, count in list(t.rare.items())[:_SHOWN])
        more = f" and {len(t.rare) - _SHOWN:,} more" if len(t.rare) > _SHOWN else ""
        yield from _wrapped(f"in fewer than three groups, too few for train, validation and test: {rare}{more}", "  ")
    for slip in [s for s in t.slips if not s.certain][:_SHOWN]:
        yield f'  perhaps misspelt: "{slip.found}" ({slip.times:,}) for "{slip.meant}" ({slip.usual:,})'


def _material(f: Findings) -> Iterator[str]:
    if f.sounds:
        bad = f.sounds["bad"]
        opened = f", {f.sounds['opened']:,} opened" if f.sounds["opened"] < f.sounds["files"] else ""
        none = f", {f.sounds['none']:,} tracks without" if f.sounds["none"] else ""
        yield f"Sound: {f.sounds['files']:,} files{opened}{none}, {len(bad):,} that cannot be used"
        for place, reason in list(bad.items())[:_SHOWN]:
            yield from _wrapped(f"{place}: {reason}", "  ")
        if len(bad) > _SHOWN:
            yield f"  ... and {len(bad) - _SHOWN:,} more"
    if f.lyrics:
        have, none, words = f.lyrics["tracks"], f.lyrics["none"], f.lyrics["words"]
        yield f"Lyrics: {have:,} tracks, {none:,} without; {words:g} words (median)"
    repeats = [f"{kind}: {count:,}" for kind, count in f.duplicates.items() if count]
    yield "Repeated: " + ("; ".join(repeats) if repeats else "nothing")


def _wrapped(text: str, indent: str) -> list[str]:
    later = " " * (len(indent) + 2)
    return textwrap.wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=later, break_long_words=False) or [
        indent
    ]

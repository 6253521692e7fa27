"""A first experiment file, written from what `inspect` found; it says in comments what was guessed."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from unisono.collection.faults import several
from unisono.collection.findings import Findings, TaskFindings
from unisono.collection.settings import LINE

_FEW = 1_000  # tracks below which cross-validation is worth its time
_FOLDS = 5
_SHORT = 0.05  # share of very short sounds that are meant to be short
_LEAST = 3  # rows that a label needs to be learned
_YEARS = ("year", "release_date", "date", "release_year", "decade")
_NOTE = 34  # column at which comments begin


def write_experiment(findings: Findings, folder: Path = Path()) -> str:
    """The text of an experiment file (TOML) that learns every task found.

    Tasks whose labels cannot be learned as they stand are commented out, with the reason.

    Args:
        folder: where the file will lie; its paths are relative to it.
    """
    blocks = [_head(findings), _collection(findings, folder), _split(findings), *_inputs(findings), *_tasks(findings)]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _head(f: Findings) -> list[str]:
    return [
        f"# A first experiment for {_comment(f.source)} ({several(f.rows, 'track')}), guessed from its columns.",
        "# Change what is wrong. What is not said here (network, balancing, training) has defaults.",
    ]


def _collection(f: Findings, folder: Path) -> list[str]:
    s = f.settings
    lines = ["[collection]"]
    for name in ("table", "folder", "rekordbox", "beets", "root"):
        if (path := getattr(s, name)) is not None:
            lines.append(_line(name, _path(f.base, path, folder)))
    if s.dataset is not None:
        lines.append(_line("dataset", s.dataset))
    if s.id is not None:
        lines.append(_line("id", s.id, "no column names a track: its line does" if s.id == LINE else "names a track"))
    if s.audio is not None:
        lines.append(_line("audio", s.audio, "paths of the sounds"))
    if s.audio_root is not None:
        lines.append(_line("audio_root", _path(f.base, s.audio_root, folder)))
    if s.lyrics is not None:
        lines.append(_line("lyrics", s.lyrics))
    if s.groups:
        lines.append(_line("groups", s.groups, "these stay on one side of a split"))
    if s.song:
        lines.append(_line("song", s.song, "the same song is never in train and in test"))
    return lines


def _split(f: Findings) -> list[str]:
    lines = ["[split]"]
    if f.groups > _FOLDS:
        lines.append(_line("protocol", "grouped"))
    else:
        lines.append(_line("protocol", "random", "no column of artists was found: scores are stamped leaky"))
    if f.rows < _FEW:
        lines.append(_line("folds", _FOLDS, "few tracks: each is in test once"))
    else:
        lines.append(_line("test", 0.2))
    lines.append(_line("validation", 0.1))
    given = [c.column for c in f.columns if c.role == "split"]
    return lines + [f"# or, in place of these: column = {_value(c)}" for c in given]


def _inputs(f: Findings) -> Iterator[list[str]]:
    found = False
    if f.sounds:
        found = True
        seconds = f.sounds["seconds"] or 30
        short = len(f.sounds["short"])
        shorter = [_line("min_duration", 0.1, f"{short:,} sounds are shorter than a second")]
        yield [
            "[inputs.audio]",
            _line("kind", "mel"),
            _line("duration", seconds, "seconds of each track; shorter ones are padded"),
            *(shorter if short > _SHORT * f.rows else []),
        ]
    if f.lyrics:
        found = True
        drop = [_line("drop_phrases", f.leftovers, "left over from where they were copied")] if f.leftovers else []
        yield ["[inputs.lyrics]", _line("kind", "words"), *drop]
    numbers = [c.column for c in f.columns if c.role == "number"]
    if numbers:
        found = True
        yield ["[inputs.numbers]", _line("kind", "columns"), _line("columns", numbers)]
    if not found:
        yield [
            "# Nothing to hear or read was found. Name a column of sounds or lyrics above, or features by track id:",
            "# [inputs.features]",
            '# kind = "vectors"',
            '# file = "features.parquet"',
        ]


def _tasks(f: Findings) -> Iterator[list[str]]:
    good = [t for t in f.tasks if not _reason(t)]
    if not f.tasks:
        yield ["# No column looks like labels. Add a task:", "# [tasks.genre]", '# kind = "multiclass"']
    for task in f.tasks:
        lines = _task(task, helps_only=task.name in _YEARS and len(good) > 1)
        if task not in good and good:
            lines = [f"# Left out: {_reason(task)}.", *(f"# {line}" for line in lines)]
        yield lines


def _reason(t: TaskFindings) -> str:
    """Why a task cannot be learned as it stands, "" when it can."""
    if t.problems:
        return f"{several(len(t.problems), 'problem')}, the first: {_comment(t.problems[0]).removesuffix('.')}"
    common = sum(count >= _LEAST and label not in t.rare for label, count in t.counts.items())
    if t.counts and common < (2 if t.kind == "multiclass" else 1):
        return "too few labels stand in three groups or more"
    return "" if t.labelled else "no row is labelled"


def _task(t: TaskFindings, helps_only: bool) -> list[str]:
    missing = f", {t.missing:,} not labelled" if t.missing else ""
    count = f"{len(t.counts)} labels, " if t.counts else ""
    key = t.name if t.name.isascii() else _value(t.name)
    lines = [_noted(f"[tasks.{key}]", f"{count}{several(t.labelled, 'track')}{missing}"), _line("kind", t.kind)]
    if len(t.columns) > 1:
        lines.append(_line("columns", t.columns))
    elif t.columns != (t.name,):
        lines.append(_line("column", t.columns[0]))
    if t.separator:
        lines.append(_line("separator", t.separator))
    if t.range is not None:
        lines.append(_line("range", _round(*t.range)))
    if t.levels:
        lines.append(_line("levels", t.levels, 'or kind = "multiclass", if they have no order'))
    if t.counts and min(t.counts.values()) < _LEAST:
        rare = sum(n < _LEAST for n in t.counts.values())
        which = "a label of one or two tracks counts" if rare == 1 else f"{rare} labels of one or two tracks count"
        lines.append(_line("rare", "ignore", f"{which} as not labelled"))
    if helps_only:
        lines.append(_line("role", "auxiliary", "only helps the others; remove this line to tag it"))
    return lines


def _round(low: float, high: float) -> tuple[float, float]:
    """The range with few digits, not narrower."""
    step = 10.0 ** (math.floor(math.log10(high - low)) - 3) if high > low else 1.0
    return float(f"{math.floor(low / step) * step:.6g}"), float(f"{math.ceil(high / step) * step:.6g}")


def _path(base: Path, path: str, folder: Path) -> str:
    there = (base / Path(path).expanduser()).resolve()
    return Path(os.path.relpath(there, folder.resolve())).as_posix()


def _line(key: str, value: object, note: str = "") -> str:
    return _noted(f"{key} = {_value(value)}", note)


def _noted(text: str, note: str) -> str:
    return f"{text:<{_NOTE - 1}} # {note}" if note else text


def _value(value: object) -> str:
    """A value as TOML writes it."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Sequence):
        parts = [_value(v) for v in value]
        one = f"[{', '.join(parts)}]"
        return one if len(one) < 90 else "[\n" + "".join(f"    {p},\n" for p in parts) + "]"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _comment(text: str) -> str:
    """Text on one line, as a comment may hold it."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())

"""What each column of a table is for, guessed from its name and its cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

import polars as pl

from unisono.collection.faults import several
from unisono.collection.folder import AUDIO_SUFFIXES
from unisono.collection.profile import Profile, profile_of
from unisono.collection.split_file import ALSO, PARTS
from unisono.collection.tracks import alike

_ID = {"id", "track_id", "trackid", "row", "path", "filepath", "file", "filename", "file_name", "index", "key", "uuid"}
_ARTIST = (
    "artist_norm",
    "artist",
    "artist_name",
    "artists",
    "album_artist",
    "albumartist",
    "performer",
    "band",
    "singer",
)
_TITLE = ("title", "track_name", "song_title", "song", "track", "name")
_LYRICS = ("lyrics", "text", "words", "lyric")
_SPLIT = {"split", "part", "fold", "subset", "set", "partition"}
_TECHNICAL = {
    "duration", "len", "sr", "ch", "channels", "sample_rate", "samplerate", "bitrate", "md5", "sha1", "sha256", "size",
    "codec", "filesize", "encoder", "isrc", "barcode", "asin", "disc", "discnumber", "tracknumber", "track_number",
    "tracktotal", "totaltracks", "totaldiscs", "disctotal", "compilation", "copyright",
}  # fmt: skip
_SEPARATORS = (";", "|", ",")
_MOST_LEVELS = 12  # so many different numbers are levels that somebody chose
_MOST_CLASSES = 200
_DESCRIPTORS = 40  # so many columns of numbers are measurements, not labels
_FEWEST = 20  # rows that must be filled for a column to be labels (half of them in small tables)
_LONG = 15  # words a cell, from which a text is lyrics
_SHORT = 3  # words a cell, from which it is lyrics if its column is called so

ROLES = ("id", "audio", "lyrics", "artist", "title", "split", "task", "flag", "number", "other")


@dataclass(frozen=True)
class Guess:
    """What one column is taken for.

    Args:
        column: its name.
        role: one of `ROLES`; "flag" is one label of a task that is spread over columns of 0 and 1, "number" a
            measurement that an input may read.
        kind: of its task, if it is one.
        separator: between the labels of a cell, if there are several.
        why: in words.
        bare: it is empty or the same in all rows.
    """

    column: str
    role: str
    why: str
    kind: str = ""
    separator: str = ""
    bare: bool = False


def guess_columns(frame: pl.DataFrame) -> list[Guess]:
    """A guess for every column, in their order."""
    profiles = [profile_of(frame[name]) for name in frame.columns]
    guesses = [_guess(p) for p in profiles]
    for role, names in (("id", ()), ("lyrics", _LYRICS), ("artist", _ARTIST), ("title", _TITLE), ("audio", ())):
        guesses = _only_one(guesses, role, names)
    return _measurements(guesses, profiles)


def _guess(p: Profile) -> Guess:
    if len(p.counts) <= 1:
        return Guess(p.name, "other", f'always "{p.texts[0][:40]}"' if p.texts else "empty", bare=True)
    by_name = _by_name(p)
    if by_name is not None:
        return by_name
    if len(p.texts) < min(_FEWEST, 0.5 * p.rows):
        return Guess(p.name, "other", f"only {several(len(p.texts), 'row')} filled")
    if p.numeric:
        return _of_numbers(p)
    if p.words >= _LONG and len(p.counts) > 0.5 * len(p.texts):
        return Guess(p.name, "lyrics", f"long texts, {p.words:.0f} words on average")
    return _of_texts(p)


def _by_name(p: Profile) -> Guess | None:
    """What the name of a column gives away, if its cells agree."""
    sounds = sum(PurePath(t).suffix.lower() in AUDIO_SUFFIXES for t in p.texts)
    if sounds >= 0.9 * len(p.texts):
        return Guess(p.name, "audio", "paths of sound files")
    if p.unique and (p.lower in _ID or p.lower.endswith(("_id", "_tid", "_index"))):
        return Guess(p.name, "id", "a name of its own in each row")
    if p.lower in _ID or p.lower.endswith(("_id", "_tid", "_index")):
        return Guess(p.name, "other", f"a key, but not unique: {len(p.counts):,} different in {len(p.texts):,} rows")
    if p.lower in _SPLIT and all(ALSO.get(t.lower(), t.lower()) in PARTS for t in p.counts):
        return Guess(p.name, "split", "says train, validation or test")
    if p.lower in _TECHNICAL or p.lower.startswith("n_"):
        return Guess(p.name, "other", "a fact about the file, no label")
    if p.lower in _ARTIST and not p.numeric:
        return Guess(p.name, "artist", f"{len({alike(t) for t in p.counts}):,} artists")
    if p.lower in _LYRICS and not p.numeric and _SHORT <= p.words < _LONG and len(p.counts) > 0.5 * len(p.texts):
        return Guess(p.name, "lyrics", f"short texts, {p.words:.0f} words on average, in a column of this name")
    if p.lower in _TITLE and not p.numeric:
        return Guess(p.name, "title", f"{len(p.counts):,} titles")
    return None


def _of_numbers(p: Profile) -> Guess:
    values = set(p.numbers)
    if values == {0.0, 1.0}:
        return Guess(p.name, "flag", "0 or 1", "multilabel")
    if p.unique and p.whole and max(values) - min(values) == p.rows - 1:
        return Guess(p.name, "id", "counts the rows")
    if len(values) <= _MOST_LEVELS and len(p.numbers) >= 3 * len(values):
        return Guess(p.name, "task", f"a number on {len(values)} levels", "regression")
    return Guess(p.name, "task", f"a number from {min(values):g} to {max(values):g}", "regression")


def _of_texts(p: Profile) -> Guess:
    separator, labels = _separated(p)
    if separator:
        return Guess(p.name, "task", f'several of {labels} labels, separated by "{separator}"', "multilabel", separator)
    classes = len(p.counts)
    if classes <= _MOST_CLASSES and len(p.texts) >= 3 * classes:
        return Guess(p.name, "task", f"one of {classes} classes", "multiclass")
    return Guess(p.name, "other", f"{classes:,} different texts in {len(p.texts):,} rows")


def _separated(p: Profile) -> tuple[str, int]:
    """What separates the labels of a cell, if the same labels come again in other cells; and how many there are."""
    for separator in _SEPARATORS:
        several = sum(separator in t for t in p.texts)
        labels = Counter(part.strip() for t in p.texts for part in t.split(separator) if part.strip())
        shared = sum(count for _, count in labels.items() if count > 1)
        often = several >= (0.05 if separator == ";" else 0.2) * len(p.texts)
        few = len(labels) < len(p.counts) or len(labels) <= 0.2 * sum(labels.values())
        if often and few and len(labels) <= _MOST_CLASSES and shared >= 0.8 * sum(labels.values()):
            return separator, len(labels)
    return "", 0


def _only_one(guesses: list[Guess], role: str, names: Sequence[str]) -> list[Guess]:
    """Of several columns with a role that only one can have, keep the best known name, else the first."""
    found = [g for g in guesses if g.role == role]
    if len(found) < 2:
        return guesses
    rank = {name: n for n, name in enumerate(names)}
    best = min(found, key=lambda g: rank.get(g.column.strip().lower(), len(rank)))
    why = f'like "{best.column}"'
    return [g if g.role != role or g is best else Guess(g.column, "other", why) for g in guesses]


def _measurements(guesses: list[Guess], profiles: Sequence[Profile]) -> list[Guess]:
    """Very many columns of numbers are measurements; one or two of 0 and 1 are tasks of their own."""
    many = sum(g.kind == "regression" and len(p.counts) > _MOST_LEVELS for g, p in zip(guesses, profiles, strict=True))
    flags = sum(g.role == "flag" for g in guesses)
    settled = []
    for guess in guesses:
        if guess.kind == "regression" and many >= _DESCRIPTORS:
            guess = Guess(guess.column, "number", "a measurement, for an input")
        if guess.role == "flag" and flags < 3:
            guess = Guess(guess.column, "task", guess.why, "multiclass")
        settled.append(guess)
    return settled

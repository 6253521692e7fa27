"""What stands twice in a collection, and what gives labels away."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from unisono.collection.faults import quoted
from unisono.collection.faults import several as counted
from unisono.collection.table import text_of
from unisono.collection.tracks import Collection

_SURE = 0.98  # share of rows whose label another column tells, from which it is worth saying
_OFTEN = 0.005  # share of lyrics with the same two last words, from which these are no lyrics
_UNEVEN = 0.1  # difference between two labels' shares, from which something tells the label
_LARGEST = 64 << 20  # bytes of a file that is still worth hashing


def same_files(paths: Sequence[Path | None]) -> list[tuple[Path, Path]]:
    """Pairs of a file and an earlier one with the same bytes; only files of one size are read."""
    sizes: dict[int, list[Path]] = defaultdict(list)
    for path in dict.fromkeys(p for p in paths if p is not None):
        size = path.stat().st_size
        if 0 < size <= _LARGEST:
            sizes[size].append(path)
    pairs = []
    for alike in sizes.values():
        first: dict[str, Path] = {}
        for path in alike if len(alike) > 1 else ():
            earlier = first.setdefault(_digest(path), path)
            if earlier is not path:
                pairs.append((path, earlier))
    return pairs


def repeated(collection: Collection, lyrics: Sequence[str | None]) -> dict[str, int]:
    """Rows that repeat an earlier one, by what they repeat."""
    songs = collection.songs()
    paths = [track.audio for track in collection.tracks]
    texts = [" ".join(t.split()) for t in lyrics if t]
    return {
        "rows with the song of another": 0 if songs is None else _repeats(songs.tolist()),
        "rows with the sound file of another": _repeats([p for p in paths if p is not None]),
        "sound files equal to another": len(same_files(paths)),
        "lyrics equal to others": _repeats([t for t in texts if t]),
    }


def songs_in_several_classes(collection: Collection, name: str, labels: Sequence[str]) -> str:
    """A sentence on songs that have several labels of one task, "" if there are none."""
    songs = collection.songs()
    if songs is None:
        return ""
    found: dict[int, set[str]] = defaultdict(set)
    for song, label in zip(songs.tolist(), labels, strict=True):
        if label:
            found[song].add(label)
    several = {song: classes for song, classes in found.items() if len(classes) > 1}
    if not several:
        return ""
    song, classes = next(iter(several.items()))
    row = int(np.flatnonzero(songs == song)[0])
    columns = collection.roles.song or (collection.roles.duplicates or collection.roles.id,)
    title = " / ".join(text_of(collection.frame[c][row]) for c in columns)
    return (
        f'{counted(len(several), "song")} with several labels of {name}: "{title}" is {" and ".join(sorted(classes))}.'
    )


def telling_columns(labels: Mapping[str, Sequence[str]], others: Mapping[str, Sequence[str]]) -> list[str]:
    """Sentences on columns whose cell tells a task's label, for nearly all rows.

    Args:
        labels: task -> its label of each row, "" where not labelled.
        others: column -> its cell of each row.
    """
    sentences = []
    for task, wanted in labels.items():
        told = {column: _told(wanted, cells) for column, cells in others.items() if column != task}
        sure = sorted((c for c, share in told.items() if share >= _SURE), key=lambda c: -told[c])
        if sure:
            named = f'"{sure[0]}" ({told[sure[0]]:.1%} of the rows)'
            also = f" (also {quoted(sure[1:], 3)})" if sure[1:] else ""
            sentences.append(f"{task} is told by the column {named}: keep it out of the inputs{also}.")
    return sentences


def artist_tells(name: str, wanted: Sequence[str], groups: NDArray[np.int64] | None) -> str:
    """A sentence where tracks of one artist mostly share a label, "" where they do not."""
    share = 0.0 if groups is None else _told(wanted, [str(g) for g in groups.tolist()])
    most = Counter(w for w in wanted if w).most_common(1)
    if not most or share < 0.8 or share < 1.3 * most[0][1] / sum(1 for w in wanted if w):
        return ""
    return f"Tracks of one artist share their {name} in {share:.0%} of the rows: a random split would learn artists."


def endings(lyrics: Sequence[str | None], labels: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Phrase -> a sentence: two words that end suspiciously many lyrics: leftovers of where they were copied from."""
    last = [tuple(t.split()[-2:]) if t else () for t in lyrics]
    counts = Counter(pair for pair in last if len(pair) == 2 and pair[0] != pair[1])
    sentences = {}
    for pair, count in counts.most_common(3):
        if count < max(10, _OFTEN * sum(counts.values())):
            break
        phrase = " ".join(pair)
        by_task = [_shares(name, [p == pair for p in last], cells) for name, cells in labels.items()]
        uneven, spread = max(by_task, default=(0.0, ""))
        told = ", and tells the label" if uneven > _UNEVEN else ""
        sentences[phrase] = (
            f'"{phrase}" ends {count:,} lyrics ({count / len(last):.1%}{spread}): it is probably left over from where '
            f'they were copied{told}. Set drop_phrases = ["{phrase}"] in the input.'
        )
    return sentences


def _shares(name: str, inside: Sequence[bool], labels: Sequence[str]) -> tuple[float, str]:
    """How unevenly a phrase is spread over a task's labels, and in words: "; genre: hip hop 55% ... jazz 0%"."""
    rows, hits = Counter(labels), Counter(label for label, yes in zip(labels, inside, strict=True) if yes)
    shares = sorted(((hits[label] / rows[label], label) for label in rows if label), reverse=True)
    if not shares:
        return 0.0, ""
    first = ", ".join(f"{label} {share:.0%}" for share, label in shares[:2])
    return shares[0][0] - shares[-1][0], f"; {name}: {first} ... {shares[-1][1]} {shares[-1][0]:.0%}"


def _told(wanted: Sequence[str], cells: Sequence[str]) -> float:
    """Share of rows whose label is the commonest of their cell, over cells that stand in two rows or more.

    0 when the cells tell little: they stand in few rows together, or one label is that common anyway.
    """
    by_cell: dict[str, Counter[str]] = defaultdict(Counter)
    for cell, label in zip(cells, wanted, strict=True):
        if cell and label:
            by_cell[cell][label] += 1
    known = sum(1 for label in wanted if label)
    repeated_cells = [c for c in by_cell.values() if c.total() > 1]
    rows = sum(c.total() for c in repeated_cells)
    most = Counter(label for label in wanted if label).most_common(1)
    if not known or rows < 0.5 * known or most[0][1] > 0.9 * known:
        return 0.0
    return sum(c.most_common(1)[0][1] for c in repeated_cells) / rows


def _repeats(keys: Sequence[object]) -> int:
    return len(keys) - len(set(keys))


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

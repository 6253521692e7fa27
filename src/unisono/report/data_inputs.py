"""What an experiment's inputs make of a collection: pictures of sounds, lengths of texts, who has numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from unisono.collection import Track
from unisono.collection.faults import several
from unisono.errors import UserError
from unisono.inputs import Input
from unisono.inputs.augmenting import Augmentation, picked
from unisono.inputs.augmenting.copies import PLAIN
from unisono.inputs.mel import Mel
from unisono.inputs.reading.text import Text
from unisono.inputs.transformer import Transformer
from unisono.report.alterations import Figure, Heard, Studio, altered
from unisono.report.data_figures import length_figure
from unisono.report.spectrograms import Canvas, Panel, below_each_other, canvas_of, shown_frames
from unisono.report.wording import percent

_EXAMPLES, _TRIES = 3, 12  # tracks that are drawn, and tried
_SCALED_BY = 100  # training tracks that the means of bands are learned from here
_TEXTS = 2000  # texts whose words are counted


@dataclass(frozen=True)
class Tracks:
    """The tracks of a data page.

    Args:
        every: all that are used.
        train: positions of those that teach, in the first fold.
        examples: positions in the order in which they are to be looked at.
        titles: position -> what is written above its picture.
    """

    every: Sequence[Track]
    train: Sequence[int]
    examples: Sequence[int]
    titles: Mapping[int, str]


@dataclass
class InputPart:
    """What is said and shown of one input."""

    name: str
    kind: str
    said: list[str] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    altered: list[Figure] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def input_part(name: str, part: Input, tracks: Tracks, how: Augmentation) -> InputPart:
    """What an input makes of the tracks; what it cannot make is said in place of it."""
    shown = InputPart(name, part.kind)
    try:
        if part.needs == "audio":
            _sound(shown, part, tracks, how)
        elif part.needs == "lyrics":
            _lyrics(shown, part, tracks)
        else:
            _numbers(shown, part, tracks)
    except UserError as error:
        shown.said.append(f"It cannot be shown: {' '.join(error.lines())}")
    return shown


def _sound(shown: InputPart, part: Input, tracks: Tracks, how: Augmentation) -> None:
    there = [at for at in tracks.examples if tracks.every[at].audio is not None]
    shown.said.append(_share(len(there), len(tracks.every), "a sound file"))
    canvas = canvas_of(part)
    if canvas is None:
        width = next(iter(part.shapes.values()))[0]
        shown.said.append(f"It makes {f'{width:,} numbers' if width else 'numbers'} of an excerpt, and no picture.")
        return
    fitted, scaled = _fitted(part, tracks)
    heard = _heard(shown, part, [(at, tracks.titles[at], tracks.every[at]) for at in there], canvas)
    if not heard:
        return
    panels = [
        Panel(h.title, shown_frames(fitted.collate([picked(h.example, fitted.shapes, 0)])[canvas.array][0]), h.start)
        for h in heard
    ]
    told = f"{several(len(heard), 'example track')} as the network gets them, {canvas.unit}."
    figure = below_each_other(panels, canvas, f"sound {shown.name}", told)
    shown.figures.append((figure, f"{told}{scaled}{_excerpts(part)}"))
    if isinstance(part, Mel) and isinstance(fitted, Mel):
        shown.altered += altered(Studio(part, fitted, canvas, how), heard)


def _fitted(part: Input, tracks: Tracks) -> tuple[Input, str]:
    """The input, fitted on some training tracks where it learns its scale, and a sentence on that."""
    if not isinstance(part, Mel):
        return part.fit(()), ""
    plain = part.model_copy(update={"pitch": PLAIN})
    if not part.learns_from_examples:
        return plain, ""
    sounding = [at for at in tracks.train if tracks.every[at].audio is not None]
    some = [
        sounding[i] for i in np.unique(np.linspace(0, len(sounding) - 1, _SCALED_BY if sounding else 0).astype(int))
    ]
    told = f" Means and deviations of the bands are those of {several(len(some), 'training track')}"
    of = "" if len(some) == len(sounding) else f", where training takes all {len(sounding):,}"
    return plain.fit(tracks.every[at] for at in some), f"{told}{of}."


def _heard(shown: InputPart, part: Input, there: Sequence[tuple[int, str, Track]], canvas: Canvas) -> list[Heard]:
    """The first excerpt of the first tracks that can be read; others that were tried are named."""
    heard: list[Heard] = []
    for _, title, track in there[:_TRIES]:
        try:
            examples = part.read(track)
        except UserError as error:
            shown.unread.append(" ".join(error.lines()))
            continue
        heard += [Heard(title, example, canvas.start) for example in examples[:1]]
        if len(heard) == _EXAMPLES:
            break
    if there and not heard:
        shown.said.append(f"None of {several(min(len(there), _TRIES), 'track')} that were tried can be read.")
    return heard


def _excerpts(part: Input) -> str:
    number = int(getattr(part, "excerpts", 1))
    return f" The first of up to {number} excerpts of each." if number > 1 else ""


def _lyrics(shown: InputPart, part: Input, tracks: Tracks) -> None:
    texts = []
    for track in tracks.every:
        with suppress(UserError):  # inspect has named it
            texts.append(track.lyrics)
    there = [text for text in texts if text and text.strip()]
    shown.said.append(_share(len(there), len(tracks.every), "lyrics"))
    if not there:
        return
    some = [there[i] for i in np.unique(np.linspace(0, len(there) - 1, _TEXTS).astype(int))]
    length, unit, what = _measure(part)
    lengths = [length(text) for text in some]
    cut: int | None = getattr(part, "max_tokens", None)
    of = f", of {several(len(some), 'text')} taken evenly from all" if len(some) < len(there) else ""
    told = f"Length in {what}{of}; the median is {np.median(lengths):,.0f}."
    if cut is not None:
        longer = float(np.mean(np.array(lengths) > cut))
        told += f" The network reads {cut:,} at most: {percent(longer) if longer else 'none'} are longer."
    shown.figures.append((length_figure(shown.name, lengths, unit, cut), told))


def _measure(part: Input) -> tuple[Callable[[str], int], str, str]:
    """How long a text is for an input, what that counts, and the same in more words."""
    if isinstance(part, Text):
        return (lambda text: len(part.tokens(text))), "words", "words, after cleaning"
    if isinstance(part, Transformer):
        whole = part.fit(()).model_copy(update={"max_tokens": 1_000_000})
        return (lambda text: _pieces(whole, text)), "word pieces", "word pieces of the model"
    return (lambda text: len(text.split())), "words", "words"


def _pieces(part: Transformer, text: str) -> int:
    return sum(len(example["ids"]) for example in part.read(Track("", lyrics=text)))


def _numbers(shown: InputPart, part: Input, tracks: Tracks) -> None:
    """Who has a row, and how long it is; what is selected is left to training."""
    free: dict[str, Any] = {"selection": None, "missing": "lack"}
    known = {key: value for key, value in free.items() if hasattr(part, key)}
    whole: Any = part.model_copy(update=known)  # type: ignore[attr-defined]
    fitted: Any = whole.fit([tracks.every[at] for at in tracks.train])
    lacking = sum(fitted.why_missing(track) is not None for track in tracks.every)
    shown.said.append(_share(len(tracks.every) - lacking, len(tracks.every), "a row of it"))
    widths = [shape[0] for shape in fitted.shapes.values() if shape[0]] or list(getattr(fitted, "widths", None) or ())
    if widths:
        shown.said.append(f"A row has {several(sum(widths), 'number')}.")
    if getattr(part, "selection", None) is not None:
        shown.said.append("Which of them are kept is chosen in training, on training tracks.")


def _share(count: int, every: int, what: str) -> str:
    verb = "has" if every == 1 else "have"
    return f"{count:,} of {several(every, 'track')} ({percent(count / max(every, 1))}) {verb} {what}."


__all__ = ["InputPart", "Tracks", "input_part"]

"""Heard numbers: what every input that makes one row of numbers of a sound shares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from unisono.errors import AudioError, TooShort, UserError
from unisono.inputs import Batch, Example, Labels, Needs, Source
from unisono.inputs.hearing.decoding import DAMAGED, open_sound
from unisono.inputs.hearing.limits import Limits, Part
from unisono.inputs.hearing.resampling import Waveform, resampled
from unisono.inputs.reading.scaling import Scaler, Scaling, fit_scaler
from unisono.inputs.selection import Features, Selected, Selection, choose

APPLIED_LATER = {"scaling", "scaler", "max_seconds", "selection", "selected"}  # do not change what is cached

Rows = NDArray[np.float32]


class HeardNumbers(BaseModel):
    """Fields of an input that hears rows of numbers and scales them by the training tracks.

    Args:
        offset: seconds that are left out at the start.
        min_duration: seconds below which a track is refused as too short.
        max_seconds: files that are, or claim to be, longer are refused.
        scaling: `standard` (mean 0, deviation 1), `minmax` (0 to 1) or `none`.
        selection: which of the numbers to keep, see `inputs.selection.Selection`; default: all.
        scaler: learned by `fit`: see `scaling`.
        selected: learned: what `selection` has kept and why.
    """

    needs: ClassVar[Needs] = "audio"
    costly: ClassVar[bool] = True

    offset: float = Field(default=0.0, ge=0)
    min_duration: float = Field(default=1.0, gt=0)
    max_seconds: float = Field(default=4 * 3600.0, gt=0)
    scaling: Scaling = "standard"
    selection: Selection | None = None
    scaler: Scaler | None = None
    selected: Selected | None = None

    @property
    def width(self) -> int:
        """Numbers in a row that is heard; the network is given those that are kept of them."""
        raise NotImplementedError

    @property
    def named(self) -> tuple[str, ...]:
        """A name for each number of a row."""
        return tuple(f"{type(self).__name__.lower()}[{at}]" for at in range(self.width))

    def rows(self, heard: Waveform) -> Rows:
        """The numbers of a sound at `sample_rate`.

        Shape: (samples,) -> (examples, width)
        """
        raise NotImplementedError

    @property
    def span(self) -> tuple[int, float | None]:
        """Sample rate in Hz and seconds that are heard; None hears all."""
        raise NotImplementedError

    @property
    def shapes(self) -> dict[str, tuple[int | None, ...]]:
        """One row of numbers, as long as what is kept; None before `fit` where some are to be left out."""
        if self.selection is not None and self.selected is None:
            return {"values": (None,)}
        return {"values": (self.width if self.selected is None else len(self.selected.positions),)}

    @property
    def learns_from_examples(self) -> bool:
        """Whether `fit` has anything to learn."""
        return self.scaling != "none" or self.selection is not None

    @property
    def learns_from_labels(self) -> bool:
        """Whether labels have a say in what is kept."""
        return self.selection is not None and self.selection.asks

    def fit(self, tracks: Iterable[Source]) -> Self:
        """Learn the scale from tracks; those that cannot be read are left out."""
        return self.fit_heard(list(self._readable(tracks)) if self.learns_from_examples else (), {})

    def fit_examples(self, tracks: Iterable[Sequence[Example]]) -> Self:
        """Like `fit`, from what `read` gave for each training track.

        Raises: AudioError when no track has anything to learn from.
        """
        if self.scaling == "none":
            return self
        rows = [example["values"] for track in tracks for example in track]
        if not rows:
            raise AudioError("inputs", "no training track can be heard but scaling needs some", "Check the paths.")
        values = np.stack(rows).astype(np.float64)
        return self.model_copy(update={"scaler": fit_scaler(self.scaling, lambda: [values])})

    def fit_heard(self, tracks: Sequence[Sequence[Example]], labels: Mapping[str, Labels]) -> Self:
        """Like `fit_examples`, with the tracks' labels for the selection; copies of a track have no say in it.

        Raises: as `fit_examples`; LabelError when a task that selects has no two different labels.
        """
        fitted = self.fit_examples(tracks)
        if fitted.selection is None:
            return fitted
        owners = [at for at, track in enumerate(tracks) for _ in track]
        values = np.array([e["values"] for track in tracks for e in track], np.float64).reshape(len(owners), -1)
        mine = {name: one.of(owners) for name, one in labels.items()}
        return fitted.model_copy(update={"selected": choose(fitted.selection, Features(fitted.named, values), mine)})

    def read(self, track: Source) -> list[Example]:
        """The track's rows of numbers, not scaled yet; an empty list where it has no sound.

        Shape: {"values": float32 (width,)}
        Raises: AudioError when the file is damaged or no sound; TooShort.
        """
        examples, damage = self.salvage(track)
        if damage:
            raise AudioError(str(track.audio), damage, DAMAGED)
        return examples

    def salvage(self, track: Source) -> tuple[list[Example], str]:
        """The rows of what can be heard, and what is wrong with the file ("" if nothing is)."""
        if track.audio is None:
            return [], ""
        sample_rate, seconds = self.span
        with open_sound(track.audio, Part(self.offset, seconds), Limits(seconds=self.max_seconds)) as sound:
            blocks = list(resampled(sound.blocks(), sound.sample_rate, sample_rate))
            self._check_length(str(track.audio), sound.samples / sound.sample_rate, sound.damage)
            damage = sound.damage
        return self.examples(np.concatenate(blocks)), damage

    def examples(self, heard: Waveform) -> list[Example]:
        """The examples of a sound at the sample rate of `span`."""
        return [{"values": row} for row in self.rows(heard)]

    def collate(self, examples: Sequence[Example | None]) -> Batch:
        """What is kept of scaled rows, one below the other; a missing example becomes zeros.

        Shape: {"values": float32 (examples, kept)}
        """
        if (self.scaling != "none" and self.scaler is None) or (self.selection is not None and self.selected is None):
            raise ValueError("the input is not fitted: call fit first")
        values = np.zeros((len(examples), self.width), np.float32)
        for row, example in zip(values, examples, strict=True):
            if example is not None:
                heard = example["values"].astype(np.float64)
                row[:] = heard if self.scaler is None else self.scaler.apply(heard)
        return {"values": values if self.selected is None else values[:, list(self.selected.positions)]}

    def _readable(self, tracks: Iterable[Source]) -> Iterator[Sequence[Example]]:
        for track in tracks:
            with suppress(UserError):  # named where the tracks are read to be used
                yield self.read(track)

    def _check_length(self, where: str, seconds: float, damage: str) -> None:
        if seconds >= self.min_duration:
            return
        if damage:
            raise AudioError(where, damage, DAMAGED)
        after = f" after its first {self.offset:g} s" if self.offset else ""
        found = f"holds {seconds:.2f} s of sound{after} but {self.min_duration:g} s are needed"
        raise TooShort(where, found, "Leave it out, or lower min_duration.")

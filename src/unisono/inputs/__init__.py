"""What a model hears and reads: an input turns one track's file, text or numbers into arrays.

Contract of an input (`inputs/<kind>.py`, a frozen settings class named like its file):

* `fit` learns from the training tracks (vocabulary, scaler) and returns a fitted copy whose fields hold what was
  learned: `model_dump()` of a fitted input is all that a model folder keeps of it. Fitting may use scikit-learn,
  applying needs numpy and scipy only.
* `read` turns one track into examples, one an excerpt (usually one in all); an empty list where the track lacks this
  input (no lyrics, no sound). The same bytes give the same arrays, when learning and when tagging.
* `collate` turns examples of several tracks into one batch: a name -> array with a first axis of their number.
  A missing example (None) becomes zeros of the declared shape; the caller keeps the mask.
* The network's and the ONNX graph's inputs are named "<input>.<array>", such as "lyrics.ids".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from unisono.errors import ExperimentError
from unisono.parts import names, part_class

Example = dict[str, NDArray[Any]]  # array name -> array of one excerpt, without a batch axis
Batch = dict[str, NDArray[Any]]  # array name -> array, first axis = excerpts
Needs = Literal["audio", "lyrics", "values", "id"]


class Source(Protocol):
    """What an input may read of a track (`collection.Track` is one)."""

    @property
    def id(self) -> str: ...
    @property
    def audio(self) -> Path | None: ...
    @property
    def lyrics(self) -> str | None: ...
    @property
    def values(self) -> Mapping[str, Any]:
        """The track's row: column -> cell."""
        ...


class Input(Protocol):
    """A fitted input; see the module for the contract."""

    needs: ClassVar[Needs]
    costly: ClassVar[bool]  # True when `read` decodes a file: worth worker processes and a cache entry

    @property
    def kind(self) -> str: ...
    @property
    def shapes(self) -> dict[str, tuple[int | None, ...]]:
        """Shape of each array of one example, None where it varies by track. Known after `fit`."""
        ...

    def key(self) -> str:
        """Names the parameters that decide what `read` returns: the input's half of a cache key."""
        ...

    def fit(self, tracks: Iterable[Source]) -> Self: ...
    def read(self, track: Source) -> list[Example]: ...
    def collate(self, examples: Sequence[Example | None]) -> Batch: ...


@runtime_checkable
class LearnsFromExamples(Input, Protocol):
    """An input that is fitted on what it gave for the training tracks, so that no file is decoded twice."""

    @property
    def learns_from_examples(self) -> bool: ...
    def fit_examples(self, tracks: Iterable[Sequence[Example]]) -> Self: ...


class Labels(NamedTuple):
    """One task's labels of the tracks that an input is fitted on.

    Args:
        kind: of the task.
        values: its targets, NaN where not labelled.
    Shape: values (tracks, k)
    """

    kind: str
    values: NDArray[np.float32]

    def of(self, tracks: Sequence[int]) -> Labels:
        """The labels of some of the tracks."""
        return Labels(self.kind, self.values[list(tracks)])


@runtime_checkable
class LearnsFromLabels(Input, Protocol):
    """An input that may be fitted on the training tracks' labels too, such as one that selects features by them."""

    @property
    def learns_from_labels(self) -> bool: ...
    def fit_labelled(self, tracks: Sequence[Source], labels: Mapping[str, Labels]) -> Self: ...


@runtime_checkable
class LearnsFromHeard(Input, Protocol):
    """An input that may be fitted both on what it gave for the training tracks and on their labels."""

    @property
    def learns_from_labels(self) -> bool: ...
    def fit_heard(self, tracks: Sequence[Sequence[Example]], labels: Mapping[str, Labels]) -> Self: ...


@runtime_checkable
class ReadsFiles(Protocol):
    """An input whose settings name files; relative paths start from a folder that is not part of its dump."""

    def at(self, base: Path) -> Self: ...


@runtime_checkable
class ReadsColumns(Protocol):
    """An input that reads columns of the collection's table, or files of numbers, which can be looked for at once."""

    def check_columns(self, columns: Sequence[str]) -> None:
        """Look for what the settings name, before anything is learned.

        Args:
            columns: of the collection's table.
        Raises: ExperimentError, TableError.
        """
        ...


Progress = Callable[[int, int], None]  # (done, all)


def input_of(settings: dict[str, Any], base: Path | None = None) -> Input:
    """The input that an `[inputs.name]` table of an experiment, or a model's dump, describes.

    Args:
        base: the folder that relative paths in the settings start from; default: the working folder.
    """
    kind = settings.get("kind")
    if kind is None:
        raise ExperimentError("inputs", "an input has no kind", f"Set kind to one of {', '.join(names('inputs'))}.")
    built: Input = part_class("inputs", str(kind))(**settings)
    return built.at(base) if base is not None and isinstance(built, ReadsFiles) else built

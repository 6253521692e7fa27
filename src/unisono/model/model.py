"""An opened model: examples in, scores out, by ONNX Runtime alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from unisono.errors import ModelError, TableError, nearest
from unisono.inputs import Batch, Input, input_of
from unisono.inputs.batching import TrackExamples, batches_of, mean_of_tracks
from unisono.inputs.pretrained import session_of
from unisono.inputs.reading.cells import columns_are, listed
from unisono.model.folder import verify
from unisono.tasks import Task, task

_TOGETHER = 1 << 17  # numbers of an input that a batch holds at most

Scores = dict[str, NDArray[np.float32]]  # task -> (tracks, width), in the task's answer space


@runtime_checkable
class _NeedsColumns(Protocol):
    """A fitted input that reads columns of a table."""

    @property
    def columns_needed(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Model:
    """A verified model folder, ready to predict.

    Args:
        tasks: every fitted task, auxiliary ones too.
        inputs: every fitted input.
        facts: the content of model.json.
        session: the ONNX Runtime session of model.onnx.
    """

    tasks: Mapping[str, Task]
    inputs: Mapping[str, Input]
    facts: Mapping[str, Any]
    session: onnxruntime.InferenceSession

    def logits(self, batch: Batch) -> Scores:
        """Raw outputs for one batch, task by task, and "representation".

        Args:
            batch: "<input>.<array>" -> array, as `inputs.batching.batch_of` makes it.
        """
        names = [o.name for o in self.session.get_outputs()]
        wanted = {i.name for i in self.session.get_inputs()}
        values = self.session.run(names, {k: v for k, v in batch.items() if k in wanted})
        return dict(zip(names, values, strict=True))

    def predict(self, tracks: Sequence[TrackExamples], batch_size: int = 32) -> Scores:
        """Scores of tracks, averaged over each one's excerpts.

        Returns: task -> scores, NaN rows for tracks without anything to hear or read.
        Shape: (tracks, width) each
        """
        of_track, scores = self.predict_excerpts(tracks, batch_size)
        return {n: mean_of_tracks(rows, of_track, len(tracks)) for n, rows in scores.items()}

    def predict_excerpts(
        self, tracks: Sequence[TrackExamples], batch_size: int = 32
    ) -> tuple[NDArray[np.intp], Scores]:
        """Scores of every excerpt of tracks.

        Returns: position of each row's track, and task -> scores.
        Shape: (rows,), (rows, width) each
        """
        of_track, logits = self.logits_of(tracks, batch_size)
        return of_track, {n: part.scores(logits[n]) for n, part in self.tasks.items()}

    def logits_of(self, tracks: Sequence[TrackExamples], batch_size: int = 32) -> tuple[NDArray[np.intp], Scores]:
        """Raw outputs for every excerpt of tracks.

        Returns: position of each row's track, and task -> logits.
        Shape: (rows,), (rows, width) each
        """
        positions: list[NDArray[np.intp]] = [np.zeros(0, np.intp)]
        parts: dict[str, list[NDArray[np.float32]]] = {
            n: [np.zeros((0, t.width), np.float32)] for n, t in self.tasks.items()
        }
        size = 1 if any(_is_padded_picture(part) for part in self.inputs.values()) else self._fitting(batch_size)
        for of_track, batch in batches_of(self.inputs, tracks, size):
            positions.append(of_track)
            logits = self.logits(batch)
            for name in self.tasks:
                parts[name].append(logits[name])
        return np.concatenate(positions), {n: np.concatenate(p) for n, p in parts.items()}

    def check_columns(self, there: Collection[str], where: str) -> None:
        """Look whether a table has the columns that the model reads; of several inputs each may lack, but whole.

        Args:
            there: the table's columns.
            where: the table, for messages.
        Raises: TableError with all that are missing.
        """
        for name, part in self.inputs.items():
            needed = part.columns_needed if isinstance(part, _NeedsColumns) else ()
            missing = [column for column in needed if column not in there]
            if missing and (len(missing) < len(needed) or len(self.inputs) == 1):
                columns = "column" if len(missing) == 1 else "columns"
                found = f"lacks the {columns} {listed(missing)}, which input {name} of the model reads"
                raise TableError(where, found, nearest(missing[0], there) or columns_are(there))

    def _fitting(self, batch_size: int) -> int:
        """How many rows at a time: large pictures one by one, for what networks make of several leaves the cache."""
        numbers = max(
            prod(length or 1 for length in shape) for p in self.inputs.values() for shape in p.shapes.values()
        )
        return max(1, min(batch_size, _TOGETHER // numbers))


def _is_padded_picture(part: Input) -> bool:
    """Whether a track gets wider beside longer ones in a way that a network sees (in texts padding is masked)."""
    return any(len(shape) > 1 and None in shape for shape in part.shapes.values())


def open_model(folder: Path, threads: int = 1) -> Model:
    """Verify a model folder and open it.

    Args:
        folder: a model folder, or a run folder that holds one.
        threads: of ONNX Runtime; 0 lets it choose.
    Raises: ModelError when the folder is damaged or of another format.
    """
    facts = verify(Path(folder))
    path = Path(facts["folder"]) / "model.onnx"
    try:
        session = session_of(path.read_bytes(), threads)
    except Exception as error:  # onnxruntime raises its own family of exceptions, all meaning the same to a user
        found = f"cannot be opened by ONNX Runtime: {error}"
        raise ModelError(str(path), found, "Train or copy the model again.") from error
    tasks = {n: task(n, {k: v for k, v in t.items() if k != "name"}) for n, t in facts["tasks"].items()}
    opened = Model(tasks, {n: input_of(i) for n, i in facts["inputs"].items()}, facts, session)
    _check_graph(opened, path)
    return opened


def _check_graph(model: Model, path: Path) -> None:
    """The graph must take what the inputs give, and answer every task in its width."""
    advice = "Copy the model folder again, all files of one model."
    arrays = {f"{n}.{array}": shape for n, part in model.inputs.items() for array, shape in part.shapes.items()}
    arrays |= {f"{n}.present": () for n in model.inputs}
    for value in model.session.get_inputs():
        if value.name not in arrays or not _fits(value.shape[1:], arrays[value.name]):
            found = f"takes {value.name} {value.shape[1:]} but the inputs of model.json give {_shown(arrays)}"
            raise ModelError(str(path), found, advice)
    outputs = {value.name: value.shape[1:] for value in model.session.get_outputs()}
    for name, part in model.tasks.items():
        if name not in outputs or not _fits(outputs[name], (part.width,)):
            found = f"answers {_shown(outputs)} but model.json needs {name} with {part.width} numbers"
            raise ModelError(str(path), found, advice)


def _fits(found: Sequence[Any], known: Sequence[int | None]) -> bool:
    """Whether two shapes agree in the lengths that both of them fix."""
    pairs = zip(found, known, strict=False)
    return len(found) == len(known) and all(a == b for a, b in pairs if isinstance(a, int) and isinstance(b, int))


def _shown(shapes: Mapping[str, Sequence[Any]]) -> str:
    return ", ".join(f"{name} {list(shape)}" for name, shape in shapes.items())

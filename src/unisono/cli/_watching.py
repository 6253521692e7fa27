"""What a run shows while it goes on: a bar while tracks are heard and over the epochs, and a line an epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unisono.cli._console import Advance, Console
from unisono.experiment import Experiment


class Watcher:
    """Shows a run's progress.

    Args:
        console: where lines go.
        advance: moves the bar.
        experiment: what is run: its epochs, stages and folds make the length of the bar.
    """

    def __init__(self, console: Console, advance: Advance, experiment: Experiment) -> None:
        self._console, self._advance = console, advance
        folds, final = experiment.split.folds, experiment.split.final
        self._folds = (folds or 1) + bool(folds and final)
        epochs = {s.name: int(s.training.get("epochs", experiment.training.epochs)) for s in experiment.stages}
        self._before = {name: sum(list(epochs.values())[:i]) for i, name in enumerate(epochs)}
        self._epochs = sum(epochs.values()) if epochs else experiment.training.epochs

    def progress(self, what: str, done: int, of: int) -> None:
        """Tracks are heard."""
        self._advance(done, of)

    def note(self, text: str) -> None:
        """What an epoch is, and what a stage copies, freezes and learns."""
        self._console.say(text)

    def line(self, line: Mapping[str, Any]) -> None:
        """An epoch is done."""
        fold = line.get("fold", 0)
        before = self._folds - 1 if fold == "final" else int(fold)
        done = self._before.get(str(line.get("stage")), 0) + line["epoch"]
        self._advance(before * self._epochs + done, self._folds * self._epochs)
        self._console.say(epoch_line(line))


def epoch_line(line: Mapping[str, Any]) -> str:
    """One line of the history as a person reads it.

    Example:
        >>> epoch_line({"epoch": 3, "total": {"train": 0.5, "validation": 0.6}, "train": {"genre": 0.5},
        ...             "validation": {"genre": 0.6}, "best": True})
        'epoch   3  loss 0.5000 (genre 0.5000)  validation 0.6000 (genre 0.6000)  best'
    """
    fold = "".join(f"{key} {line[key]}  " for key in ("fold", "stage") if key in line)
    total = line["total"]
    parts = [f"{fold}epoch {line['epoch']:3}", f"loss {total['train']:.4f} ({_losses(line['train'])})"]
    if total["validation"] is not None:
        parts.append(f"validation {total['validation']:.4f} ({_losses(line['validation'])})")
    return "  ".join([*parts, *(["best"] if line["best"] else [])])


def _losses(losses: Mapping[str, float | None]) -> str:
    return ", ".join(f"{name} {loss:.4f}" for name, loss in losses.items() if loss is not None)

"""The training loop: epochs of steps, validation, early stopping, checkpoints, exact resume."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from unisono.errors import TrainingError
from unisono.training.checkpoint import (
    CHECKPOINT,
    Checkpoint,
    optimizer_tensors,
    random_tensors,
    restore_optimizer,
    restore_random,
)
from unisono.training.history import History
from unisono.training.material import FoldMaterial
from unisono.training.memory import keep_memory
from unisono.training.optimizing import rate_factor, set_rate
from unisono.training.rows import Rows
from unisono.training.sampling_settings import SamplingSettings
from unisono.training.step import Learner
from unisono.training.validating import Validation, validate
from unisono.training.watch import Watch, watched

Show = Callable[[dict[str, Any]], None]  # called with each history line, for progress
Weights = Callable[[], dict[str, Tensor]]


@dataclass
class Position:
    """Where a run stands: what a checkpoint holds beside tensors.

    Args:
        epoch: from 1.
        step: steps of this epoch that are done.
        sums: task -> (sum of losses, number of steps with it) in this epoch.
        weights: the balancer's last ones.
        conflicts: records of this epoch of how much the tasks' gradients agree.
    """

    epoch: int = 1
    step: int = 0
    sums: dict[str, list[float]] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)
    conflicts: list[dict[str, Any]] = field(default_factory=list)


class Loop:
    """Train one network on one fold.

    Args:
        sampling: which rows a step sees.
        folder: of checkpoint/ and history.jsonl.
        seed: of the orders of rows.
    """

    def __init__(
        self, learner: Learner, fold: FoldMaterial, sampling: SamplingSettings, folder: Path, seed: int
    ) -> None:
        device = next(learner.network.parameters()).device
        size = learner.settings.batch_size
        self.learner, self.fold, self.folder = learner, fold, folder
        self.rows = Rows(fold, "train", size, device, learner.settings.augmentation)
        self.group, self._seed = learner.group, seed
        self.sampler = self.rows.sampler(sampling, seed, self.group.size)
        self.validation = Rows(fold, "validation", size, device)
        self.watch = Watch(learner.settings.watch, learner.settings.patience)
        self.at = Position()
        self.best: dict[str, Tensor] = {}
        self.history = History(folder / "history.jsonl", [])
        self.label: dict[str, Any] = {}
        self._saved: str | None = None  # what the checkpoint on disk is of

    def run(self, label: dict[str, Any], resume: bool, show: Show | None = None) -> dict[str, Tensor]:
        """Train to the end; the best epoch's weights are returned and left in the network.

        Args:
            label: added to every history line, such as {"fold": 2}.
            resume: go on where the folder's checkpoint stands.
            show: called with each line.
        Raises: TrainingError when a loss is not finite; the last good checkpoint stays.
        """
        finished = self.open(label, resume)
        self._own_randomness()
        while not finished:
            if self.at.step == 0:
                self.learner.balancer.start_epoch(self.at.epoch)
            try:
                self._epoch()
                self._same_statistics()
                seen = Validation(*self.group.told(lambda: validate(self.learner, self.fold, self.validation)))
                finished = self.close_epoch(seen, show)
                self._checkpoint(finished)
            except TrainingError as error:
                raise self._with_checkpoint(error) from error
        self.learner.network.load_state_dict(self.best)
        return self.best

    def open(self, label: dict[str, Any], resume: bool) -> bool:
        """Stand where the folder's checkpoint stands, or at the beginning; True when nothing is left to do."""
        self.label = label
        self.folder.mkdir(parents=True, exist_ok=True)
        finished = self._resume() if resume else False
        self.group.same("checkpoints", lambda: json.dumps([self.at.epoch, self.at.step, finished]))
        return finished

    def close_epoch(
        self, seen: Validation, show: Show | None = None, weights: Weights | None = None, together: int = 1
    ) -> bool:
        """Judge an epoch whose steps are done, and go on to the next; True when it was the last one.

        Args:
            weights: gives the network's as they stand, where this is not in the learner's own.
            together: runs that are learned as one program, for the timings.
        """
        at, settings = self.at, self.learner.settings
        better = self.watch.see(at.epoch, watched(self.watch.key, seen.total, seen.scores))
        if better:
            self.best = (weights or self._weights)()
        line = self._line(seen, better)
        if self.group.rank == 0:
            self.history.add(line, together)
        if show is not None and self.group.rank == 0:
            show(line)
        if settings.schedule == "plateau":
            self.watch.plateaus(at.epoch)
        self.at = Position(epoch=at.epoch + 1, weights=at.weights)
        return at.epoch >= settings.epochs or self.watch.done(at.epoch)

    def _weights(self) -> dict[str, Tensor]:
        return {n: t.detach().clone() for n, t in self.learner.network.state_dict().items()}

    def _epoch(self) -> None:
        settings, at = self.learner.settings, self.at
        for draw in self.sampler.epoch(at.epoch, skip=at.step):
            batch = self.rows.batch(self.group.share(draw), (self._seed, at.epoch, at.step, self.group.rank))
            done = (at.epoch - 1) * len(self.sampler) + at.step
            set_rate(self.learner.optimizer, self.rate(at.step))
            place = f"epoch {at.epoch}, step {at.step + 1}, {self._names(batch.tracks)}"
            look = settings.diagnostics_every > 0 and done % settings.diagnostics_every == 0
            did = self.learner.step(batch, place, look)
            for name, loss in did.losses.items():
                entry = at.sums.setdefault(name, [0.0, 0])
                entry[0] += float(loss)
                entry[1] += 1
            at.weights.update(did.weights)
            if did.conflicts is not None:
                at.conflicts.append({"step": done + 1, "at": settings.diagnostics_at, **did.conflicts})
            at.step += 1
            if settings.checkpoint_every and at.step % settings.checkpoint_every == 0 and at.step < len(self.sampler):
                self._checkpoint(finished=False)

    def rate(self, step: int) -> float:
        """The learning rate of a step of this epoch, from 0."""
        settings = self.learner.settings
        done = (self.at.epoch - 1) * len(self.sampler) + step
        factor = rate_factor(settings, done, settings.epochs * len(self.sampler))
        return float(settings.learning_rate * factor * 0.1**self.watch.plateau)

    def _line(self, seen: Validation, better: bool) -> dict[str, Any]:
        known = {n: self.at.sums[n] for n in self.fold.tasks if n in self.at.sums}
        train = {n: total / steps for n, (total, steps) in known.items() if steps}
        targets = [v for n, v in train.items() if self.fold.tasks[n].role == "target"]
        line = {
            **self.label,
            "epoch": self.at.epoch,
            "step": self.at.epoch * len(self.sampler),
            "train": train,
            "validation": seen.losses,
            "validation_scores": seen.scores,
            "weights": {n: self.at.weights[n] for n in self.fold.tasks if n in self.at.weights},
            "total": {"train": sum(targets), "validation": seen.total},
            "best": better,
        }
        return {**line, "diagnostics": {"conflicts": self.at.conflicts}} if self.at.conflicts else line

    def _names(self, tracks: Any) -> str:
        ids = self.fold.names
        shown = ", ".join(ids[i] for i in tracks[:3])
        return f"tracks {shown}" + (f" and {len(tracks) - 3} more" if len(tracks) > 3 else "")

    def _with_checkpoint(self, error: TrainingError) -> TrainingError:
        """The error with its epoch, and with the checkpoint that a run with other settings cannot go on from."""
        where = error.where if error.where.startswith("epoch") else f"epoch {self.at.epoch}, {error.where}"
        if self._saved is None:
            return TrainingError(where, error.found, error.advice)
        kept = f"The last good checkpoint, {self.folder / 'checkpoint' / CHECKPOINT}, is of {self._saved}."
        return TrainingError(where, error.found, f"{error.advice} {kept}".strip())

    def _same_statistics(self) -> None:
        """Each process's batches have statistics of their own; what is judged and kept has their mean."""
        self.group.average(self.learner.network.buffers())

    def _own_randomness(self) -> None:
        """Dropout differs by process; a checkpoint holds the first one's, so the others' begin anew at each."""
        self.group.reseed(self._seed, self.at.epoch, self.at.step)

    def _checkpoint(self, finished: bool) -> None:
        self._same_statistics()
        self.save(finished)
        self._own_randomness()

    def save(self, finished: bool) -> None:
        """Put the history and a checkpoint of the learner as it stands on disk, and torch's random state with it."""
        if self.group.rank:
            return
        self.history.write()
        learner = self.learner
        facts = {
            "position": self.at.__dict__,
            "watch": {k: getattr(self.watch, k) for k in ("best", "best_epoch", "plateau")},
            "balancer": learner.balancer.state(),
            "history": len(self.history.lines),
            "finished": finished,
        }
        tensors = {
            "network": dict(learner.network.state_dict()),
            "best": self.best,
            "optimizer": optimizer_tensors(learner.optimizer),
            "random": random_tensors(),
        }
        Checkpoint(tensors, facts).save(self.folder / "checkpoint")
        self._saved = f"epoch {self.at.epoch}, step {self.at.step}"

    def _resume(self) -> bool:
        saved = Checkpoint.load(self.folder / "checkpoint")
        if saved is None:
            return False
        learner = self.learner
        learner.network.load_state_dict(dict(saved.tensors["network"]))
        restore_optimizer(learner.optimizer, saved.tensors.get("optimizer", {}))
        restore_random(saved.tensors["random"])
        learner.balancer.restore(saved.facts["balancer"])
        self.best = dict(saved.tensors.get("best", {}))
        self.at = Position(**saved.facts["position"])
        for key, value in saved.facts["watch"].items():
            setattr(self.watch, key, value)
        self.history = History.resumed(self.folder / "history.jsonl", int(saved.facts["history"]))
        self._saved = f"epoch {self.at.epoch}, step {self.at.step}"
        return bool(saved.facts["finished"])


def start(seed: int, threads: int) -> None:
    """Make what follows repeatable and quick: torch's seed, its number of threads, memory that is used again."""
    keep_memory()
    torch.manual_seed(seed)
    torch.set_num_threads(threads)

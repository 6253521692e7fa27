"""Epochs of steps of several runs at once; each run's own loop keeps its history, its best epoch and its checkpoint."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from itertools import islice, zip_longest
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from unisono.balancing import Fixed
from unisono.errors import TrainingError, UserError
from unisono.training.loop import Loop
from unisono.training.sampling import Draw
from unisono.training.together.fitness import unfit_loops
from unisono.training.together.opening import Asked, Opened, opened
from unisono.training.together.pool import Drawn, Pool
from unisono.training.together.stack import Stack
from unisono.training.validating import Heard, judged

_PAUSE = 5.0  # seconds between two checkpoints: an epoch of small networks takes less than writing all of theirs
_AHEAD = 16  # steps whose labels are looked up at once
_CHUNK = 128  # rows of each run that are judged at once
_EVEN = 32  # rows of a step are padded to a multiple: a processor may round what is left over of so many otherwise


class Learnt(NamedTuple):
    """What became of runs that were to learn together.

    Args:
        runs: how many did, those among them that had learned before.
        why_not: where they did not, why: the rest of a sentence that begins with "they".
    """

    runs: int
    why_not: str = ""


def learn_together(runs: Sequence[Asked]) -> Learnt:
    """Learn several runs as one program, from where each stands to its end.

    Each leaves its folder with a finished checkpoint, from which `train` with resume goes on to model and scores. A run
    that cannot be opened, or whose loss is no finite number, is left where it stands, for `train` to say so.
    """
    folds: list[Opened] = []
    for asked in runs:
        known = bool(folds)
        try:
            folds += opened(asked)
        except UserError:
            continue
        # most reasons are those of the first already: the others need not be opened
        if folds and not known and (why := unfit_loops([one.loop for one in folds])):
            return Learnt(0, why)
    return learn_opened(folds)


def learn_opened(folds: Sequence[Opened]) -> Learnt:
    """Learn the folds of several runs as one program; each learner stands at its last epoch then.

    Where all others have learned before, the last one is a program of its own: alone it would be rounded otherwise.
    """
    if len(folds) < 2:
        return Learnt(0, "are fewer than two that can be opened")
    if why := unfit_loops([one.loop for one in folds]):
        return Learnt(0, why)
    if left := [one for one in folds if one.left]:
        _Joint(left).run()
    return Learnt(len({id(one.asked) for one in folds}))


class _Joint:
    def __init__(self, folds: Sequence[Opened]) -> None:
        self.folds = tuple(folds)
        first = folds[0].loop
        varying = list(first.learner.network.varying())
        varying = [n for n in varying if first.learner.network.varying()[n]]
        self.tasks: dict[str, Any] = dict(first.learner.tasks)
        self.train = Pool([one.loop.rows for one in folds], varying)
        self.held_out = Pool([one.loop.validation for one in folds], varying) if self._judges() else None
        self.sample = {
            n: t[:2] for n, t in first.rows.batch(Draw(np.arange(min(2, self.train.sizes[0])))).inputs.items()
        }
        self.active = list(range(len(folds)))
        self._saved = time.monotonic()
        self._known: dict[bytes, tuple[list[dict[str, float]], Tensor]] = {}
        self._alike: dict[str, bool] = {}  # tasks whose loss all networks compute in the same way

    def run(self) -> None:
        """Until no run has anything left to learn; whenever one ends the others go on without it."""
        while self.active:
            self._known.clear()
            loops = [self.folds[i].loop for i in self.active]
            self._alike = {name: _alike([loop.learner.tasks[name] for loop in loops]) for name in self.tasks}
            self.stack = Stack([one.learner for one in loops], [self.folds[i].random for i in self.active], self.sample)
            left = self.active
            while left == self.active:
                left = self._epoch(loops)
            for at, i in enumerate(self.active):
                if i in left:
                    self.stack.give_back(at)
            self.active = left

    def _epoch(self, loops: Sequence[Loop]) -> list[int]:
        """One epoch of every run; gives those that have another one."""
        for loop in loops:
            if loop.at.step == 0:
                loop.learner.balancer.start_epoch(loop.at.epoch)
        lost = self._steps(loops)
        seen = self._judged(loops, lost)
        finished = []
        for at, loop in enumerate(loops):
            if at in lost:
                continue
            try:
                told = judged(loop.learner.settings, loop.fold, seen[at])
            except TrainingError:
                lost.add(at)
                continue
            if loop.close_epoch(told, self.folds[self.active[at]].asked.show, self.stack.weights(at), len(loops)):
                finished.append(at)
        pause = time.monotonic() - self._saved >= _PAUSE
        for at, loop in enumerate(loops):
            if at not in lost and (pause or at in finished):
                self.stack.give_back(at)
                loop.save(at in finished)
        self._saved = time.monotonic() if pause else self._saved
        return [i for at, i in enumerate(self.active) if at not in finished and at not in lost]

    def _steps(self, loops: Sequence[Loop]) -> set[int]:
        """The steps of an epoch; gives the places of runs whose loss is no number."""
        self.stack.network.train()
        size = -(-self.stack.settings.batch_size // _EVEN) * _EVEN
        streams: list[Iterator[Draw]] = [loop.sampler.epoch(loop.at.epoch, skip=loop.at.step) for loop in loops]
        sums = torch.zeros(len(self.tasks), len(loops), dtype=torch.float64)
        rates = _Rates(loops)
        counts, lost = np.zeros((len(loops), len(self.tasks)), np.intp), set()  # type: Any, set[int]
        for drawn in self._drawn(streams, size):
            drawn.present[list(lost)] = False
            losses, bad = self._step(loops, drawn, rates.now())
            lost |= bad
            sums += losses
            counts += drawn.present
            for loop, count in zip(loops, drawn.counts, strict=True):
                loop.at.step += count > 0
        self._told(loops, sums.T.tolist(), counts)
        return lost

    def _drawn(self, streams: Sequence[Iterator[Draw]], size: int) -> Iterator[Drawn]:
        """What the runs see in the steps of an epoch; one whose steps are done sees no row."""
        steps = zip_longest(*streams)
        while some := list(islice(steps, _AHEAD)):
            yield from self.train.ahead(some, self.active, size)

    def _step(self, loops: Sequence[Loop], drawn: Drawn, rates: Sequence[float]) -> tuple[Tensor, set[int]]:
        whose = self.stack.whose
        whose.counts, whose.lengths = drawn.counts, drawn.lengths
        losses, there = self._losses(loops, drawn), torch.from_numpy(drawn.present.T)
        told, bad = losses.detach().where(there, 0.0), set()  # type: Tensor, set[int]
        if not math.isfinite(float(told.sum())):
            finite = torch.isfinite(told)
            bad = set(torch.nonzero(~finite.all(dim=0)).flatten().tolist())
            told = torch.where(finite, told, 0.0)
            drawn.present[list(bad)] = False  # so it counts nothing, and its network is left as it is
        self.stack.update(losses, self._weights(loops, drawn.present), drawn.present, list(self.tasks), rates)
        return told, bad

    def _losses(self, loops: Sequence[Loop], drawn: Drawn) -> Tensor:
        """Of each task and run; what a task without a label has means nothing. Shape: (tasks, runs)"""
        logits = self.stack.network(drawn.inputs).logits
        pairs = [self._sums(loops, name, logits[name], drawn.targets[name]) for name in self.tasks]
        totals, weights = (torch.stack(many) for many in zip(*pairs, strict=True))
        means = (totals / weights.clamp_min(torch.finfo(weights.dtype).tiny)).unbind()
        found = [task.finish(mean) for task, mean in zip(self.tasks.values(), means, strict=True)]
        return torch.stack(found)

    def _sums(self, loops: Sequence[Loop], name: str, logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Sum and weight of a task's losses, run by run; at once where all runs have the same loss."""
        rows = self.stack.whose.apart(logits)
        if self._alike[name]:
            found: tuple[Tensor, Tensor] = loops[0].learner.tasks[name].loss(rows, targets)
            return found
        pairs = [loop.learner.tasks[name].loss(rows[at], targets[at]) for at, loop in enumerate(loops)]
        return torch.stack([total for total, _ in pairs]), torch.stack([weight for _, weight in pairs])

    def _weights(self, loops: Sequence[Loop], present: NDArray[np.bool_]) -> Tensor:
        """What each loss counts. Shape: (tasks, runs)"""
        key, names = present.tobytes(), list(self.tasks)
        if key not in self._known:
            own = [_fixed(loop, [names[i] for i in np.flatnonzero(present[at])]) for at, loop in enumerate(loops)]
            self._known[key] = own, torch.tensor([[one.get(name, 0.0) for one in own] for name in names])
        own, weights = self._known[key]
        for loop, one in zip(loops, own, strict=True):
            loop.at.weights.update(one)
        return weights

    def _told(self, loops: Sequence[Loop], sums: Sequence[Sequence[float]], counts: NDArray[np.intp]) -> None:
        """Each loop gets the sums of its epoch, after those of the steps that were done before it was stopped."""
        for at, loop in enumerate(loops):
            for number, name in enumerate(self.tasks):
                if counts[at, number]:
                    entry = loop.at.sums.setdefault(name, [0.0, 0])
                    entry[0] += sums[at][number]
                    entry[1] += int(counts[at, number])

    def _judges(self) -> bool:
        return any(len(one.loop.validation.tracks) for one in self.folds)

    def _judged(self, loops: Sequence[Loop], lost: set[int]) -> list[Heard]:
        """What every network says of its own validation rows."""
        heard = [Heard({n: [0.0, 0.0] for n in self.tasks}, {n: [] for n in self.tasks}, []) for _ in loops]
        if self.held_out is None:
            return heard
        self.stack.network.eval()
        sizes = [self.held_out.sizes[i] for i in self.active]
        with torch.no_grad():
            for start in range(0, max(sizes), _CHUNK):
                spans = [np.arange(start, min(start + _CHUNK, size)) for size in sizes]
                drawn = self.held_out.drawn([Draw(span) if len(span) else None for span in spans], self.active, _CHUNK)
                self._hear(loops, drawn, heard)
                for at, loop in enumerate(loops):
                    if len(spans[at]):
                        heard[at].tracks.append(loop.validation.tracks[spans[at]])  # type: ignore[attr-defined]
        return heard

    def _hear(self, loops: Sequence[Loop], drawn: Drawn, heard: Sequence[Heard]) -> None:
        self.stack.whose.counts, self.stack.whose.lengths = drawn.counts, drawn.lengths
        logits = self.stack.network(drawn.inputs).logits
        for name in self.tasks:
            total, weight = self._sums(loops, name, logits[name], drawn.targets[name])
            rows = self.stack.whose.apart(logits[name]).numpy()
            pairs = torch.stack([total, weight], dim=1).double().tolist()
            for at, one in enumerate(heard):
                if drawn.counts[at]:
                    one.logits[name].append(rows[at, : drawn.counts[at]])  # type: ignore[attr-defined]
                    one.sums[name][0] += pairs[at][0]  # type: ignore[index]
                    one.sums[name][1] += pairs[at][1]  # type: ignore[index]


def _alike(tasks: Sequence[Any]) -> bool:
    return all(tasks[0].same_loss(task) for task in tasks)


class _Rates:
    """Learning rates of the runs at the steps where they stand; of a constant schedule they are asked for once."""

    def __init__(self, loops: Sequence[Loop]) -> None:
        settings = loops[0].learner.settings
        self._loops, self._steady = loops, settings.schedule in ("constant", "plateau") and not settings.warmup
        self._known = self._asked()

    def now(self) -> list[float]:
        return self._known if self._steady else self._asked()

    def _asked(self) -> list[float]:
        return [loop.rate(loop.at.step) for loop in self._loops]


def _fixed(loop: Loop, tasks: Sequence[str]) -> dict[str, float]:
    balancer = loop.learner.balancer
    assert isinstance(balancer, Fixed)  # `unfit` has looked
    return balancer.fixed_weights(tasks)

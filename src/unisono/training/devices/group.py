"""What processes that learn together tell each other in a step, in one exchange each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Protocol

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor
from torch.nn import Parameter

from unisono.balancing import Step
from unisono.balancing.step import TrainingStep
from unisono.errors import TrainingError
from unisono.training.devices.joint_step import JointStep
from unisono.training.sampling import Draw

Sums = dict[str, tuple[Tensor, Tensor]]  # task -> sum of its rows' losses, and their weight
_LONG = timedelta(days=30)  # tracks of a large library are heard once, by the first process


class Group(Protocol):
    """The processes that learn one network together, seen from one of them."""

    @property
    def rank(self) -> int:
        """This process's number; 0 writes."""
        ...

    @property
    def size(self) -> int:
        """How many there are."""
        ...

    def share(self, draw: Draw) -> Draw:
        """This process's rows of a step."""
        ...

    def present(self, tasks: Sequence[str], here: Sequence[str]) -> tuple[str, ...]:
        """The tasks that have a label in any process's rows."""
        ...

    def sums(self, sums: Sums) -> Sums:
        """Sums over the rows of all; what a sum is differentiated for stays this process's part."""
        ...

    def step(self, step: TrainingStep) -> Step:
        """The step as a balancer sees it: of all rows."""
        ...

    def add_gradients(self, parameters: Iterable[Parameter]) -> None:
        """Put the sum of all processes' gradients in the place of this one's."""
        ...

    def average(self, buffers: Iterable[Tensor]) -> None:
        """Give running statistics the mean over all processes."""
        ...

    def told(self, make: Callable[[], Any]) -> Any:
        """What the first process makes, JSON-able; the others are told it."""
        ...

    def first(self, make: Callable[[], Any]) -> Any:
        """Everyone makes it, the others when the first is done, however long that takes."""
        ...

    def same(self, what: str, make: Callable[[], str]) -> None:
        """Look whether all have the same."""
        ...

    def reseed(self, *numbers: int) -> None:
        """Give every process but the first random numbers of its own, that depend on these alone."""
        ...


class Store(Protocol):
    """Texts by name that all processes see (torch's own is not typed)."""

    def set(self, key: str, value: str) -> None: ...
    def wait(self, keys: list[str], timeout: timedelta) -> None: ...
    def check(self, keys: list[str]) -> bool: ...


class Alone:
    """A process without others (a `Group`)."""

    rank, size = 0, 1

    def share(self, draw: Draw) -> Draw:
        return draw

    def present(self, tasks: Sequence[str], here: Sequence[str]) -> tuple[str, ...]:
        return tuple(here)

    def sums(self, sums: Sums) -> Sums:
        return sums

    def step(self, step: TrainingStep) -> Step:
        return step

    def add_gradients(self, parameters: Iterable[Parameter]) -> None:
        pass

    def average(self, buffers: Iterable[Tensor]) -> None:
        pass

    def told(self, make: Callable[[], Any]) -> Any:
        return make()

    def first(self, make: Callable[[], Any]) -> Any:
        return make()

    def same(self, what: str, make: Callable[[], str]) -> None:
        pass

    def reseed(self, *numbers: int) -> None:
        pass


class Together:
    """One of several processes, connected by torch.distributed (a `Group`).

    Args:
        store: where "done" is written for those that wait.
        ended: says which process has ended, when an exchange fails.
    """

    def __init__(self, store: Store, ended: Callable[[], str]) -> None:
        self.rank, self.size = dist.get_rank(), dist.get_world_size()
        self._store, self._ended, self._waits = store, ended, 0

    def share(self, draw: Draw) -> Draw:
        """Rows one after another, so that all together are in the draw's order; where none is left, one that counts
        for no task."""
        mine = np.array_split(np.arange(len(draw.rows)), self.size)[self.rank]
        if len(mine) == 0:
            return Draw(draw.rows[:1], np.full(1, -1))
        return Draw(draw.rows[mine], None if draw.only is None else draw.only[mine])

    def present(self, tasks: Sequence[str], here: Sequence[str]) -> tuple[str, ...]:
        flags = self.sum(torch.tensor([task in here for task in tasks], dtype=torch.int32)).tolist()
        return tuple(task for task, flag in zip(tasks, flags, strict=True) if flag)

    def sums(self, sums: Sums) -> Sums:
        if not sums:
            return sums
        own = torch.stack([torch.stack([total, weight]).detach().double() for total, weight in sums.values()])
        whole = self.sum(own).to(next(iter(sums.values()))[0])
        # The numbers are those of all rows, to the last bit the same everywhere; the slope is that of the own rows.
        return {
            task: (row[0] + (total - total.detach()), row[1])
            for (task, (total, _)), row in zip(sums.items(), whole, strict=True)
        }

    def step(self, step: TrainingStep) -> Step:
        return JointStep(step, self)

    def add_gradients(self, parameters: Iterable[Parameter]) -> None:
        trained = [p for p in parameters if p.requires_grad]
        there = trained[0].new_tensor([p.grad is not None for p in trained])
        parts = [torch.zeros_like(p) if p.grad is None else p.grad for p in trained]
        whole = self.sum(torch.cat([there, *(part.flatten() for part in parts)]))
        at = len(trained)
        for parameter, flag in zip(trained, whole[:at].tolist(), strict=True):
            if flag:  # a parameter that no process's rows reach has no gradient, which is not a gradient of zero
                parameter.grad = whole[at : at + parameter.numel()].view_as(parameter).clone()
            at += parameter.numel()

    def average(self, buffers: Iterable[Tensor]) -> None:
        every = list(buffers)
        found = [buffer for buffer in every if buffer.is_floating_point()]
        for count in every:
            if not count.is_floating_point():  # of batches: a share of one row has no statistics and is not counted
                count.copy_(self.sum(count) // self.size)
        if found:
            whole = self.sum(torch.cat([buffer.flatten() for buffer in found])) / self.size
            for buffer, mean in zip(found, torch.split(whole, [b.numel() for b in found]), strict=True):
                buffer.copy_(mean.view_as(buffer))

    def told(self, make: Callable[[], Any]) -> Any:
        data = json.dumps(make()).encode() if self.rank == 0 else b""
        length = int(self.sum(torch.tensor(len(data))))
        sent = torch.frombuffer(bytearray(data), dtype=torch.uint8) if data else torch.empty(length, dtype=torch.uint8)
        with self._heard():
            dist.broadcast(sent, src=0)
        return json.loads(sent.numpy().tobytes())

    def first(self, make: Callable[[], Any]) -> Any:
        self._waits += 1
        key = f"done {self._waits}"
        if self.rank:
            with self._heard():
                self._store.wait([key], _LONG)
        made = make()
        if self.rank == 0:
            self._store.set(key, "1")
        return made

    def same(self, what: str, make: Callable[[], str]) -> None:
        """Raises: TrainingError when one has another."""
        mine = hashlib.sha256(make().encode()).hexdigest()
        differs = self.told(lambda: mine) != mine
        if int(self.sum(torch.tensor(int(differs)))):
            found = f"the processes have different {what}"
            raise TrainingError(self._who(), found, "Give every machine the same files, and one run folder for all.")

    def reseed(self, *numbers: int) -> None:
        if self.rank:
            torch.manual_seed(int(np.random.SeedSequence([self.rank, *numbers]).generate_state(1, np.uint64)[0]))

    def sum(self, tensor: Tensor) -> Tensor:
        """The sum over all processes, the same bits in each.

        Raises: TrainingError when a process has ended.
        """
        whole = tensor.detach().cpu().clone()
        with self._heard():
            dist.all_reduce(whole)
        return whole.to(tensor.device)

    def side_by_side(self, tensor: Tensor) -> tuple[Tensor, int]:
        """The rows of all processes in their order, and where this one's begin.

        Shape: (n, ...) -> (n of all, ...)
        """
        counts = self.sum(torch.nn.functional.one_hot(torch.tensor(self.rank), self.size) * len(tensor)).tolist()
        own = tensor.detach().cpu()
        own = own.to(torch.promote_types(own.dtype, torch.float32)).contiguous()
        padded = torch.cat([own, own.new_zeros(max(counts) - len(own), *own.shape[1:])])
        found = [torch.empty_like(padded) for _ in counts]
        with self._heard():
            dist.all_gather(found, padded)
        rows = torch.cat([part[:count] for part, count in zip(found, counts, strict=True)])
        return rows.to(tensor), sum(counts[: self.rank])

    def _who(self) -> str:
        return f"process {self.rank + 1} of {self.size}"

    @contextmanager
    def _heard(self) -> Iterator[None]:
        """An exchange fails at once where another process's connection is closed."""
        try:
            yield
        except RuntimeError as error:
            found = f"another process of the run has ended: {self._ended()}"
            advice = "Look why, then go on with --resume from the last checkpoint."
            raise TrainingError(self._who(), found, advice) from error

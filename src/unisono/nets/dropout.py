"""Dropout whose random numbers cost little: sixteen bits decide on a value, four values a number of the generator."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

_STEPS = 2**16  # what a rate is rounded to: shares of 65,536
_LOWEST = -(2**15)


class Dropout(nn.Dropout):
    """As torch's, with random numbers of its own on the processor, where drawing them takes most of its time."""

    def forward(self, x: Tensor) -> Tensor:
        """Same shape as `x`."""
        return dropout(x, self.p, self.training)


def dropout(x: Tensor, rate: float, training: bool) -> Tensor:
    """Set values to zero with probability `rate` and divide the others by what is left of one.

    On the processor the rate is rounded to a 65,536th; what is divided by is rounded with it, so that the mean stays.
    """
    if not training or not rate:
        return x
    if x.device.type != "cpu":
        return nn.functional.dropout(x, rate)
    bits = drawn(x.numel())
    if x.dim() == 4 and x.is_contiguous(memory_format=torch.channels_last):  # as the values lie in memory
        count, channels, height, width = x.shape
        return x * factors(bits.view(count, height, width, channels), rate, x.dtype).permute(0, 3, 1, 2)
    return x * factors(bits.view(x.shape), rate, x.dtype)


def drawn(count: int, generator: torch.Generator | None = None) -> Tensor:
    """Random bits, int16, of a generator, or of torch's own. Shape: (count,)"""
    words = torch.empty(-(-count // 4), dtype=torch.int64)
    return words.random_(-(2**63), None, generator=generator).view(torch.int16)[:count]


class Luck:
    """Random bits of several generators, each as it would draw them alone, drawn ahead: a call costs more than a word.

    Args:
        generators: where each begins; they are left there, `state` says where each would stand alone.
        ahead: words of 64 bits that are drawn at once for each.
    """

    def __init__(self, generators: Sequence[torch.Generator], ahead: int = 2**13) -> None:
        self._generators, self._ahead = tuple(one.clone_state() for one in generators), ahead
        self._words = torch.empty(len(self._generators), 0, dtype=torch.int64)
        self._used = [0] * len(self._generators)
        # of each generator: (from which word on, its state before that word was drawn)
        self._known = [[(0, one.get_state())] for one in self._generators]

    @property
    def number(self) -> int:
        """How many generators there are."""
        return len(self._generators)

    def take(self, counts: Sequence[int]) -> Tensor:
        """The next bits, int16. Shape: (generators, largest count); what is not asked for is zero."""
        words = [-(-count // 4) for count in counts]
        most, even = max(words), _even(words) and _even(self._used)
        if max(self._used) + most > self._words.shape[1]:
            self._refill(most)
        starts = self._used
        self._used = [used + more for used, more in zip(starts, words, strict=True)]
        if even:
            found = self._words[:, starts[0] : starts[0] + most]
        else:
            found = torch.zeros(len(words), most, dtype=torch.int64)
            for row, own, start, more in zip(found, self._words, starts, words, strict=True):
                row[:more] = own[start : start + more]
        return found.view(torch.int16)[:, : max(counts)]

    def state(self, at: int) -> Tensor:
        """The state of a generator that had drawn what was taken of it and no more."""
        place, state = next(known for known in reversed(self._known[at]) if known[0] <= self._used[at])
        alone = torch.Generator()
        alone.set_state(state)
        drawn(4 * (self._used[at] - place), alone)
        return alone.get_state()

    def _refill(self, needed: int) -> None:
        """What is left goes to the front, and new words behind it."""
        left = [self._words.shape[1] - used for used in self._used]
        width = max(left) + max(needed, self._ahead)
        fresh = torch.empty(len(left), width, dtype=torch.int64)
        for at, (kept, generator) in enumerate(zip(left, self._generators, strict=True)):
            fresh[at, :kept] = self._words[at, self._used[at] :]
            older = [(place - self._used[at], state) for place, state in self._known[at]]
            first = max(i for i, (place, _) in enumerate(older) if place <= 0)
            self._known[at] = [*older[first:], (kept, generator.get_state())]
            fresh[at, kept:].random_(-(2**63), None, generator=generator)
        self._words, self._used = fresh, [0] * len(left)


def _even(numbers: Sequence[int]) -> bool:
    return numbers.count(numbers[0]) == len(numbers)


def factors(bits: Tensor, rate: float, dtype: torch.dtype) -> Tensor:
    """What values are multiplied by: zero with probability `rate`, else its inverse share. Shape: as `bits`"""
    kept = torch.ge(bits, _LOWEST + _dropped(rate), out=torch.empty(bits.shape, dtype=dtype))
    return kept.mul_(factor(rate))


def factor(rate: float) -> float:
    """What values are multiplied by that dropout keeps."""
    return _STEPS / (_STEPS - _dropped(rate))


def _dropped(rate: float) -> int:
    return min(round(rate * _STEPS), _STEPS - 1)

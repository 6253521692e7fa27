"""The sharing grid: which tasks use the same copy of each block, and which of them still share the computation.

Tasks whose paths agree so far are one *stream* and are computed once. Streams that meet again higher up use the same
weights and stay streams of their own, unless they are merged: then their channels are concatenated and go on as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from unisono.errors import ExperimentError, nearest

Group = tuple[str, ...]
Merge = Literal["keep", "concat"]
_FORMS = ("hard", "none", "low:n", "high:n")


@dataclass(frozen=True)
class Stream:
    """One computation of a block.

    Args:
        tasks: the tasks that read its result.
        copy: index of the block's copy that computes it.
        sources: streams of the block below that it reads; several only where streams are merged.
    """

    tasks: Group
    copy: int
    sources: tuple[int, ...]


@dataclass(frozen=True)
class Level:
    """One block's row of the grid: the tasks of each copy, and the streams through the copies."""

    copies: tuple[Group, ...]
    streams: tuple[Stream, ...]


@dataclass(frozen=True)
class Plan:
    """The whole grid, a level a block from the input upwards."""

    tasks: Group
    levels: tuple[Level, ...]

    @property
    def stream_of(self) -> dict[str, int]:
        """Task -> index of its stream at the top."""
        return {task: i for i, stream in enumerate(self.levels[-1].streams) for task in stream.tasks}

    @property
    def users(self) -> tuple[tuple[Group, ...], ...]:
        """Level by level and copy by copy: the tasks that go through it (by merging, more than its own)."""
        above: list[set[str]] = [set(stream.tasks) for stream in self.levels[-1].streams]
        found: list[tuple[Group, ...]] = []
        for number in range(len(self.levels) - 1, -1, -1):
            level, below = self.levels[number], self.levels[number - 1].streams if number else ()
            met = [{t for s, users in zip(level.streams, above, strict=True) if s.copy == c for t in users}
                   for c in range(len(level.copies))]  # fmt: skip
            found.append(tuple(tuple(t for t in self.tasks if t in users) for users in met))
            above = [{t for s, users in zip(level.streams, above, strict=True) if i in s.sources for t in users}
                     for i in range(len(below))]  # fmt: skip
        return tuple(reversed(found))

    @property
    def fork(self) -> int | None:
        """The last level that is one computation for all tasks; None when even the first is not."""
        single = [i for i, level in enumerate(self.levels) if len(level.streams) == 1]
        return single[-1] if single else None

    @property
    def last_shared(self) -> int | None:
        """The last level with one copy for all tasks; None when there is none."""
        shared = [i for i, level in enumerate(self.levels) if len(level.copies) == 1]
        return shared[-1] if shared else None


def plan(sharing: str | Sequence[Any], tasks: Sequence[str], blocks: int, merge: Merge = "keep",
         where: str = "network.sharing") -> Plan:  # fmt: skip
    """Lay tasks over blocks.

    Args:
        sharing: "hard", "none", "low:n" (the first n blocks shared), "high:n" (the last n), or a row a block:
            "all", "each", or groups of tasks.
        blocks: how many blocks the encoder has.
        where: the key to name in messages.
    Raises: ExperimentError for overlapping or incomplete groups, unknown tasks and a wrong number of rows.
    Example:
        >>> [len(level.streams) for level in plan("low:2", ["genre", "energy"], 3).levels]
        [1, 1, 2]
    """
    rows = _short_form(sharing, blocks, where) if isinstance(sharing, str) else list(sharing)
    if len(rows) != blocks:
        found = f"has {_many(len(rows), 'row')} but the encoder has {_many(blocks, 'block')}"
        raise ExperimentError(where, found, 'Give one row a block: "all", "each" or groups of tasks.')
    levels: list[Level] = []
    below: tuple[Stream, ...] = (Stream(tuple(tasks), 0, ()),)
    for number, row in enumerate(rows, start=1):
        copies = _copies(row, tuple(tasks), f"{where}, row {number}")
        below = _streams(copies, below, merge)
        levels.append(Level(copies, below))
    return Plan(tuple(tasks), tuple(levels))


def _streams(copies: tuple[Group, ...], below: tuple[Stream, ...], merge: Merge) -> tuple[Stream, ...]:
    streams: list[Stream] = []
    for index, group in enumerate(copies):
        met = [(i, tuple(t for t in s.tasks if t in group)) for i, s in enumerate(below)]
        met = [(i, tasks) for i, tasks in met if tasks]
        if merge == "concat":
            streams.append(Stream(group, index, tuple(i for i, _ in met)))
        else:
            streams.extend(Stream(tasks, index, (i,)) for i, tasks in met)
    return tuple(streams)


def _short_form(text: str, blocks: int, where: str) -> list[str]:
    name, colon, number = text.partition(":")
    if text in ("hard", "none"):
        return ["all" if text == "hard" else "each"] * blocks
    if name not in ("low", "high") or not colon or not number.strip().isdigit():
        known = f"unknown, must be {', '.join(_FORMS)} or a list with a row a block"
        raise ExperimentError(f'{where} "{text}"', known, _meant(name, number, blocks))
    shared = int(number)
    if shared > blocks:
        found = f"asks for {shared} shared blocks but the encoder has {_many(blocks, 'block')}"
        raise ExperimentError(f'{where} "{text}"', found, f'The most is "{name}:{blocks}", which is "hard".')
    rest = blocks - shared
    return ["all"] * shared + ["each"] * rest if name == "low" else ["each"] * rest + ["all"] * shared


def _copies(row: Any, tasks: Group, where: str) -> tuple[Group, ...]:
    if row == "all":
        return (tasks,)
    if row == "each":
        return tuple((task,) for task in tasks)
    if not isinstance(row, (list, tuple)) or not all(isinstance(g, (list, tuple)) for g in row):
        fix = 'Write "all", "each" or groups such as [["genre", "subgenre"], ["energy"]].'
        raise ExperimentError(where, f"{row!r} is no row of the grid", fix)
    named = [task for group in row for task in group]
    _check_named(named, tasks, where)
    return tuple(tuple(t for t in tasks if t in group) for group in row)


def _check_named(named: list[str], tasks: Group, where: str) -> None:
    for task in named:
        if task not in tasks:
            found = f'names "{task}" but the tasks are {", ".join(tasks)}'
            raise ExperimentError(where, found, nearest(str(task), tasks))
        if named.count(task) > 1:
            found = f'names "{task}" {named.count(task)} times but groups must not overlap'
            raise ExperimentError(where, found, "Name every task once a row.")
    left = [task for task in tasks if task not in named]
    if left:
        found = f"leaves out {', '.join(left)} but every task needs a copy"
        raise ExperimentError(where, found, f"Add a group, such as {[left[0]]}.")


def _meant(name: str, number: str, blocks: int) -> str:
    """A form that can be written as it is proposed, as a sentence."""
    shared = number if number.isdecimal() and int(number) <= blocks else "1"
    return nearest(name, ("hard", "none")) or nearest(f"{name}:{shared}", (f"low:{shared}", f"high:{shared}"))


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")

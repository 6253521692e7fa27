"""The network as a picture: which tasks share which block, with shapes and parameter counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_WIDE = 8  # tasks; with more, tasks of one path share a column


@dataclass(frozen=True)
class Box:
    """A copy of a block, or a piece of one whose tasks do not stand side by side.

    Args:
        first: its first column, from 1.
        span: number of columns.
        tasks: the tasks that use it.
        share: "all", "some" or "one".
    """

    first: int
    span: int
    tasks: tuple[str, ...]
    share: str
    parameters: int
    shape: str


@dataclass(frozen=True)
class Row:
    """One block of an encoder: its layers, and its copies side by side."""

    layers: str
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Branch:
    """One input with its encoder; `direct` counts the learned numbers of a linear path around it."""

    name: str
    encoder: str
    shape: str
    direct: int
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Head:
    """What turns a task's features into its answer."""

    task: str
    layers: str
    links: tuple[str, ...]
    parameters: int
    path: int


@dataclass(frozen=True)
class Picture:
    """All of it.

    Args:
        columns: the tasks of each column.
        aligned: whether a column is one task, so that heads stand below their columns.
        trainable: learned numbers in all.
    """

    columns: tuple[tuple[str, ...], ...]
    aligned: bool
    branches: tuple[Branch, ...]
    heads: tuple[Head, ...]
    trainable: int


def picture(description: Mapping[str, Any]) -> Picture:
    """Lay out the description that a network gives of itself (`network` in model.json)."""
    tasks, inputs = list(description["tasks"]), description["inputs"]
    aligned = len(tasks) <= _WIDE
    columns = tuple((task,) for task in tasks) if aligned else _by_path(tasks, inputs)
    counts = description["parameters"]
    heads = tuple(
        Head(
            task,
            " · ".join(head["layers"]),
            tuple(head.get("links", ())),
            head["parameters"],
            counts.get("tasks", {}).get(task, 0),
        )
        for task, head in description["heads"].items()
    )
    branches = tuple(_branch(name, branch, columns) for name, branch in inputs.items())
    return Picture(columns, aligned, branches, heads, counts["trainable"])


def shape_text(shape: Sequence[int | None]) -> str:
    """A shape for readers; what varies by track is "time".

    Example:
        >>> shape_text([32, 48, None])
        '32 × 48 × time'
    """
    return " × ".join("time" if size is None else f"{size:,}" for size in shape)


def _branch(name: str, branch: Mapping[str, Any], columns: Sequence[tuple[str, ...]]) -> Branch:
    rows = tuple(Row(" · ".join(block["layers"]), _boxes(block["copies"], columns)) for block in branch["blocks"])
    direct = sum(branch.get("linear_path", {}).values())
    return Branch(name, branch["encoder"], shape_text(branch.get("shape", ())), direct, rows)


def _boxes(copies: Sequence[Mapping[str, Any]], columns: Sequence[tuple[str, ...]]) -> tuple[Box, ...]:
    everyone = {task for column in columns for task in column}
    boxes = []
    for copy in copies:
        used = set(copy["tasks"])
        share = "all" if used >= everyone and len(everyone) > 1 else "one" if len(used) == 1 else "some"
        for first, span in _runs([bool(used & set(column)) for column in columns]):
            shape = shape_text(copy["shape"][1]) if copy.get("shape") else ""
            boxes.append(Box(first + 1, span, tuple(copy["tasks"]), share, copy["parameters"], shape))
    return tuple(sorted(boxes, key=lambda box: box.first))


def _runs(used: Sequence[bool]) -> list[tuple[int, int]]:
    """First place and length of each unbroken run."""
    runs: list[tuple[int, int]] = []
    for place, here in enumerate(used):
        if here and runs and sum(runs[-1]) == place:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        elif here:
            runs.append((place, 1))
    return runs


def _by_path(tasks: Sequence[str], inputs: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    """Tasks that use the same copies all the way stand in one column."""
    blocks = [block for branch in inputs.values() for block in branch["blocks"]]
    groups: dict[tuple[Any, ...], list[str]] = {}
    for task in tasks:
        path = tuple(tuple(i for i, copy in enumerate(b["copies"]) if task in copy["tasks"]) for b in blocks)
        groups.setdefault(path, []).append(task)
    return tuple(tuple(group) for group in groups.values())

"""The network as a picture: which tasks share which block, with shapes and parameter counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_WIDE = 8  # tasks; with more, tasks of one path share a column
_NAMED = 6  # tasks that fit into a box by name
_STITCH, _EXPERT, _GATE = "stitch", "expert", "gate_"  # names that sharing parts give their copies
_STITCHED = "CrossStitch"


@dataclass(frozen=True)
class Box:
    """A copy of a block, or a piece of one whose tasks do not stand side by side.

    Args:
        first: its first column, from 1.
        span: number of columns.
        tasks: the tasks that use it.
        label: what stands in it.
        share: "all", "some" or "one".
    """

    first: int
    span: int
    tasks: tuple[str, ...]
    label: str
    share: str
    parameters: int
    shape: str


@dataclass(frozen=True)
class Row:
    """One block of an encoder: its layers, and its copies side by side in so many columns."""

    layers: str
    boxes: tuple[Box, ...]
    columns: int


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
    blocks = (
        [_stitched(block) for block in branch["blocks"]] if branch.get("sharing") == _STITCHED else branch["blocks"]
    )
    rows = tuple(row for block in blocks for row in _rows(block, columns))
    direct = sum(branch.get("linear_path", {}).values())
    return Branch(name, branch["encoder"], shape_text(branch.get("shape", ())), direct, rows)


def _stitched(block: Mapping[str, Any]) -> dict[str, Any]:
    """Each task's copy as its own, though the others reach it through a later stitch."""
    own = [{**copy, "tasks": [str(copy["name"]).removeprefix("for_")]} for copy in block["copies"]]
    copies = [copy if copy["name"] == _STITCH else mine for copy, mine in zip(block["copies"], own, strict=True)]
    return {**block, "copies": copies}


def _rows(block: Mapping[str, Any], columns: Sequence[tuple[str, ...]]) -> list[Row]:
    """A block's copies; experts stand side by side whoever reads them, a stitch in a row of its own."""
    layers, copies = " · ".join(block["layers"]), block["copies"]
    stitches = [copy for copy in copies if copy["name"] == _STITCH]
    if any(copy["name"].startswith(_EXPERT) for copy in copies):
        everyone = _everyone(columns)
        boxes = [_box(copy, (number, 1), everyone) for number, copy in enumerate(copies, start=1)]
        return [Row(layers, tuple(boxes), len(copies))]
    rows = [Row(layers, _boxes([copy for copy in copies if copy not in stitches], columns), len(columns))]
    mixed = tuple(_box(stitch, (1, len(columns)), _everyone(columns)) for stitch in stitches)
    return [*rows, *([Row("mixed by", mixed, len(columns))] if mixed else [])]


def _boxes(copies: Sequence[Mapping[str, Any]], columns: Sequence[tuple[str, ...]]) -> tuple[Box, ...]:
    everyone = _everyone(columns)
    boxes = []
    for copy in copies:
        used = set(copy["tasks"])
        for place in _runs([bool(used & set(column)) for column in columns]):
            boxes.append(_box(copy, (place[0] + 1, place[1]), everyone))
    return tuple(sorted(boxes, key=lambda box: box.first))


def _box(copy: Mapping[str, Any], place: tuple[int, int], everyone: set[str]) -> Box:
    tasks = tuple(copy["tasks"])
    share = "all" if everyone <= set(tasks) and len(everyone) > 1 else "one" if len(tasks) == 1 else "some"
    shape = shape_text(copy["shape"][1]) if copy.get("shape") else ""
    return Box(*place, tasks, _label(copy["name"], tasks, share), share, copy["parameters"], shape)


def _label(name: str, tasks: Sequence[str], share: str) -> str:
    shown = "all tasks" if share == "all" else ", ".join(tasks) if len(tasks) <= _NAMED else f"{len(tasks)} tasks"
    if name == _STITCH:
        return "cross-stitch of all tasks"
    if name.startswith(_EXPERT):
        return f"{_EXPERT} {name.removeprefix(_EXPERT).partition('_')[0]}: {shown}"
    return f"gate of {shown}" if name.startswith(_GATE) else shown


def _everyone(columns: Sequence[tuple[str, ...]]) -> set[str]:
    return {task for column in columns for task in column}


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

"""Labels are checked before anything is learned from them: every problem of every task at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from unisono.collection.faults import Fault, fail, quoted
from unisono.collection.tracks import Collection, alike
from unisono.errors import LabelError
from unisono.tasks import Cell, Task

_SHORT = 3  # spellings shorter than this may differ in case alone: "Am" and "AM" are two keys


def check_labels(collection: Collection, tasks: Mapping[str, Task]) -> dict[str, Task]:
    """The tasks, fitted on all rows, or one error that names every label that cannot be learned.

    Tasks without columns (computed targets) are returned as they are. Class weights are those of all rows: fit again
    on a split's training rows before learning.

    Raises: LabelError for labels outside a task's vocabulary or range, two spellings of one class, a task that no row
        is labelled for, and a task whose labels are all the same.
    """
    faults: list[Fault] = []
    cells = {name: collection.cells(task.columns) for name, task in tasks.items() if task.columns}
    for name, labels in cells.items():
        faults += label_faults(collection, tasks[name], labels)
    fail(LabelError, collection.where, faults)
    everywhere = np.ones(len(collection), dtype=bool)
    fitted = {name: task.fit(cells[name], everywhere) if name in cells else task for name, task in tasks.items()}
    fail(LabelError, collection.where, [_lonely(collection, fitted[n]) for n in cells if _is_lonely(fitted[n])])
    return fitted


def _is_lonely(task: Task) -> bool:
    return task.kind == "multiclass" and task.width < 2


def _lonely(collection: Collection, task: Task) -> Fault:
    found = f'{quoted(task.outputs)} is the only label of the task "{task.name}" that enough rows have'
    return Fault(f"{collection.where}:{task.columns[0]}", found, "Label more rows or remove the task.")


def label_faults(collection: Collection, task: Task, cells: Sequence[Cell]) -> list[Fault]:
    """Every label of one task that cannot be learned."""
    column = task.columns[0] if len(task.columns) == 1 else task.name
    wrong = [Fault(collection.place(p.index, column), p.found, p.advice) for p in task.problems(cells)]
    where = f"{collection.where}:{column}"
    known = [c for c in cells if (any(v is not None for v in c) if isinstance(c, tuple) else c is not None)]
    if not known:
        return [Fault(where, f'no row is labelled for the task "{task.name}"', "Label some rows or remove the task.")]
    if wrong or isinstance(known[0], tuple):
        return wrong
    if len(set(known)) == 1 and task.kind in ("multiclass", "regression"):
        many = f"all {len(known):,} labels are" if len(known) > 1 else "the only label is"
        found = f'{many} "{known[0]}", so there is nothing to learn'
        return [Fault(where, found, "Label rows of another value or remove the task.")]
    return _spellings(collection, column, cells) if task.kind == "multiclass" else []


def _spellings(collection: Collection, column: str, cells: Sequence[Cell]) -> list[Fault]:
    """Rows whose class is written otherwise than most rows write it: case, spaces or hyphens differ."""
    names = [c.strip() if isinstance(c, str) else "" for c in cells]
    usual: dict[str, str] = {}
    for name, _ in Counter(names).most_common():
        usual.setdefault(same_spelling(name), name)
    return [
        Fault(
            collection.place(row, column),
            f'"{name}" and "{usual[same_spelling(name)]}" are two spellings of one class',
            f'Write "{usual[same_spelling(name)]}".',
        )
        for row, name in enumerate(names)
        if usual[same_spelling(name)] != name
    ]


def same_spelling(name: str) -> str:
    """What spellings of one class have in common.

    Example:
        >>> same_spelling("Tech-House") == same_spelling("tech house")
        True
    """
    folded = alike(name)
    bare = folded.replace(" ", "").replace("-", "").replace("_", "")
    return bare if len(bare) > _SHORT else name.strip()

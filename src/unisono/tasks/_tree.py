"""A tree of labels: which label is a kind of which, so that a model that is not sure of a child may name a parent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Parents = dict[str, str]  # child -> parent


def parents_of(tree: object) -> Parents:
    """Each node's parent, from nested tables and lists.

    Raises: ValueError for something else than tables, lists and names, a child of two parents, and a ring.
    Example:
        >>> parents_of({"electronic": {"house": ["deep house", "tech house"], "techno": []}})["deep house"]
        'house'
        >>> parents_of({"house": ["deep house"], "electronic": ["house"]})
        {'deep house': 'house', 'house': 'electronic'}
    """
    parents: Parents = {}
    _gather(tree, None, parents)
    for name in parents:
        line(name, parents)
    return parents


def line(name: str, parents: Mapping[str, str]) -> tuple[str, ...]:
    """A node's parent, its parent's parent and so on.

    Raises: ValueError for a node that is above itself.
    """
    above: list[str] = []
    while name in parents:
        name = parents[name]
        if name in above:
            raise ValueError(f'the tree has a ring: "{name}" is above itself')
        above.append(name)
    return tuple(above)


def members(node: str, labels: Sequence[str], parents: Mapping[str, str]) -> tuple[int, ...]:
    """Positions of the labels that are a node or stand below it."""
    return tuple(i for i, label in enumerate(labels) if label == node or node in line(label, parents))


def _gather(tree: object, parent: str | None, parents: Parents) -> None:
    if isinstance(tree, str):
        tree = {tree: ()}
    if isinstance(tree, Mapping):
        items: list[tuple[Any, Any]] = list(tree.items())
    elif isinstance(tree, list | tuple):
        items = [pair for one in tree for pair in (one.items() if isinstance(one, Mapping) else [(one, ())])]
    else:
        raise ValueError(f"the tree holds {tree!r} but tables, lists and names are needed")
    for name, below in items:
        if not isinstance(name, str):
            raise ValueError(f"the tree holds {name!r} but names are needed")
        if parent is not None:
            if parents.get(name, parent) != parent:
                raise ValueError(f'"{name}" stands below "{parents[name]}" and "{parent}" in the tree')
            parents[name] = parent
        if below:
            _gather(below, name, parents)

"""The order of linked heads, and the message of every mistake."""

from __future__ import annotations

import pytest

from unisono.errors import ExperimentError
from unisono.nets.links import order


def test_sources_come_first() -> None:
    tasks = ["situation", "subgenre", "genre", "energy"]
    found = order({"subgenre": ["genre"], "situation": ["genre", "energy", "subgenre"]}, tasks)
    assert found == ["genre", "energy", "subgenre", "situation"] or found.index("situation") == 3
    assert found.index("genre") < found.index("subgenre")


def test_without_links_the_order_stays() -> None:
    assert order({}, ["b", "a"]) == ["b", "a"]


@pytest.mark.parametrize(
    ("links", "message"),
    [
        ({"a": ["b"], "b": ["c"], "c": ["a"]}, r"run in a circle \(a -> b -> c -> a\). Take one"),
        ({"a": ["a"]}, r"circle \(a -> a\)"),
        ({"d": ["c"], "c": ["b"], "b": ["c"]}, r"circle \((b -> c -> b|c -> b -> c)\)"),
        ({"a": ["energi"]}, 'network.links.a: names "energi" but the tasks are.*Did you mean "energy"'),
        ({"energi": ["a"]}, 'network.links.energi: names "energi"'),
        ({"a": ["b", "b"]}, "names a task twice"),
    ],
)
def test_messages(links: dict[str, list[str]], message: str) -> None:
    with pytest.raises(ExperimentError, match=message):
        order(links, ["a", "b", "c", "d", "energy"])

"""The sharing grid as a plan: short forms, groups, streams, merging, and the message of every mistake."""

from __future__ import annotations

from typing import Any

import pytest

from unisono.errors import ExperimentError
from unisono.nets.grid import plan

TASKS = ("genre", "subgenre", "energy")


@pytest.mark.parametrize(
    ("sharing", "copies", "streams"),
    [
        ("hard", [1, 1, 1], [1, 1, 1]),
        ("none", [3, 3, 3], [3, 3, 3]),
        ("low:2", [1, 1, 3], [1, 1, 3]),
        ("low:0", [3, 3, 3], [3, 3, 3]),
        ("low:3", [1, 1, 1], [1, 1, 1]),
        ("high:2", [3, 1, 1], [3, 3, 3]),
        (["all", "each", "all"], [1, 3, 1], [1, 3, 3]),
        (["all", [["genre", "subgenre"], ["energy"]], "each"], [1, 2, 3], [1, 2, 3]),
        ([[["genre", "energy"], ["subgenre"]], [["genre", "subgenre"], ["energy"]], "all"], [2, 2, 1], [2, 3, 3]),
    ],
)
def test_copies_and_streams(sharing: Any, copies: list[int], streams: list[int]) -> None:
    made = plan(sharing, TASKS, 3)
    assert [len(level.copies) for level in made.levels] == copies
    assert [len(level.streams) for level in made.levels] == streams
    assert sorted(made.stream_of) == sorted(TASKS)


def test_merging_joins_the_streams_that_meet() -> None:
    made = plan(["each", [["genre", "subgenre"], ["energy"]], "all"], TASKS, 3, "concat")
    assert [len(level.streams) for level in made.levels] == [3, 2, 1]
    assert [stream.sources for stream in made.levels[1].streams] == [(0, 1), (2,)]
    assert made.levels[2].streams[0].sources == (0, 1)
    assert made.fork == 2
    assert made.users == ((TASKS,) * 3, (TASKS,) * 2, (TASKS,))


def test_users_without_merging_are_the_groups() -> None:
    made = plan(["each", [["genre", "subgenre"], ["energy"]], "all"], TASKS, 3)
    assert made.users == tuple(level.copies for level in made.levels)


@pytest.mark.parametrize(
    ("sharing", "fork", "shared"),
    [("hard", 2, 2), ("low:1", 0, 0), ("high:1", None, 2), ("none", None, None), (["all", "each", "all"], 0, 2)],
)
def test_fork_and_last_shared_block(sharing: Any, fork: int | None, shared: int | None) -> None:
    made = plan(sharing, TASKS, 3)
    assert (made.fork, made.last_shared) == (fork, shared)


def test_groups_keep_the_order_of_the_tasks() -> None:
    one = plan([[["energy"], ["subgenre", "genre"]]], TASKS, 1)
    assert one.levels[0].copies == (("energy",), ("genre", "subgenre"))


@pytest.mark.parametrize(
    ("sharing", "message"),
    [
        (["all", "each"], "^network.sharing: has 2 rows but the encoder has 3 blocks. Give one row a block"),
        (["all"] * 3 + ["each"], "has 4 rows but the encoder has 3 blocks"),
        ("low:4", '"low:4": asks for 4 shared blocks but the encoder has 3 blocks. The most is "low:3"'),
        ("lo:2", '"lo:2": unknown, must be hard, none, low:n, high:n.*Did you mean "low:2"'),
        ("low", '"low": unknown.* Did you mean "low:1"'),
        ("hihg:9", 'Did you mean "high:1"'),
        ("hrd", 'Did you mean "hard"'),
        ("low:-1", '"low:-1": unknown'),
        (["all", "all", "ech"], 'network.sharing, row 3: \'ech\' is no row of the grid. Write "all", "each"'),
        (["all", "all", 3], "row 3: 3 is no row of the grid"),
        (["all", "all", ["genre"]], "row 3: .* is no row of the grid"),
        (["all", "all", [["genre", "subgenr"], ["energy"]]], 'row 3: names "subgenr".*Did you mean "subgenre"'),
        (["all", "all", [["genre", "energy"], ["energy", "subgenre"]]], 'names "energy" 2 times.*must not overlap'),
        (["all", "all", [["genre"], ["energy"]]], r"row 3: leaves out subgenre but every task.*\['subgenre'\]"),
    ],
)
def test_messages(sharing: Any, message: str) -> None:
    with pytest.raises(ExperimentError, match=message):
        plan(sharing, TASKS, 3)

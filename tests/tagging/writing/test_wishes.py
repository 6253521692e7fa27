"""Wishes: modes, genre styles, and telling our values from the user's."""

from __future__ import annotations

import pytest

from unisono.tagging.tagged import Tags
from unisono.tagging.writing.profiles import Profile
from unisono.tagging.writing.wishes import Wish, decide, earlier_of, wishes_of
from unisono.tasks import Answer, Given, task
from unisono.tasks.fields import Mode


def changed(
    mode: Mode, old: tuple[str, ...], earlier: list[str] | None = None, field: str = "genre"
) -> tuple[str, ...]:
    texts = {field: old}
    wishes = {field: Wish(mode, {"genre": ("House",)})}
    what = decide(wishes, lambda name: texts.get(name, ()), {field: earlier} if earlier else {}, Profile())
    return what.changes[0].new if what.changes else old


@pytest.mark.parametrize(
    ("mode", "old", "earlier", "new"),
    [
        ("keep", (), None, ("House",)),
        ("keep", ("Rock",), None, ("Rock",)),
        ("keep", ("Techno",), ["Techno"], ("House",)),
        ("append", ("Rock",), None, ("Rock", "House")),
        ("append", ("Rock", "Techno"), ["Techno"], ("Rock", "Techno", "House")),
        ("append", ("House",), None, ("House",)),
        ("merge", ("Rock", "Techno"), ["Techno"], ("Rock", "House")),
        ("overwrite", ("Rock", "Techno"), None, ("House",)),
        ("merge", ("Rock / Techno / Dub",), ["Techno", "Dub"], ("Rock", "House")),  # joined by another profile
        ("keep", ("Techno / Dub",), ["Techno", "Dub"], ("House",)),
        ("append", ("Rock; House",), ["House"], ("Rock", "House")),
        ("merge", ("Drum / Bass", "Bass"), ["Bass"], ("Drum / Bass", "House")),  # the user's own text stays whole
    ],
)
def test_a_mode_says_what_becomes_of_what_is_there(
    mode: Mode, old: tuple[str, ...], earlier: list[str] | None, new: tuple[str, ...]
) -> None:
    assert changed(mode, old, earlier) == new


@pytest.mark.parametrize("mode", ["keep", "append", "merge", "overwrite"])
def test_writing_again_changes_nothing(mode: Mode) -> None:
    wishes = {"genre": Wish(mode, {"genre": ("House",)}), "comment": Wish(mode, {"situation": ("Peak",)})}
    texts = {"genre": ("Rock",), "comment": ("nice",)}
    first = decide(wishes, lambda name: texts[name], {}, Profile())
    texts |= {change.field: change.new for change in first.changes}
    again = decide(wishes, lambda name: texts[name], first.ours, Profile())
    assert again.changes == () and again.ours == first.ours


def test_an_answer_that_nothing_applies_takes_back_only_what_was_ours() -> None:
    wishes = {"grouping": Wish("merge", {"situation": ()}), "comment": Wish("merge", {"situation": ()})}
    texts = {"grouping": ("Mine", "Peak"), "comment": ("nice /* My / Peak */",)}
    what = decide(wishes, lambda name: texts[name], {"grouping": ["Peak"], "comment": ["Peak"]}, Profile())
    assert {c.field: c.new for c in what.changes} == {"grouping": ("Mine",), "comment": ("nice /* My */",)}
    assert what.ours == {}


def test_only_the_first_comment_changes() -> None:
    wishes = {"comment": Wish("merge", {"situation": ("Peak",)})}
    what = decide(wishes, lambda name: ("one", "two"), {}, Profile())
    assert what.changes[0].new == ("one /* Peak */", "two")


def test_what_earlier_runs_wrote_into_other_fields_is_remembered() -> None:
    what = decide({"genre": Wish("keep", {"genre": ("House",)})}, lambda name: (), {"mood": ["Sad"]}, Profile())
    assert what.ours == {"mood": ["Sad"], "genre": ["House"]}


@pytest.mark.parametrize("text", ["", "no json", "[1]", '{"genre": "x"}'])
def test_an_unreadable_note_counts_as_none(text: str) -> None:
    assert earlier_of((text,)) == {}


@pytest.mark.parametrize(
    ("style", "values"),
    [
        ("main", ("House",)),
        ("sub", ("Deep",)),
        ("both", ("House", "Deep")),
        ("list", ("House", "Deep")),
        ("main / sub", ("House / Deep",)),
    ],
)
def test_main_genre_and_subgenre_in_one_field(style: str, values: tuple[str, ...]) -> None:
    tasks = [task("genre", {"kind": "multiclass"}), task("subgenre", {"kind": "multiclass"})]
    answers = (Answer("genre", (Given("House", None, 1),)), Answer("subgenre", (Given("Deep", None, 1),)))
    tables = {"genre": {"field": "genre"}, "subgenre": {"field": "subgenre"}}
    found = wishes_of(Tags("x", answers, {}), tasks, Profile(genre=style, tasks=tables))
    assert found["genre"].values == values
    assert found["subgenre"].values == ("Deep",)

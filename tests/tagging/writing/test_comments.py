"""Comments: the user's text stays, our block goes behind it, in both styles."""

from __future__ import annotations

import pytest

from unisono.tagging.writing.comments import commented
from unisono.tagging.writing.profiles import CommentStyle

OURS = {"situation": ["Peak", "Late night"]}


@pytest.mark.parametrize(
    ("style", "old", "new"),
    [
        ("mytag", "", "/* Peak / Late night */"),
        ("mytag", "nice intro", "nice intro /* Peak / Late night */"),
        ("mytag", "nice /* Warm up */", "nice /* Warm up / Peak / Late night */"),
        ("mytag", "a /* b */ c", "a /* b */ c /* Peak / Late night */"),
        ("mytag", "nice /* Peak */", "nice /* Peak / Late night */"),
        ("brackets", "", "[SITUATION: Peak; Late night]"),
        ("brackets", "8A - Energy 7", "8A - Energy 7 [SITUATION: Peak; Late night]"),
    ],
)
def test_a_block_is_written_behind_the_text(style: CommentStyle, old: str, new: str) -> None:
    assert commented(old, OURS, (), style) == new
    assert commented(new, OURS, (), style) == new


@pytest.mark.parametrize(
    ("style", "old", "earlier", "new"),
    [
        ("mytag", "nice /* Warm up / Start */", ["Start"], "nice /* Warm up / Peak / Late night */"),
        ("brackets", "a [SITUATION: Start]", ["[SITUATION: Start]"], "a [SITUATION: Peak; Late night]"),
        ("brackets", "a [SITUATION: Start] b", ["[SITUATION: Start]"], "a b [SITUATION: Peak; Late night]"),
        ("brackets", "[MOOD: user's]", [], "[MOOD: user's] [SITUATION: Peak; Late night]"),
    ],
)
def test_what_an_earlier_run_wrote_goes(style: CommentStyle, old: str, earlier: list[str], new: str) -> None:
    assert commented(old, OURS, earlier, style) == new


@pytest.mark.parametrize("style", ["mytag", "brackets"])
def test_taking_our_block_back_gives_the_users_text(style: CommentStyle) -> None:
    text = commented("nice intro", OURS, (), style)
    earlier = ["Peak", "Late night"] if style == "mytag" else ["[SITUATION: Peak; Late night]"]
    assert commented(text, {}, earlier, style) == "nice intro"


def test_a_label_cannot_end_the_block() -> None:
    assert commented("", {"s": ["a*/b", "c/d"]}, (), "mytag") == "/* ab / c-d */"
    assert commented("", {"s": ["a]b;c"]}, (), "brackets") == "[S: a)b,c]"


def test_another_style_takes_the_first_ones_pieces_back() -> None:
    block = "mine /* My own / Peak / Energy 300 */"
    ours = {"situation": ["Late"], "energy": ["300"]}
    bracketed = commented(block, ours, ["Peak", "Energy 300"], "brackets")
    assert bracketed == "mine /* My own */ [SITUATION: Late] [ENERGY: 300]"
    pieces = ["[SITUATION: Late]", "[ENERGY: 300]"]
    assert commented(bracketed, {"situation": ["Peak"]}, pieces, "mytag") == "mine /* My own / Peak */"
    assert commented("/* Peak */", {}, ["Peak"], "brackets") == ""

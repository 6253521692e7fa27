"""Showing changes: rows, records, and a page in which a tag's text cannot become markup."""

from __future__ import annotations

from unisono.tagging.writing import Change, Outcome, showing

OUTCOMES = [
    Outcome("a.mp3", "planned", (Change("genre", ("Rock", "Pop"), ("House",)), Change("mood", (), ("<b>sad",)))),
    Outcome("b\udcff.mp3", "skipped", reason="damaged tag: <script>"),
    Outcome("c.mp3", "unchanged"),
]


def test_a_row_is_one_field() -> None:
    assert list(showing.rows(OUTCOMES)) == [("a.mp3", "genre", "Rock; Pop", "House"), ("a.mp3", "mood", "", "<b>sad")]


def test_a_record_is_one_file_that_is_not_as_before() -> None:
    first, second = showing.records(OUTCOMES)
    assert first["changes"]["genre"] == {"old": ["Rock", "Pop"], "new": ["House"]}
    assert second == {"path": "b\\xff.mp3", "state": "skipped", "reason": "damaged tag: <script>"}


def test_the_page_escapes_what_stands_in_tags() -> None:
    page = showing.page(OUTCOMES, "What changes")
    assert "<script" not in page and "<b>" not in page and "&lt;script&gt;" in page
    assert "2 fields of 1 file<" in page and "<del>Rock; Pop</del>" in page and "<ins>House</ins>" in page
    assert "1 skipped" in page

"""Stamps: LRC lyrics read as plain lyrics."""

from __future__ import annotations

from unisono.inputs.reading.stamps import without_stamps


def test_line_and_word_stamps_and_headers_go() -> None:
    lrc = "[ti:Song]\n[AR: Somebody]\n[offset:+250]\n[00:01.00][00:31.00]Hold me\n[00:05]<00:05.20> now <00:05.90>then"
    assert without_stamps(lrc).split() == ["Hold", "me", "now", "then"]


def test_section_marks_and_other_brackets_stay() -> None:
    assert without_stamps("[Chorus]\nI <3 you [x2] at 12:30") == "[Chorus]\nI <3 you [x2] at 12:30"


def test_a_header_word_inside_a_line_stays() -> None:
    assert without_stamps("say [by: the way] it") == "say [by: the way] it"

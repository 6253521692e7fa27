"""Figures of agreeing gradients: means over what was compared, and when there is none."""

import re

from unisono.report.conflicts import conflict_matrix, conflicts_over_time


def record(cosine, tasks=("a", "b"), magnitude=0.5):
    rows = {name: [[1.0, value], [value, 1.0]] for name, value in (("cosine", cosine), ("magnitude", magnitude))}
    return {"step": 1, "at": "representation", "tasks": list(tasks), "norm": [1.0, 1.0], **rows}


def line(epoch, *records, **more):
    return {"epoch": epoch, **more, **({"diagnostics": {"conflicts": list(records)}} if records else {})}


def numbers(svg):
    return re.findall(r">(-?\d\.\d\d)</text>", svg)


def test_the_matrix_holds_means_over_all_records():
    history = [line(1, record(-0.5), record(0.1)), line(2, record(None)), line(3, record(-0.2, tasks=("b", "a")))]
    svg = conflict_matrix(history, ["a", "b", "never compared"])
    assert numbers(svg) == ["-0.20", "-0.20", "0.50", "0.50"]
    assert "never compared" not in svg


def test_nothing_was_compared():
    assert conflict_matrix([line(1)], ["a", "b"]) is None
    assert conflict_matrix([], ["a"]) is None
    assert conflicts_over_time([], ["a", "b"]) is None


def test_pairs_by_epoch_while_they_can_be_told_apart():
    history = [line(1, record(0.5)), line(2), line(3, record(-0.5))]
    assert ">a, b</text>" in conflicts_over_time(history, ["a", "b"])
    assert conflicts_over_time(history[:2], ["a", "b"]) is None
    every = [f"t{i}" for i in range(6)]
    full = {"tasks": every, "cosine": [[0.1] * 6] * 6, "magnitude": [[0.1] * 6] * 6}
    assert conflicts_over_time([line(1, full), line(2, full)], every) is None
    assert conflict_matrix([line(1, full)], every) is not None

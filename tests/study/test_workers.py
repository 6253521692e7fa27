"""Jobs in parallel: what fails or dies takes only itself with it."""

from __future__ import annotations

import os
from typing import Any

import pytest

from unisono.errors import DiskFull, ExperimentError
from unisono.study.workers import run_jobs


def work(job: Any, tell: Any) -> Any:
    if job == "dies":
        os._exit(7)
    if job == "wrong":
        raise ExperimentError("here", "is wrong")
    if job == "bug":
        raise KeyError("x")
    if job == "full":
        raise DiskFull("here", "the disk is full")
    tell(job)
    return job * 2


@pytest.mark.parametrize("count", [1, 2])
def test_jobs_are_done_and_failures_named(count: int) -> None:
    told: list[tuple[Any, Any]] = []
    running = run_jobs([1, "wrong", 2, "bug", 3], work, count, lambda job, value: told.append((job, value)))
    events = []
    for event in running:
        events.append(event)
        if event.what == "done" and count == 1:
            assert told[-1] == (event.job, event.job)  # heard while it ran, not after all
    assert {e.job: e.value for e in events if e.what == "done"} == {1: 2, 2: 4, 3: 6}
    assert {e.job: e.value for e in events if e.what == "failed"} == {
        "wrong": "here: is wrong.",
        "bug": "KeyError: 'x'",
    }
    assert sorted(told) == [(1, 1), (2, 2), (3, 3)]
    assert sum(e.what == "started" for e in events) == 5


def test_a_process_that_dies_takes_its_job_only() -> None:
    events = list(run_jobs(["dies", 1, 2], work, 2))
    assert {e.job: e.value for e in events if e.what == "done"} == {1: 2, 2: 4}
    assert [e.value for e in events if e.what == "failed"] == ["its process ended with status 7; was memory short?"]


@pytest.mark.parametrize("count", [1, 2])
def test_a_full_disk_ends_all(count: int) -> None:
    with pytest.raises(DiskFull, match="the disk is full"):
        list(run_jobs(["full", 1, 2], work, count))

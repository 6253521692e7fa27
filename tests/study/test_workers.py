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
    events = list(run_jobs([1, "wrong", 2, "bug", 3], work, count))
    assert {e.job: e.value for e in events if e.what == "done"} == {1: 2, 2: 4, 3: 6}
    assert {e.job: e.value for e in events if e.what == "failed"} == {
        "wrong": "here: is wrong.",
        "bug": "KeyError: 'x'",
    }
    assert [e.job for e in events if e.what == "told"] == [1, 2, 3] or count > 1
    assert sum(e.what == "started" for e in events) == 5


def test_a_process_that_dies_takes_its_job_only() -> None:
    events = list(run_jobs(["dies", 1, 2], work, 2))
    assert {e.job: e.value for e in events if e.what == "done"} == {1: 2, 2: 4}
    assert [e.value for e in events if e.what == "failed"] == ["its process ended with status 7; was memory short?"]


@pytest.mark.parametrize("count", [1, 2])
def test_a_full_disk_ends_all(count: int) -> None:
    with pytest.raises(DiskFull, match="the disk is full"):
        list(run_jobs(["full", 1, 2], work, count))

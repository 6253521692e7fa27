"""Several processes learn what one would with all their rows, and end with a clear error when one of them does."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from unisono.errors import ExperimentError, TrainingError
from unisono.experiment import Experiment
from unisono.training.devices import Alone, crowd, launch, of_group, place
from unisono.training.run import Watching, train

sys.path.insert(0, str(Path(__file__).parent))
import learning

Make = Callable[..., Experiment]
TOLERANCE = 1e-5  # float32 sums in another order


def _numbers(found: Any) -> list[float]:
    if isinstance(found, dict):
        return [x for value in found.values() for x in _numbers(value)]
    return [x for value in found for x in _numbers(value)] if isinstance(found, list) else [float(found)]


@pytest.fixture(scope="module")
def of_two(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What two processes have learned, with every balancer; this one is the first."""
    path = tmp_path_factory.mktemp("two") / "found.json"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": "2", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(Path(learning.__file__))]
    other = subprocess.Popen(command, env={**os.environ, **said, "RANK": "1"})
    try:
        with pytest.MonkeyPatch.context() as here:
            for name, value in {**said, "RANK": "0"}.items():
                here.setenv(name, value)
            learning.main(path)
        assert other.wait(timeout=120) == 0
    finally:
        other.kill()
        other.wait()
    found: dict[str, Any] = json.loads(path.read_text())
    return found


@pytest.mark.parametrize("case", learning.cases())
def test_two_processes_learn_as_one_with_the_doubled_batch(case: str, of_two: dict[str, Any]) -> None:
    """Labels are missing: in one step a process has no label of a task, in another nobody has."""
    alone, two = learning.learned(learning.cases()[case], Alone()), of_two[case]
    assert [list(s["weights"]) for s in alone["steps"]] == [list(s["weights"]) for s in two["steps"]]
    assert "genre" not in two["steps"][2]["weights"]
    np.testing.assert_allclose(_numbers(two), _numbers(alone), rtol=TOLERANCE, atol=TOLERANCE)


def test_a_killed_process_ends_the_run_with_an_error_and_resume_goes_on(
    experiment: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With dropout and batch statistics, and from a checkpoint in the middle of an epoch."""
    training = {"devices": 2, "batch_size": 8, "epochs": 3, "threads": 1, "checkpoint_every": 2}
    made = experiment(
        training=training,
        network={
            "encoder": {"kind": "embedding_bag", "width": 16, "word_dropout": 0.3, "layers": ["batchnorm", "tanh"]}
        },
    )
    train(made, tmp_path / "whole", seed=3)
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen
    monkeypatch.setattr(launch.subprocess, "Popen", lambda *a, **k: started.append(popen(*a, **k)) or started[-1])

    def kill(line: dict[str, Any]) -> None:
        if line["epoch"] == 2:
            os.kill(started[0].pid, signal.SIGKILL)

    with pytest.raises(TrainingError, match=r"process 1 of 2: another process .*: process 2 of 2 by SIGKILL.*--resume"):
        train(made, tmp_path / "killed", seed=3, watching=Watching(line=kill))
    monkeypatch.undo()
    train(made, tmp_path / "killed", seed=3, resume=True)
    whole, resumed = (load_file(tmp_path / name / "model" / "weights.safetensors") for name in ("whole", "killed"))
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)
    histories = [(tmp_path / name / "history.jsonl").read_bytes() for name in ("whole", "killed")]
    assert histories[0] == histories[1]
    assert len(histories[0].splitlines()) == 3


def test_a_process_that_does_not_start_is_told(
    experiment: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "_WORKER", "unisono.nothing")
    with pytest.raises(
        TrainingError,
        match=r"^experiment:training.devices: .* have started: process 2 of 2 with status 1 and .*unisono.nothing",
    ):
        train(experiment(training={"devices": 2}), tmp_path / "run")


FIRSTS = """
import os, sys
from unisono.training.devices import launch
of_worker = launch._Worker.__init__
def told(self, *given):
    of_worker(self, *given)
    print(os.getpid(), self.process.pid, flush=True)
launch._Worker.__init__ = told
for name in sys.argv[1:]:
    if not os.fork():
        os.dup2(os.open(name, os.O_CREAT | os.O_WRONLY, 0o600), 2)
        with launch.joined(2, ASKED):
            pass
        os._exit(0)
    print(os.wait()[1], flush=True)
"""


def test_the_others_end_with_the_first_process_also_while_they_start(tmp_path: Path) -> None:
    """First processes, forked from one that has opened torch, end as soon as they have started another."""
    text = '[collection]\ntable = "a.csv"\n[inputs.a]\nkind = "words"\n[tasks.a]\nkind = "multiclass"\n'
    asked = {"experiment": text, "name": "mine", "folder": str(tmp_path), "seed": 0, "resume": False}
    command = [sys.executable, "-c", FIRSTS.replace("ASKED", repr(asked)), "SIGKILL", "SIGTERM"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    others, ends = [], []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=tmp_path) as program:
        assert program.stdout is not None
        for ended_by in (signal.SIGKILL, signal.SIGTERM):
            first, other = map(int, program.stdout.readline().split())
            others.append(other)
            os.kill(first, ended_by)
            ends.append(int(program.stdout.readline()))
    until = time.monotonic() + 60
    while any(map(_lives, others)) and time.monotonic() < until:
        time.sleep(0.05)
    still = [other for other in others if _lives(other)]
    for other in still:
        os.kill(other, signal.SIGKILL)
    assert not still
    assert os.WTERMSIG(ends[0]) == signal.SIGKILL
    assert os.WEXITSTATUS(ends[1]) == 1 or os.WTERMSIG(ends[1]) == signal.SIGINT
    assert [("KeyboardInterrupt" in (tmp_path / name).read_text()) for name in ("SIGKILL", "SIGTERM")] == [False, True]


def _lives(process: int) -> bool:
    """Whether a process that is not our child is there and no mere entry of a table."""
    stat = Path(f"/proc/{process}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_more_processes_than_cores(experiment: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "cores", lambda: 2)
    assert crowd(2) == ""
    assert crowd(3) == "3 processes share 2 cores of this machine: fewer of them learn faster."
    assert of_group(experiment(training={"devices": 8}), resume=False).training.devices == 8
    with pytest.raises(
        ExperimentError, match=r"^experiment:training.devices: is 9 but this machine has 2 cores\. Lower it"
    ):
        of_group(experiment(training={"devices": 9}), resume=False)


def test_numbers_of_processes_that_do_not_fit(experiment: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"RANK": "1", "WORLD_SIZE": "3", "MASTER_ADDR": "localhost", "MASTER_PORT": "1"}
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    assert place() == (1, 3, 1)
    assert of_group(experiment(), resume=False).training.devices == 3
    with pytest.raises(
        ExperimentError, match=r"^experiment:training.devices: is 2 but 3 processes were started\. Leave it out"
    ):
        of_group(experiment(training={"devices": 2}), resume=False)
    monkeypatch.setenv("RANK", "first")
    with pytest.raises(ExperimentError, match=r'RANK: is "first" but must be a number'):
        place()


def test_stages_with_other_numbers_of_processes(experiment: Make) -> None:
    stages = [{"name": "one"}, {"name": "two", "training": {"devices": 2}}]
    made = experiment()
    with pytest.raises(
        ExperimentError, match=r"^experiment:stages.two.training.devices: stages cannot differ in their number"
    ):
        of_group(Experiment.of({**made.tables(), "stages": stages}), resume=False)

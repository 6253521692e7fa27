"""Two nodes under torchrun, on this machine: the run is the same as that of `--devices 2`."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from unisono.experiment import Experiment
from unisono.training.run import train

TABLE = "numbers.csv"
EXPERIMENT = f"""
[collection]
table = "{TABLE}"

[split]
protocol = "random"
seed = 0

[inputs.numbers]
kind = "columns"
columns = ["f*"]

[tasks.kind]
kind = "multiclass"

[tasks.level]
kind = "regression"

[network]
blocks = [{{ layers = ["linear 8", "tanh"] }}]

[training]
epochs = 2
batch_size = 8
threads = 1
"""


def written(folder: Path) -> Path:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 3))
    rows = [f"{i},{','.join(map(str, row.round(3)))},{'ab'[int(row[0] > 0)]},{row[1]:.3f}" for i, row in enumerate(x)]
    (folder / TABLE).write_text("\n".join(["id,f0,f1,f2,kind,level", *rows]) + "\n")
    (folder / "mine.toml").write_text(EXPERIMENT)
    return folder / "mine.toml"


def test_two_nodes_of_torchrun_make_the_run_of_two_devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, bins = written(tmp_path), Path(sys.executable).parent
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "cache"))
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONFAULTHANDLER": "1"}
    learn = [str(bins / "unisono"), "train", str(asked), "--seed", "1", "--quiet", "-o"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        there = f"127.0.0.1:{free.getsockname()[1]}"
    nodes = [sys.executable, "-m", "torch.distributed.run", "--nnodes", "2", "--nproc-per-node", "1", "--no-python"]
    nodes += ["--rdzv-backend", "c10d", "--rdzv-endpoint", there, *learn, str(tmp_path / "nodes")]
    started = [
        subprocess.Popen(nodes, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(2)
    ]
    told = [one.communicate(timeout=180)[0] for one in started]
    if any(one.returncode for one in started):  # an assertion would cut what they have told
        pytest.fail("\n\n".join(f"ended with {o.returncode}:\n{t}" for o, t in zip(started, told, strict=True)))

    train(Experiment.load(asked).with_training(devices=2), tmp_path / "devices", seed=1)
    ours, theirs = (load_file(tmp_path / name / "model" / "weights.safetensors") for name in ("nodes", "devices"))
    assert list(ours) == list(theirs)
    for name, values in ours.items():
        np.testing.assert_array_equal(values, theirs[name], err_msg=name)

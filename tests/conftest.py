"""For every test: one thread per library, no window system, and the real data's folder where there is one."""

from __future__ import annotations

import os
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"):
    os.environ.setdefault(_name, "1")  # read when numpy, torch and polars are imported
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("NO_COLOR", "1")
os.environ.setdefault("COLUMNS", "120")

import numpy as np  # noqa: E402
import pytest  # noqa: E402
from numpy.typing import NDArray  # noqa: E402


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real collections that the environment variable UNISONO_DATA names; the test is skipped without."""
    folder = os.environ.get("UNISONO_DATA")
    if not folder:
        pytest.skip("UNISONO_DATA is not set: the real collections are not on this machine")
    if not Path(folder).is_dir():
        pytest.fail(f"UNISONO_DATA names {folder}, which is no folder")
    return Path(folder)


@pytest.fixture(scope="session")
def small_collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The table of a rendered collection: 24 tracks of 4 s, four genres, a quarter of the labels missing.

    Shared by all tests of a session: read it, write elsewhere.
    """
    from unisono.demo import render

    return render(tmp_path_factory.mktemp("collection"), tracks=24, seed=5, seconds=4.0)


@pytest.fixture(scope="session")
def lyrics_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder that reads lyrics and answers every kind of task, made by hand: a word moves one output.

    "guitar" means rock, "sad" blues; "night" and "happy" are moods; "loud" raises the energy of 100 to 400; "choir"
    and "drums" are shares of a style. Its auxiliary task is the year. Shared by all tests: read it only.
    """
    from unisono.model import write_model

    folder = tmp_path_factory.mktemp("models") / "lyrics"
    words = ("guitar", "sad", "night", "happy", "loud", "choir", "drums")
    tasks = {
        "genre": {"kind": "multiclass", "labels": ["rock", "blues"]},
        "mood": {"kind": "multilabel", "labels": ["night", "happy"]},
        "energy": {"kind": "regression", "range": [100.0, 400.0]},
        "style": {"kind": "distribution", "columns": ["choir", "drums"]},
        "year": {"kind": "regression", "range": [1950.0, 2020.0], "role": "auxiliary"},
    }
    weights = np.zeros((2 + len(words), 8), np.float32)
    weights[2:9, :7] = np.diag([3, 3, 6, 6, 0.5, 2, 2])
    facts = {
        "tasks": tasks,
        "inputs": {"lyrics": {"kind": "words", "vocabulary": list(words)}},
        "scores": {},
        "signature": "made by hand",
    }
    columns = {"genre": [0, 1], "mood": [2, 3], "energy": [4], "style": [5, 6], "year": [7]}
    write_model(folder, _word_graph(weights, [0, 0, -3, -3, 0, 0, 0, 0], columns), b"none", facts)
    return folder


def _word_graph(weights: NDArray[np.float32], bias: list[float], columns: dict[str, list[int]]) -> bytes:
    """An ONNX graph: "lyrics.ids" -> sum of the words' rows + bias -> each task's columns."""
    from onnx import TensorProto, helper, numpy_helper

    constants = {"weights": weights, "bias": np.array(bias, np.float32), "axis": np.array([1])}
    constants |= {f"{task}.columns": np.array(at) for task, at in columns.items()}
    nodes = [
        helper.make_node("Gather", ["weights", "lyrics.ids"], ["rows"]),
        helper.make_node("ReduceSum", ["rows", "axis"], ["sum"], keepdims=0),
        helper.make_node("Add", ["sum", "bias"], ["representation"]),
        *(helper.make_node("Gather", ["representation", f"{t}.columns"], [t], axis=1) for t in columns),
    ]
    outputs = {task: len(at) for task, at in columns.items()} | {"representation": weights.shape[1]}
    graph = helper.make_graph(
        nodes,
        "words",
        [helper.make_tensor_value_info("lyrics.ids", TensorProto.INT32, ["n", "tokens"])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", width]) for name, width in outputs.items()],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(model.SerializeToString())

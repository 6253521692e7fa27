"""For every test: one thread per library, no window system, and the real data's folder where there is one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

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
    constants = {"weights": weights, "bias": np.float32([0, 0, -3, -3, 0, 0, 0, 0]), "axis": np.array([1])}
    nodes = [
        ("Gather", ["weights", "lyrics.ids"], "rows", {}),
        ("ReduceSum", ["rows", "axis"], "sum", {"keepdims": 0}),
        ("Add", ["sum", "bias"], "representation", {}),
    ]
    columns = {"genre": [0, 1], "mood": [2, 3], "energy": [4], "style": [5, 6], "year": [7]}
    graph = _graph(("lyrics.ids", "int32", ["n", "tokens"]), nodes, constants, columns)
    inputs = {"lyrics": {"kind": "words", "vocabulary": list(words)}}
    return _written(tmp_path_factory.mktemp("models") / "lyrics", graph, inputs, tasks)


@pytest.fixture(scope="session")
def sound_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder that hears one second of sound, made by hand: is it "low" or "high", and how loud (0 to 10).

    It refuses what is shorter than 0.2 s. Shared by all tests: read it only.
    """
    bands = 8
    mel = {"kind": "mel", "sample_rate": 8000, "n_fft": 256, "hop_length": 256, "n_mels": bands}
    mel |= {"duration": 1.0, "min_duration": 0.2}
    weights = np.zeros((bands, 3), np.float32)
    weights[:4, 0], weights[4:, 1], weights[:, 2] = 1, 1, 1 / bands
    constants = {"weights": weights}
    nodes = [
        ("ReduceMean", ["audio.mel"], "means", {"axes": [2], "keepdims": 0}),
        ("MatMul", ["means", "weights"], "representation", {}),
    ]
    graph = _graph(("audio.mel", "float", ["n", bands, "frames"]), nodes, constants, {"pitch": [0, 1], "loudness": [2]})
    tasks = {
        "pitch": {"kind": "multiclass", "labels": ["low", "high"]},
        "loudness": {"kind": "regression", "range": [0.0, 10.0]},
    }
    return _written(tmp_path_factory.mktemp("models") / "sound", graph, {"audio": mel}, tasks)


@pytest.fixture(scope="session")
def choi_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made-up weights in the two HDF5 forms of Choi et al. (2017), `keras.hdf5` and `theano.hdf5`: read them only."""
    h5py = pytest.importorskip("h5py", reason="needs the extra [hdf5]")
    folder, rng = tmp_path_factory.mktemp("weights"), np.random.default_rng(17)

    def drawn(*shape: int, around: float = 0.0, by: float = 0.1) -> NDArray[np.float32]:
        return (around + by * rng.standard_normal(shape)).astype(np.float32)

    with h5py.File(folder / "keras.hdf5", "w") as file:
        for i in range(1, 6):
            conv, norm = (f"model_weights/{n}_{i}/{n}_{i}/" for n in ("conv2d", "batch_normalization"))
            file[conv + "kernel:0"], file[conv + "bias:0"] = drawn(3, 3, 1 if i == 1 else 32, 32), drawn(32)
            for name, around in (("gamma", 1.0), ("beta", 0.0), ("moving_mean", 0.0), ("moving_variance", 1.0)):
                file[f"{norm}{name}:0"] = drawn(32, around=around)
    with h5py.File(folder / "theano.hdf5", "w") as file:
        for i in range(1, 6):
            file[f"ConvBNEluDr/convolution2d_{i}_W"] = drawn(32, 1 if i == 1 else 32, 3, 3)
            file[f"ConvBNEluDr/convolution2d_{i}_b"] = drawn(32)
            for name, around in (("gamma", 1.0), ("beta", 0.0)):
                file[f"ConvBNEluDr/batchnormalization_{i}_{name}"] = drawn(32, around=around)
    return folder


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small audio encoder with weights drawn at random, as transformers saves it: read it only."""
    transformers = pytest.importorskip("transformers", reason="needs the extra [text]")
    import torch

    folder = tmp_path_factory.mktemp("models") / "encoder"
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 16}
    convolutions = {"conv_dim": (8, 8), "conv_stride": (20, 16), "conv_kernel": (20, 16)}
    positions = {"num_conv_pos_embeddings": 4, "num_conv_pos_embedding_groups": 2}
    config = transformers.Wav2Vec2Config(**sizes, **convolutions, **positions)
    transformers.Wav2Vec2Model(config).save_pretrained(folder)
    transformers.Wav2Vec2FeatureExtractor(sampling_rate=8000).save_pretrained(folder)
    (folder / "README.md").write_text("---\nlicense: cc-by-4.0\n---\nDrawn at random.\n")
    return folder


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small BERT with weights drawn at random and a tokeniser of letters and some words: read it only."""
    transformers = pytest.importorskip("transformers", reason="needs the extra [text]")
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    folder = tmp_path_factory.mktemp("models") / "tiny-bert"
    words = ["night", "city", "rain", "road", "heart", "gold", "river", "blue", "home", "fire"]
    letters = [c for letter in "abcdefghijklmnopqrstuvwxyz" for c in (letter, f"##{letter}")]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *words, "##s", "sad", "guitar", "club", "dance", "truck", *letters]
    numbers = {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    config = transformers.BertConfig(vocab_size=len(numbers), max_position_embeddings=64, **sizes)
    transformers.utils.logging.disable_progress_bar()
    transformers.BertModel(config).save_pretrained(folder)
    tokenizer = Tokenizer(models.WordPiece(numbers, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        "[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.enable_truncation(9)  # as models of sentences are saved: the input's own settings count
    tokenizer.enable_padding(length=9)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "README.md").write_text("---\nlicense: cc-by-4.0\n---\nDrawn at random.\n")
    return folder


def _written(folder: Path, graph: bytes, inputs: dict[str, Any], tasks: dict[str, Any]) -> Path:
    from unisono.model import write_model

    facts = {"tasks": tasks, "inputs": inputs, "scores": {}, "signature": "made by hand"}
    write_model(folder, graph, b"none", facts)
    return folder


def _graph(
    source: tuple[str, str, list[Any]],
    nodes: list[tuple[str, list[str], str, dict[str, Any]]],
    constants: dict[str, NDArray[Any]],
    columns: dict[str, list[int]],
) -> bytes:
    """An ONNX graph from one input to "representation", whose columns are the tasks' logits."""
    from onnx import TensorProto, helper, numpy_helper

    constants = constants | {f"{task}.columns": np.array(at) for task, at in columns.items()}
    made = [helper.make_node(kind, inputs, [output], **settings) for kind, inputs, output, settings in nodes]
    made += [helper.make_node("Gather", ["representation", f"{t}.columns"], [t], axis=1) for t in columns]
    name, kind, shape = source
    outputs = {task: len(at) for task, at in columns.items()} | {"representation": constants["weights"].shape[1]}
    graph = helper.make_graph(
        made,
        "made_by_hand",
        [helper.make_tensor_value_info(name, TensorProto.DataType.Value(kind.upper()), shape)],
        [helper.make_tensor_value_info(task, TensorProto.FLOAT, ["n", width]) for task, width in outputs.items()],
        [numpy_helper.from_array(value, constant) for constant, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(model.SerializeToString())
